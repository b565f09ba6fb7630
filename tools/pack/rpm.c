/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/rpm.h"

#include "container/rpmhdr.h"
#include "model/names.h"
#include "pack/linux.h"
#include "pack/payload.h"
#include "pack/rpmfront.h"
#include "pack/rpmhead.h"
#include "pack/rpmread.h"

#include <string.h>

static const char *const rpm_codecs[] = {"zstd", "xz", "gzip", "none", NULL};
static const struct schema rpm_item[] = {{.kind = SCHEMA_STR}};

#define RELATION(name, text)                                                                       \
    {                                                                                              \
        .key = (name), .kind = SCHEMA_LIST, .flags = SCHEMA_ONE_OR_LIST, .sub = rpm_item,          \
        .help = (text)                                                                             \
    }

static const struct schema rpm_schema[] = {
    RELATION("requires", "What must be there: \"glibc >= 2.34\", \"(a or b)\"."),
    RELATION("provides", "What it stands for beside its name: \"editor\", \"foo = 1.2\"."),
    RELATION("conflicts", "What cannot be installed beside it."),
    RELATION("obsoletes", "What it takes the place of on an upgrade."),
    RELATION("recommends", "What is installed with it unless the user objects."),
    RELATION("suggests", "What goes well with it."),
    RELATION("supplements", "What it is recommended by, seen from this end."),
    RELATION("enhances", "What it is suggested by, seen from this end."),
    {.key = "auto-requires",
     .kind = SCHEMA_BOOL,
     .help = "Require the libraries and interpreters that its files need; true without this key."},
    {.key = "auto-provides",
     .kind = SCHEMA_BOOL,
     .help = "Provide its libraries, desktop files and link handlers; true without this key."},
    {.key = "group", .kind = SCHEMA_STR, .help = "Group; Unspecified without one."},
    {.key = "epoch",
     .kind = SCHEMA_INT,
     .min = 0,
     .max = INT32_MAX,
     .help = "Epoch, which counts more than any version; none without it."},
    {.key = "dist", .kind = SCHEMA_STR, .help = "What is put behind the release: \".el9\"."},
    {.key = "packager", .kind = SCHEMA_STR, .help = "Packager; the maintainer without one."},
    RELATION("prefixes", "Absolute folders that the user may move with --relocate."),
    {.key = "pre-trans",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_PATH,
     .help = "A script that runs before the transaction; Lua when its name ends with .lua."},
    {.key = "post-trans",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_PATH,
     .help = "A script that runs after the transaction; Lua when its name ends with .lua."},
    {.key = "compression",
     .kind = SCHEMA_WORD,
     .words = rpm_codecs,
     .help = "Of the payload; zstd without one."},
    {.key = "level",
     .kind = SCHEMA_INT,
     .min = 1,
     .max = 22,
     .help = "Compression level; the codec's usual one without it."},
    {0},
};

static struct codec_opts codec_of(const struct pack_job *j) {
    struct str word = value_text(j->section, "compression");

    return (struct codec_opts){
        .kind = word.n ? codec_find(word) : CODEC_ZSTD,
        .level = (int)value_number(j->section, "level", 0),
        .jobs = j->jobs,
    };
}

static int rpm_check(const struct pack_job *j, struct err *e) {
    struct codec_opts c = codec_of(j);

    if (c.level && !codec_level_ok(c.kind, c.level))
        return err_set(e, E_RECIPE, "%s: rpm: %s has no level %d",
                       recipe_where(j->recipe, value_get(j->section, "level")->at, j->mem),
                       codec_name(c.kind), c.level);
    return rpmhead_check(j, e);
}

static int rpm_file_name(const struct pack_job *j, struct buf *out, struct err *e) {
    buf_fmt(out, STR_F "-", STR_A(j->recipe->name));
    rpmhead_version(j, out);
    buf_fmt(out, ".%s.rpm", names_arch_rpm(j->target->arch));
    return buf_check(out, "the file name", e);
}

static bool has(const struct tree *t, struct str path) {
    for (size_t i = 0; i < t->n; i++)
        if (str_eq(t->v[i].path, path))
            return true;
    return false;
}

static int rpm_layout(const struct pack_job *j, const struct tree *app, struct tree *pkg,
                      struct err *e) {
    struct str path =
        str_fmt(j->mem, "usr/share/licenses/" STR_F "/LICENSE", STR_A(j->recipe->name));
    struct str license;

    if (linux_tree(j, app, pkg, e) || linux_license(j->recipe, j->mem, &license, e))
        return (int)e->code;
    if (license.n && !has(pkg, path))
        tree_add_data(pkg, path, 0644, license)->marks |= TREE_LICENSE;
    return tree_finish(pkg, false, e);
}

static void take(unsigned char *to, const struct digest_set *set) {
    memcpy(to, set->sha256, sizeof set->sha256);
}

