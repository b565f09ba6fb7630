/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "base/mem.h"
#include "io/lzx.h"
#include "io/mszip.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD = 4, MOST = 5 * LZX_FRAME };

/* Blocks of a cabinet, without the sums that keep damage from the decoders: the bytes of each, what
 * they stand for, and they. */
static void unpack(const unsigned char *p, size_t n, bool lzx, unsigned window) {
    static unsigned char out[2 * LZX_FRAME];
    struct lzx_unpacker *u = NULL;
    struct mszip *m = NULL;
    struct err e = {0};
    size_t history = 0;

    if (lzx ? lzx_unpacker_new(&u, window, &e) : mszip_new(&m, 0, &e))
        abort();
    while (n >= HEAD) {
        size_t packed = bytes_le16(p), want = bytes_le16(p + 2);

        p += HEAD;
        n -= HEAD;
        if (packed > n)
            packed = n;
        if (want > LZX_FRAME)
            break;
        if (lzx ? lzx_unpack(u, p, packed, out, want, &e)
                : mszip_unpack(m, p, packed, out + history, history, want, &e))
            break;
        if (!lzx)
            memmove(out, out + history, want);
        history = want;
        p += packed;
        n -= packed;
    }
    lzx_unpacker_free(u);
    mszip_free(m);
}

/* What is packed comes out as it was. */
static void there_and_back(const unsigned char *p, size_t n, unsigned window, int level) {
    struct lzx_parser *parser = lzx_parser_new(window, level);
    struct lzx_chunk *c = lzx_chunk_new(window);
    struct lzx_writer *w = lzx_writer_new(window);
    unsigned char *in = mem_alloc(n + 1), out[LZX_FRAME];
    struct lzx_unpacker *u;
    struct err e = {0};
    size_t done = 0;

    memcpy(in, p, n);
    for (size_t at = 0; at < n; at += LZX_FRAME)
        lzx_translate(in + at, n - at < LZX_FRAME ? n - at : LZX_FRAME, at);
    if (lzx_unpacker_new(&u, window, &e))
        abort();
    for (size_t at = 0, size = lzx_chunk_size(window); at < n; at += size) {
        const size_t far = (size_t)1 << window;
        const unsigned char *bytes;
        size_t k, of;

        lzx_parse(parser, in + at, at < far ? at : far, n - at < size ? n - at : size, c);
        lzx_writer_begin(w, c);
        while ((k = lzx_writer_frame(w, &bytes, &of)) > 0) {
            if (k > LZX_ROOM || lzx_unpack(u, bytes, k, out, of, &e) || memcmp(out, p + done, of))
                abort();
            done += of;
        }
    }
    if (done != n)
        abort();
    lzx_unpacker_free(u);
    lzx_writer_free(w);
    lzx_chunk_free(c);
    lzx_parser_free(parser);
    mem_free(in);
}

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    unsigned window;

    if (!n)
        return 0;
    window = LZX_WINDOW_MIN + p[0] % (LZX_WINDOW_MAX - LZX_WINDOW_MIN + 1);
    if (p[0] >= 0xc0)
        there_and_back(p + 1, n - 1 < MOST ? n - 1 : MOST, window, 1 + p[0] % 5);
    else
        unpack(p + 1, n - 1, p[0] >= 0x40, window);
    return 0;
}
