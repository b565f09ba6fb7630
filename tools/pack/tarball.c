/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/tarball.h"

#include "pack/archive.h"
#include "pack/tarput.h"

static const struct schema tarball_schema[] = {
    {.key = "level",
     .kind = SCHEMA_INT,
     .min = 1,
     .max = 22,
     .help = "Compression level; the codec's usual one without it."},
    {.key = "wrap",
     .kind = SCHEMA_STR,
     .help = "The folder at the top; NAME-VERSION without it, none when empty."},
    {0},
};

static int check(const struct pack_job *j, enum codec_kind k, struct err *e) {
    const struct value *level = value_get(j->section, "level");

    if (level && !codec_level_ok(k, (int)level->i))
        return err_set(e, E_RECIPE, "%s: %s has no level %d",
                       recipe_where(j->recipe, level->at, j->mem), codec_name(k), (int)level->i);
    return archive_check(j, e);
}

static int tarball_layout(const struct pack_job *j, const struct tree *app, struct tree *pkg,
                          struct err *e) {
    return archive_layout(j, app, false, pkg, e);
}

static int write(const struct pack_job *j, const struct tree *pkg, struct outfile *f,
                 enum codec_kind k, struct err *e) {
    struct tarput t = {
        .tree = pkg,
        .prefix = "",
        .mtime = j->recipe->time,
        .codec = {.kind = k, .level = (int)value_number(j->section, "level", 0)},
    };
    struct sink s = SINK_NONE;

    if (k != CODEC_ZSTD)
        t.codec.filter = payload_filter(pkg, false);
    if (k == CODEC_ZSTD && !t.codec.level)
        t.codec.level = 9; /* an archive is made for a download, not once for years */
    sink_outfile(&s, f);
    if (tarput_write(&t, j, &s, e))
        return (int)e->code;
    return sink_close(&s, e);
}

static int list(struct infile *f, struct arena *mem, struct tree *found, struct value *facts,
                enum codec_kind k, struct err *e) {
    struct source_range range;
    struct source raw = SOURCE_NONE;

    source_infile(&raw, &range, f, 0, f->size);
    value_set(mem, facts, "Compression", value_str(mem, str_of(codec_name(k))));
    return tarput_list(&raw, k, "", 0, mem, found, e);
}

/* The contract has no place for a codec: each archive has its own five functions. */
#define TARBALL(id, kind, end)                                                                     \
    static int id##_check(const struct pack_job *j, struct err *e) {                               \
        return check(j, kind, e);                                                                  \
    }                                                                                              \
    static int id##_file_name(const struct pack_job *j, struct buf *out, struct err *e) {          \
        return archive_file_name(j, end, out, e);                                                  \
    }                                                                                              \
    static int id##_write(const struct pack_job *j, const struct tree *pkg, struct outfile *f,     \
                          struct err *e) {                                                         \
        return write(j, pkg, f, kind, e);                                                          \
    }                                                                                              \
    static int id##_list(struct infile *f, struct arena *mem, struct tree *found,                  \
                         struct value *facts, struct err *e) {                                     \
        return list(f, mem, found, facts, kind, e);                                                \
    }                                                                                              \
    static bool id##_sniff(const void *head, size_t n) {                                           \
        return codec_sniff(head, n) == kind;                                                       \
    }                                                                                              \
    const struct packager tarball_##id##_packager = {                                              \
        .name = "tar." #id,                                                                        \
        .suffix = end,                                                                             \
        .traits = PACK_DESKTOP,                                                                    \
        .oses = 1u << OS_LINUX | 1u << OS_MACOS | 1u << OS_WINDOWS,                                \
        .schema = tarball_schema,                                                                  \
        .check = id##_check,                                                                       \
        .file_name = id##_file_name,                                                               \
        .layout = tarball_layout,                                                                  \
        .write = id##_write,                                                                       \
        .list = id##_list,                                                                         \
        .sniff = id##_sniff,                                                                       \
    }

TARBALL(gz, CODEC_GZIP, ".tar.gz");
TARBALL(xz, CODEC_XZ, ".tar.xz");
TARBALL(zst, CODEC_ZSTD, ".tar.zst");
