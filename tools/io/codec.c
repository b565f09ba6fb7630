/* SPDX-License-Identifier: Apache-2.0 */
#include "io/codec.h"

#include "io/codecs.h"

#include <libdeflate.h>
#include <string.h>

struct row {
    const char *name, *short_name, *suffix;
    int low, high, usual;
};

static const struct row codec_rows[] = {
    [CODEC_NONE] = {"none", "none", "", 0, 0, 0},
    [CODEC_GZIP] = {"gzip", "gz", ".gz", 1, 9, 9},
    [CODEC_XZ] = {"xz", "xz", ".xz", 1, 9, 6},
    [CODEC_ZSTD] = {"zstd", "zst", ".zst", 1, 22, 19},
};

enum codec_kind codec_find(struct str name) {
    for (size_t i = 0; i < COUNT(codec_rows); i++)
        if (str_is(name, codec_rows[i].name) || str_is(name, codec_rows[i].short_name))
            return (enum codec_kind)i;
    return CODEC_BAD;
}

const char *codec_name(enum codec_kind k) {
    return k < CODEC_BAD ? codec_rows[k].name : "?";
}

const char *codec_suffix(enum codec_kind k) {
    return k < CODEC_BAD ? codec_rows[k].suffix : "";
}

bool codec_level_ok(enum codec_kind k, int level) {
    return k < CODEC_BAD && (!level || (level >= codec_rows[k].low && level <= codec_rows[k].high));
}

enum codec_kind codec_sniff(const void *p, size_t n) {
    if (n >= 3 && !memcmp(p, "\x1f\x8b\x08", 3))
        return CODEC_GZIP;
    if (n >= 6 && !memcmp(p,
                          "\xfd"
                          "7zXZ\0",
                          6))
        return CODEC_XZ;
    if (n >= 4 && !memcmp(p, "\x28\xb5\x2f\xfd", 4))
        return CODEC_ZSTD;
    return CODEC_NONE;
}

uint32_t codec_crc32(uint32_t crc, const void *p, size_t n) {
    return libdeflate_crc32(crc, p, n);
}

static int plain_put(struct sink *s, const void *p, size_t n, struct err *e) {
    struct sink *below = s->self;

    sink_put(below, p, n);
    if (below->err.code)
        *e = below->err;
    return (int)e->code;
}

static int plain_get(struct source *s, void *p, size_t n, size_t *got, struct err *e) {
    struct source *below = s->self;

    *got = source_get(below, p, n);
    if (below->err.code)
        *e = below->err;
    return (int)e->code;
}

int codec_sink(struct sink *s, struct sink *below, const struct codec_opts *o, struct err *e) {
    static const struct sink_ops plain = {plain_put, NULL};
    struct codec_opts filled = *o;

    *s = SINK_NONE;
    if (!codec_level_ok(o->kind, o->level))
        return err_set(e, E_INPUT, "%s has no level %d", codec_name(o->kind), o->level);
    if (!filled.level)
        filled.level = codec_rows[o->kind].usual;
    if (!filled.jobs)
        filled.jobs = 1;
    switch (o->kind) {
    case CODEC_GZIP:
        return codecs_gzip_sink(s, below, &filled, e);
    case CODEC_XZ:
        return codecs_xz_sink(s, below, &filled, e);
    case CODEC_ZSTD:
        return codecs_zstd_sink(s, below, &filled, e);
    default:
        sink_init(s, &plain, below);
        return OK;
    }
}

int codec_source(struct source *s, struct source *below, enum codec_kind k, struct err *e) {
    static const struct source_ops plain = {plain_get, NULL};

    *s = SOURCE_NONE;
    switch (k) {
    case CODEC_GZIP:
        return codecs_gzip_source(s, below, e);
    case CODEC_XZ:
        return codecs_xz_source(s, below, e);
    case CODEC_ZSTD:
        return codecs_zstd_source(s, below, e);
    default:
        source_init(s, &plain, below);
        return OK;
    }
}
