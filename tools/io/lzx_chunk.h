/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "io/lzx_code.h"

/* What parsing a chunk gives and writing it takes. */
#define LZX_CHUNK_MATCH (1u << 31)   /* a token is a byte, or this with length - 2 and the offset */
enum { LZX_CHUNK_OFFSET_BITS = 21 }; /* formatted */

/* How often each symbol occurs. */
struct lzx_chunk_freq {
    uint32_t main[LZX_CODE_MAIN], length[LZX_CODE_LENGTHS], aligned[LZX_CODE_ALIGNS];
};

struct lzx_chunk_block {
    unsigned kind;
    size_t first, tokens; /* not of raw ones */
    size_t at, bytes;
    uint32_t recent[3]; /* in front of a raw one */
    uint8_t main[LZX_CODE_MAIN], length[LZX_CODE_LENGTHS], aligned[LZX_CODE_ALIGNS]; /* lengths */
};

struct lzx_chunk {
    unsigned window;
    const unsigned char *in;
    size_t n;
    uint32_t *token;
    size_t n_tokens, n_blocks;
    struct lzx_chunk_block *block;
};

static inline unsigned lzx_chunk_length(uint32_t token) {
    return (token >> LZX_CHUNK_OFFSET_BITS & 0xff) + LZX_CODE_MIN;
}
static inline uint32_t lzx_chunk_offset(uint32_t token) {
    return token & ((1u << LZX_CHUNK_OFFSET_BITS) - 1);
}

/* The main symbol of a match. */
static inline unsigned lzx_chunk_main(unsigned slot, unsigned length) {
    unsigned short_length = length - LZX_CODE_MIN;

    return 256 + slot * 8 + (short_length < LZX_CODE_SHORT ? short_length : LZX_CODE_SHORT);
}

/* Makes the blocks of a chunk from its frames: how often symbols occur in each, where its tokens
 * begin (one more: where the last one's end), and which are left as they are. */
void lzx_chunk_blocks(struct lzx_chunk *c, const struct lzx_chunk_freq *frame, const size_t *first,
                      const bool *raw, const uint32_t (*recent)[3]);

/* 16 times the bits that a symbol takes that occurs `freq` times among `all`. */
uint32_t lzx_chunk_bits(uint32_t freq, uint32_t all);
