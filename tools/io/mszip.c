/* SPDX-License-Identifier: Apache-2.0 */
#include "io/mszip.h"

#include "base/bytes.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

enum { STORED = 7 }; /* the mark and the head of a stored block */

struct mszip {
    z_stream z;
    bool packs;
};

int mszip_new(struct mszip **m, int level, struct err *e) {
    struct mszip *x = mem_alloc(sizeof *x);
    int rc = level ? deflateInit2(&x->z, level, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY)
                   : inflateInit2(&x->z, -15);

    *m = NULL;
    x->packs = level != 0;
    if (rc != Z_OK) {
        mem_free(x);
        return err_set(e, E_BUG, "zlib cannot start");
    }
    *m = x;
    return OK;
}

void mszip_free(struct mszip *m) {
    if (!m)
        return;
    if (m->packs)
        deflateEnd(&m->z);
    else
        inflateEnd(&m->z);
    mem_free(m);
}

size_t mszip_pack(struct mszip *m, const unsigned char *in, size_t history, size_t n,
                  unsigned char *out) {
    bool done = deflateReset(&m->z) == Z_OK;

    if (history > MSZIP_BLOCK)
        history = MSZIP_BLOCK;
    if (done && history)
        done = deflateSetDictionary(&m->z, in - history, (uInt)history) == Z_OK;
    m->z.next_in = (Bytef *)(uintptr_t)in; /* not written to */
    m->z.avail_in = (uInt)n;
    m->z.next_out = out + 2;
    m->z.avail_out = (uInt)(n + STORED - 2); /* what does not become less is stored */
    memcpy(out, "CK", 2);
    if (done && deflate(&m->z, Z_FINISH) == Z_STREAM_END)
        return 2 + (size_t)m->z.total_out;
    out[2] = 1;
    bytes_put_le16(out + 3, (uint16_t)n);
    bytes_put_le16(out + 5, (uint16_t)~n);
    memcpy(out + STORED, in, n);
    return STORED + n;
}

int mszip_unpack(struct mszip *m, const unsigned char *in, size_t n, unsigned char *out,
                 size_t history, size_t want, struct err *e) {
    if (n < 2 || memcmp(in, "CK", 2) != 0)
        return err_set(e, E_INPUT, "a block does not begin as MSZIP does");
    if (inflateReset(&m->z) != Z_OK ||
        (history && inflateSetDictionary(&m->z, out - history, (uInt)history) != Z_OK))
        return err_set(e, E_BUG, "zlib cannot start");
    m->z.next_in = (Bytef *)(uintptr_t)in + 2;
    m->z.avail_in = (uInt)n - 2;
    m->z.next_out = out;
    m->z.avail_out = (uInt)want;
    if (inflate(&m->z, Z_FINISH) != Z_STREAM_END || m->z.avail_out)
        return err_set(e, E_INPUT, "a block of MSZIP is damaged");
    return OK;
}
