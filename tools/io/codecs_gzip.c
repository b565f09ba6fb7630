/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "io/blocks.h"
#include "io/codecs.h"
#include "io/deflate.h"

#include <libdeflate.h>
#include <string.h>
#include <zlib.h>

/* RFC 1952. Each block is a member of its own: gzip, zlib's gzread, tar, dpkg and rpm read members
 * in a row as one stream. libdeflate has neither dictionary nor flush, and is three to four times
 * as fast as zlib at the same size. */
enum { GZIP_LEAST = 1024 * 1024, GZIP_MOST = 3 * 1024 * 1024, GZIP_HEAD = 10, GZIP_TAIL = 8 };

struct gzip_level { /* handed to the workers; lives with the sink */
    int level;
};

static void *gzip_open(const void *config) {
    const struct gzip_level *l = config;

    return libdeflate_alloc_compressor(l->level);
}

static void gzip_close(void *worker) {
    libdeflate_free_compressor(worker);
}

static int gzip_turn(void *worker, const void *in, size_t in_n, bool last, void *out, size_t room,
                     size_t *n, struct err *e) {
    /* No name, no time, "unknown" system: nothing of this machine gets in. */
    static const unsigned char head[GZIP_HEAD] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 0xff};
    unsigned char *to = out;
    size_t k;

    (void)last;
    if (!worker)
        return err_set(e, E_BUG, "libdeflate has no compressor");
    memcpy(to, head, sizeof head);
    k = libdeflate_deflate_compress(worker, in, in_n, to + GZIP_HEAD, room - GZIP_HEAD - GZIP_TAIL);
    if (!k)
        return err_set(e, E_BUG, "a deflate block grew beyond its bound");
    bytes_put_le32(to + GZIP_HEAD + k, libdeflate_crc32(0, in, in_n));
    bytes_put_le32(to + GZIP_HEAD + k + 4, (uint32_t)in_n);
    *n = GZIP_HEAD + k + GZIP_TAIL;
    return OK;
}

/* Of machine code libdeflate's 7 makes less than zlib's 9, of text it does not. */
static int gzip_pick(const struct codec_opts *o) {
    int level = deflate_level(o->level);

    return o->filter != CODEC_PLAIN && level > 7 ? 7 : level;
}

int codecs_gzip_sink(struct sink *s, struct sink *below, const struct codec_opts *o,
                     struct err *e) {
    static const struct blocks_ops ops = {gzip_open, gzip_close, gzip_turn};
    static const struct gzip_level levels[] = {{0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}};
    size_t block = o->block ? o->block : codecs_piece(o->size, GZIP_LEAST, GZIP_MOST);
    size_t room = libdeflate_deflate_compress_bound(NULL, block) + GZIP_HEAD + GZIP_TAIL;

    return blocks_sink(s, below, &ops, &levels[gzip_pick(o)], block, room, o->jobs, e);
}

struct gzip_source {
    struct source *below;
    z_stream z;
    bool in_member, ended;
    unsigned char in[CODECS_INPUT];
};

static int gzip_fill(struct gzip_source *g, struct err *e) {
    if (g->z.avail_in)
        return OK;
    g->z.next_in = g->in;
    g->z.avail_in = (uInt)source_get(g->below, g->in, sizeof g->in);
    if (g->below->err.code)
        *e = g->below->err;
    return (int)e->code;
}

/* Behind a member: another one, or zeros up to the end (tape padding, which gzip(1) accepts too).
 */
static int gzip_next(struct gzip_source *g, struct err *e) {
    if (gzip_fill(g, e))
        return (int)e->code;
    if (!g->z.avail_in) {
        g->ended = true;
        return OK;
    }
    if (*g->z.next_in == 0x1f) {
        g->in_member = true;
        return inflateReset(&g->z) == Z_OK ? OK : err_set(e, E_BUG, "zlib cannot start again");
    }
    while (g->z.avail_in) {
        for (; g->z.avail_in; g->z.avail_in--, g->z.next_in++)
            if (*g->z.next_in)
                return err_set(e, E_INPUT, "gzip: bytes behind the end that are no gzip");
        if (gzip_fill(g, e))
            return (int)e->code;
    }
    g->ended = true;
    return OK;
}

static int gzip_get(struct source *s, void *p, size_t n, size_t *got, struct err *e) {
    struct gzip_source *g = s->self;

    n = n < 1 << 30 ? n : 1 << 30;
    g->z.next_out = p;
    g->z.avail_out = (uInt)n;
    while (g->z.avail_out == n && !g->ended) {
        int rc;

        if (!g->in_member) {
            if (gzip_next(g, e))
                return (int)e->code;
            continue;
        }
        if (gzip_fill(g, e))
            return (int)e->code;
        if (!g->z.avail_in)
            return err_set(e, E_INPUT, "gzip: ends too early");
        rc = inflate(&g->z, Z_NO_FLUSH);
        if (rc == Z_STREAM_END)
            g->in_member = false;
        else if (rc != Z_OK && rc != Z_BUF_ERROR)
            return err_set(e, E_INPUT, "gzip: damaged: %s", g->z.msg ? g->z.msg : "no message");
    }
    *got = n - g->z.avail_out;
    return OK;
}

static int gzip_source_close(struct source *s, struct err *e) {
    struct gzip_source *g = s->self;

    (void)e;
    inflateEnd(&g->z);
    mem_free(g);
    return OK;
}

int codecs_gzip_source(struct source *s, struct source *below, struct err *e) {
    static const struct source_ops ops = {gzip_get, gzip_source_close};
    struct gzip_source *g = mem_alloc(sizeof *g);

    g->below = below;
    g->in_member = true;
    if (inflateInit2(&g->z, 15 + 16) != Z_OK) {
        mem_free(g);
        return err_set(e, E_BUG, "zlib cannot start");
    }
    source_init(s, &ops, g);
    return OK;
}
