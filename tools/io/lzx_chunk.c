/* SPDX-License-Identifier: Apache-2.0 */
#include "io/lzx_chunk.h"

#include "base/mem.h"

#include <string.h>

enum { HEAD_BITS = 900, HEAD_MOST = 1500 }; /* a block's trees: what they take often, at most */

size_t lzx_chunk_size(unsigned window) {
    size_t least = (size_t)1 << 18;

    return (size_t)1 << window < least ? least : (size_t)1 << window;
}

struct lzx_chunk *lzx_chunk_new(unsigned window) {
    struct lzx_chunk *c = mem_alloc(sizeof *c);
    size_t n = lzx_chunk_size(window);

    c->window = window;
    c->token = mem_alloc(n * sizeof *c->token); /* untouched pages cost nothing */
    c->block = mem_alloc(n / LZX_FRAME * sizeof *c->block);
    return c;
}

void lzx_chunk_free(struct lzx_chunk *c) {
    if (!c)
        return;
    mem_free(c->token);
    mem_free(c->block);
    mem_free(c);
}

/* 16 times the logarithm to base 2, without floating point: the same everywhere. */
static uint32_t log16(uint32_t v) {
    uint32_t whole = 0, fraction = 0;
    uint64_t x;

    while (v >> (whole + 1))
        whole++;
    x = (uint64_t)v << (31 - whole);
    for (int i = 0; i < 4; i++) {
        x = x * x >> 31;
        fraction <<= 1;
        if (x >> 32) {
            fraction |= 1;
            x >>= 1;
        }
    }
    return whole * 16 + fraction;
}

uint32_t lzx_chunk_bits(uint32_t freq, uint32_t all) {
    uint32_t all16 = log16(all), freq16 = log16(freq);

    return all16 > freq16 ? all16 - freq16 : 1;
}

/* 16 times the bits of all symbols with codes of their own. */
static uint64_t cost_of(const uint32_t *freq, unsigned n) {
    uint64_t cost = 0;
    uint32_t all = 0, all16;

    for (unsigned i = 0; i < n; i++)
        all += freq[i];
    if (!all)
        return 0;
    all16 = log16(all);
    for (unsigned i = 0; i < n; i++)
        if (freq[i])
            cost += (uint64_t)freq[i] * (all16 - log16(freq[i]));
    return cost;
}

static uint64_t cost(const struct lzx_chunk_freq *f) {
    return cost_of(f->main, LZX_CODE_MAIN) + cost_of(f->length, LZX_CODE_LENGTHS);
}

static void add(struct lzx_chunk_freq *to, const struct lzx_chunk_freq *x) {
    for (unsigned i = 0; i < LZX_CODE_MAIN; i++)
        to->main[i] += x->main[i];
    for (unsigned i = 0; i < LZX_CODE_LENGTHS; i++)
        to->length[i] += x->length[i];
    for (unsigned i = 0; i < LZX_CODE_ALIGNS; i++)
        to->aligned[i] += x->aligned[i];
}

/* The codes of a block, and whether the low bits of offsets deserve some of their own. */
static void make_codes(struct lzx_chunk_block *b, const struct lzx_chunk_freq *f) {
    uint32_t own = LZX_CODE_ALIGNS * 3, plain = 0;

    lzx_code_lengths(f->main, LZX_CODE_MAIN, LZX_CODE_BITS, b->main);
    lzx_code_lengths(f->length, LZX_CODE_LENGTHS, LZX_CODE_BITS, b->length);
    lzx_code_lengths(f->aligned, LZX_CODE_ALIGNS, 7, b->aligned);
    for (unsigned i = 0; i < LZX_CODE_ALIGNS; i++) {
        own += f->aligned[i] * b->aligned[i];
        plain += f->aligned[i] * 3;
    }
    b->kind = own < plain ? LZX_CODE_ALIGNED : LZX_CODE_VERBATIM;
}

/* A frame whose symbols are rare in its block must still have room in a block of the cabinet. */
static bool has_room(const struct lzx_chunk_block *b, const struct lzx_chunk_freq *f) {
    uint64_t bits = 0;

    for (unsigned i = 0; i < LZX_CODE_MAIN; i++)
        bits +=
            (uint64_t)f->main[i] * (b->main[i] + (i < 256 ? 0 : lzx_code_extra((i - 256) / 8) + 4));
    for (unsigned i = 0; i < LZX_CODE_LENGTHS; i++)
        bits += (uint64_t)f->length[i] * b->length[i];
    return bits / 8 + HEAD_MOST < LZX_ROOM;
}

void lzx_chunk_blocks(struct lzx_chunk *c, const struct lzx_chunk_freq *frame, const size_t *first,
                      const bool *raw, const uint32_t (*recent)[3]) {
    size_t n = (c->n + LZX_FRAME - 1) / LZX_FRAME;

    c->n_blocks = 0;
    for (size_t i = 0, k; i < n; i = k) {
        struct lzx_chunk_block *b = &c->block[c->n_blocks++];
        struct lzx_chunk_freq sum = frame[i];
        uint64_t bits = cost(&sum);
        bool fits = true;

        for (k = i + 1; k < n && !raw[i] && !raw[k]; k++) {
            struct lzx_chunk_freq both = sum;
            uint64_t joined;

            add(&both, &frame[k]);
            joined = cost(&both);
            if (joined > bits + cost(&frame[k]) + (uint64_t)HEAD_BITS * 16)
                break;
            sum = both;
            bits = joined;
        }
        memset(b, 0, sizeof *b);
        make_codes(b, &sum);
        for (size_t x = i; x < k; x++)
            fits = fits && has_room(b, &frame[x]);
        if (!fits) {
            k = i + 1;
            make_codes(b, &frame[i]);
        }
        b->first = first[i];
        b->tokens = first[k] - first[i];
        b->at = i * LZX_FRAME;
        b->bytes = (k * LZX_FRAME < c->n ? k * LZX_FRAME : c->n) - b->at;
        memcpy(b->recent, recent[i], sizeof b->recent);
        if (raw[i])
            b->kind = LZX_CODE_RAW;
    }
}