/* Compressed as it comes, straight to its place; both digests are made on the way. */
static int put_packed(const struct rpmhead *x, struct digest *plain, struct digest *packed,
                      struct outfile *f, struct err *e) {
    struct sink file = SINK_NONE, sum = SINK_NONE, low = SINK_NONE, codec = SINK_NONE;
    struct sink above = SINK_NONE, all = SINK_NONE;
    struct sink_pair out = {&file, &sum}, in = {&codec, &above};
    int rc;

    sink_outfile(&file, f);
    digest_sink(&sum, packed);
    sink_tee(&low, &out);
    if (codec_sink(&codec, &low, &x->codec, e))
        return (int)e->code;
    digest_sink(&above, plain);
    sink_tee(&all, &in);
    rc = rpmfiles_payload(&x->files, x->job, &all, e);
    if (rc)
        sink_fail(&codec, e);
    if (!rc && all.err.code) {
        *e = all.err;
        rc = (int)e->code;
    }
    if (!rc && all.at != x->files.archive)
        rc = err_set(e, E_BUG, "the payload has %llu bytes, %llu were expected",
                     (unsigned long long)all.at, (unsigned long long)x->files.archive);
    if (sink_close(&codec, e) || sink_close(&low, e) || sink_close(&file, e))
        return (int)e->code;
    return rc;
}

static int put_payload(const struct rpmhead *x, struct rpmhead_payload *p, struct outfile *f,
                       struct err *e) {
    struct digest *plain, *packed;
    struct digest_set set;

    if (digest_new(&plain, DIGEST_SHA256, e))
        return (int)e->code;
    if (digest_new(&packed, DIGEST_SHA256, e)) {
        digest_free(plain);
        return (int)e->code;
    }
    if (put_packed(x, plain, packed, f, e)) {
        digest_free(plain);
        digest_free(packed);
        return (int)e->code;
    }
    if (digest_end(plain, &set, e)) {
        digest_free(packed);
        return (int)e->code;
    }
    take(p->plain, &set);
    if (digest_end(packed, &set, e))
        return (int)e->code;
    take(p->packed, &set);
    return OK;
}

static struct str full_name(const struct pack_job *j) {
    AUTO(buf) b = BUF_NONE;

    buf_init(&b, 1000);
    buf_fmt(&b, STR_F "-", STR_A(j->recipe->name));
    rpmhead_version(j, &b);
    return str_dup(j->mem, buf_get(&b));
}

static unsigned machine(enum arch_kind a) { /* arch_canon of rpmrc */
    return a == ARCH_AARCH64 ? 19 : a == ARCH_ARMV7 ? 12 : 1;
}

/* The header comes first and holds the payload's digests, but its size is known before. */
static int rpm_write(const struct pack_job *j, const struct tree *pkg, struct outfile *f,
                     struct err *e) {
    struct codec_opts codec = codec_of(j);
    struct rpmhead_payload p;
    struct rpmfront front;
    struct rpmhead x;
    uint64_t start;
    AUTO(buf) head = BUF_NONE;
    AUTO(buf) lead = BUF_NONE;

    if (codec.kind == CODEC_XZ)
        codec.filter = payload_filter(pkg, false); /* old readers know no ARM64 filter */
    buf_init(&head, RPMHEAD_MAX);
    buf_init(&lead, RPMFRONT_SIZE);
    if (rpmhead_plan(&x, j, pkg, codec, e))
        return (int)e->code;
    x.codec.size = x.files.archive;
    start = RPMFRONT_SIZE + x.size;
    if (outfile_truncate(f, start, e) || put_payload(&x, &p, f, e) ||
        rpmhead_main(&x, &p, &head, e))
        return (int)e->code;
    if (head.n != x.size)
        return err_set(e, E_BUG, "the header has %zu bytes, %llu were expected", head.n,
                       (unsigned long long)x.size);
    front = (struct rpmfront){
        .name = full_name(j),
        .machine = machine(j->target->arch),
        .header = buf_get(&head),
        .payload = f->size - start,
        .archive = x.files.archive,
    };
    if (rpmfront_write(&front, &lead, e) || outfile_pwrite(f, 0, lead.p, lead.n, e))
        return (int)e->code;
    return outfile_pwrite(f, RPMFRONT_SIZE, head.p, head.n, e);
}

const struct packager rpm_packager = {
    .name = "rpm",
    .suffix = ".rpm",
    .traits = PACK_INNER_SIG | PACK_DIGEST_SHA256 | PACK_DESKTOP | PACK_UNITS,
    .oses = 1u << OS_LINUX,
    .schema = rpm_schema,
    .check = rpm_check,
    .file_name = rpm_file_name,
    .layout = rpm_layout,
    .write = rpm_write,
    .embed = rpmfront_embed,
    .list = rpmread_list,
    .sniff = rpmhdr_lead_ok,
};
