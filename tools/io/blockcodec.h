/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "io/codec.h"

/* Compresses blocks that know nothing of each other, as file systems hold them: each is one whole
 * stream of its codec (zlib's format, .xz with CRC-32, a frame of zstd, a bare block of lz4). */
enum blockcodec_kind {
    BLOCKCODEC_NONE,
    BLOCKCODEC_GZIP,
    BLOCKCODEC_XZ,
    BLOCKCODEC_LZ4,
    BLOCKCODEC_ZSTD
};

struct blockcodec_opts {
    enum blockcodec_kind kind;
    int level;                /* 0: the codec's default, see blockcodec_level */
    size_t block;             /* the most that is put at once */
    enum codec_filter filter; /* xz: tried beside none, and the smaller kept */
};

struct blockcodec; /* one thread's, used for block after block */

const char *blockcodec_name(enum blockcodec_kind k); /* "zstd" */
int blockcodec_level(enum blockcodec_kind k);        /* the default: zstd 15, gzip 9, xz 6, lz4 1 */
bool blockcodec_level_ok(enum blockcodec_kind k, int level); /* 0 is */

int blockcodec_new(struct blockcodec **c, const struct blockcodec_opts *o, struct err *e) MUST_USE;
void blockcodec_free(struct blockcodec *c); /* NULL is fine */

/* Compresses n bytes to less than n: *k of them at `out`, where there is room for n. 0: they do not
 * become less. */
int blockcodec_pack(struct blockcodec *c, const void *in, size_t n, void *out, size_t *k,
                    struct err *e) MUST_USE;

/* Makes the *k bytes of a packed block longer, to a multiple of `step`, where the codec's format
 * has a way and `room` lets it: they still stand for the same n bytes. Blocks whose content changes
 * a little then often keep their size, and nothing behind them moves. */
void blockcodec_round(const struct blockcodec *c, void *p, size_t *k, size_t n, size_t room,
                      size_t step);

/* What a block stands for: *k bytes, at most `room`. E_INPUT when it is damaged, stands for more,
 * or has bytes behind its end. Works for a codec made for packing, too. */
int blockcodec_unpack(struct blockcodec *c, const void *in, size_t n, void *out, size_t room,
                      size_t *k, struct err *e) MUST_USE;
