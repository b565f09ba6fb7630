/* SPDX-License-Identifier: Apache-2.0 */
#include "io/deflate.h"

#include "io/codecs.h"
#include "io/deflate_scan.h"

#include <libdeflate.h>
#include <string.h>
#include <zlib.h>

enum { SEAM = 5 }; /* the most that makes the next piece begin on a byte */

struct deflate {
    struct libdeflate_compressor *z;
};

int deflate_level(int zlib) {
    static const int to[] = {1, 1, 1, 2, 3, 5, 6, 7, 8, 8};

    return to[zlib < 1 ? 1 : zlib > 9 ? 9 : zlib];
}

int deflate_new(struct deflate **d, int zlib_level, struct err *e) {
    struct libdeflate_compressor *z = libdeflate_alloc_compressor(deflate_level(zlib_level));

    *d = NULL;
    if (!z)
        return err_set(e, E_BUG, "libdeflate has no compressor");
    *d = mem_alloc(sizeof **d);
    (*d)->z = z;
    return OK;
}

void deflate_free(struct deflate *d) {
    if (!d)
        return;
    libdeflate_free_compressor(d->z);
    mem_free(d);
}

size_t deflate_bound(size_t n) {
    return libdeflate_deflate_compress_bound(NULL, n) + SEAM;
}

/* libdeflate ends what it makes: the last block says so, and zero bits fill the last byte. Here the
 * stream goes on: that bit is cleared, and the next piece has to begin on a byte. Three zero bits
 * are the head of a stored block, which is what lets the rest of a byte be skipped; 0000 FFFF is
 * its length, none. */
static size_t open_end(unsigned char *p, size_t n, size_t room) {
    static const unsigned char empty[] = {0, 0, 0, 0xff, 0xff};
    uint64_t last, end;
    size_t k;

    if (!deflate_scan(p, n, &last, &end) || (end + 7) / 8 != n)
        return 0;
    k = end % 8 == 0 ? 0 : end % 8 <= 5 ? 4 : 5;
    if (room - n < k)
        return 0;
    p[last / 8] &= (unsigned char)~(1u << last % 8);
    memcpy(p + n, empty + sizeof empty - k, k);
    return n + k;
}

size_t deflate_piece(struct deflate *d, const void *in, size_t n, bool last, void *out,
                     size_t room) {
    size_t k = libdeflate_deflate_compress(d->z, in, n, out, room);

    return k && !last ? open_end(out, k, room) : k;
}

struct inflater {
    struct source *below;
    z_stream z;
    bool ended;
    unsigned char in[CODECS_INPUT];
};

static int inflater_get(struct source *s, void *p, size_t n, size_t *got, struct err *e) {
    struct inflater *x = s->self;

    n = n < 1 << 30 ? n : 1 << 30;
    x->z.next_out = p;
    x->z.avail_out = (uInt)n;
    while (x->z.avail_out == n && !x->ended) {
        int rc;

        if (!x->z.avail_in) {
            x->z.next_in = x->in;
            x->z.avail_in = (uInt)source_get(x->below, x->in, sizeof x->in);
            if (x->below->err.code) {
                *e = x->below->err;
                return (int)e->code;
            }
            if (!x->z.avail_in)
                return err_set(e, E_INPUT, "deflate: ends too early");
        }
        rc = inflate(&x->z, Z_NO_FLUSH);
        x->ended = rc == Z_STREAM_END;
        if (rc != Z_OK && rc != Z_BUF_ERROR && !x->ended)
            return err_set(e, E_INPUT, "deflate: damaged: %s", x->z.msg ? x->z.msg : "no message");
    }
    *got = n - x->z.avail_out;
    if (!*got && (x->z.avail_in || source_get(x->below, x->in, 1)))
        return err_set(e, E_INPUT, "deflate: bytes behind the end of the stream");
    return OK;
}

static int inflater_close(struct source *s, struct err *e) {
    struct inflater *x = s->self;

    (void)e;
    inflateEnd(&x->z);
    mem_free(x);
    return OK;
}

int deflate_source(struct source *s, struct source *below, struct err *e) {
    static const struct source_ops ops = {inflater_get, inflater_close};
    struct inflater *x = mem_alloc(sizeof *x);

    *s = SOURCE_NONE;
    x->below = below;
    if (inflateInit2(&x->z, -15) != Z_OK) {
        mem_free(x);
        return err_set(e, E_BUG, "zlib cannot start");
    }
    source_init(s, &ops, x);
    return OK;
}
