/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "base/mem.h"
#include "io/lzx.h"
#include "io/lzx_chunk.h"

#include <string.h>

struct lzx_writer {
    unsigned n_main;
    bool begun;                                            /* something of the stream is written */
    uint8_t main[LZX_CODE_MAIN], length[LZX_CODE_LENGTHS]; /* of the block before */
    const struct lzx_chunk *c;
    size_t at, block, token, left; /* in the chunk; of the block */
    uint16_t main_code[LZX_CODE_MAIN], length_code[LZX_CODE_LENGTHS], aligned_code[LZX_CODE_ALIGNS];
    uint64_t bits;
    unsigned have;
    size_t n;
    unsigned char out[LZX_ROOM + 4096];
};

struct lzx_writer *lzx_writer_new(unsigned window) {
    struct lzx_writer *w = mem_alloc(sizeof *w);

    w->n_main = lzx_code_main(window);
    return w;
}

void lzx_writer_free(struct lzx_writer *w) {
    mem_free(w);
}

void lzx_writer_reset(struct lzx_writer *w) {
    w->begun = false;
    memset(w->main, 0, sizeof w->main);
    memset(w->length, 0, sizeof w->length);
}

void lzx_writer_begin(struct lzx_writer *w, const struct lzx_chunk *c) {
    w->c = c;
    w->at = w->block = w->left = 0;
}

static void put(struct lzx_writer *w, uint32_t v, unsigned n) {
    w->bits = w->bits << n | v;
    for (w->have += n; w->have >= 16; w->n += 2)
        bytes_put_le16(w->out + w->n, (uint16_t)(w->bits >> (w->have -= 16)));
}

static void align(struct lzx_writer *w) {
    if (w->have)
        put(w, 0, 16 - w->have);
}

/* --- the lengths of codes ----------------------------------------------------------------------
 */

struct pre {
    uint8_t symbol, extra, extra_bits, then; /* then: the symbol behind a 19 */
};

/* How the lengths [from, to) are told by those of the block before. */
static unsigned tell(const uint8_t *was, const uint8_t *len, unsigned from, unsigned to,
                     struct pre *v) {
    unsigned n = 0;

    for (unsigned i = from, k; i < to; i = k) {
        uint8_t difference = (uint8_t)((was[i] + 17 - len[i]) % 17);
        unsigned run;

        for (k = i + 1; k < to && len[k] == len[i];)
            k++;
        run = k - i;
        if (!len[i] && run >= 20) {
            run = run > 51 ? 51 : run;
            v[n++] = (struct pre){18, (uint8_t)(run - 20), 5, 0};
        } else if (!len[i] && run >= 4) {
            v[n++] = (struct pre){17, (uint8_t)(run - 4), 4, 0};
        } else if (run >= 4) {
            run = run > 5 ? 5 : run;
            v[n++] = (struct pre){19, (uint8_t)(run - 4), 1, difference};
        } else {
            run = 1;
            v[n++] = (struct pre){difference, 0, 0, 0};
        }
        k = i + run;
    }
    return n;
}

static void put_lengths(struct lzx_writer *w, uint8_t *was, const uint8_t *len, unsigned from,
                        unsigned to) {
    struct pre v[LZX_CODE_MAIN];
    uint32_t freq[LZX_CODE_PRE] = {0};
    uint8_t pre_len[LZX_CODE_PRE];
    uint16_t pre_code[LZX_CODE_PRE];
    unsigned n = tell(was, len, from, to, v);

    for (unsigned i = 0; i < n; i++) {
        freq[v[i].symbol]++;
        if (v[i].symbol == 19)
            freq[v[i].then]++;
    }
    lzx_code_lengths(freq, LZX_CODE_PRE, 15, pre_len);
    lzx_code_codes(pre_len, LZX_CODE_PRE, pre_code);
    for (unsigned i = 0; i < LZX_CODE_PRE; i++)
        put(w, pre_len[i], 4);
    for (unsigned i = 0; i < n; i++) {
        put(w, pre_code[v[i].symbol], pre_len[v[i].symbol]);
        put(w, v[i].extra, v[i].extra_bits);
        if (v[i].symbol == 19)
            put(w, pre_code[v[i].then], pre_len[v[i].then]);
    }
    memcpy(was + from, len + from, to - from);
}

/* --- blocks ------------------------------------------------------------------------------------
 */

static void put_head(struct lzx_writer *w, const struct lzx_chunk_block *b) {
    put(w, b->kind, 3);
    put(w, (uint32_t)(b->bytes >> 8), 16);
    put(w, (uint32_t)(b->bytes & 0xff), 8);
    if (b->kind == LZX_CODE_RAW) {
        put(w, 0, 16 - w->have % 16);          /* never none */
        for (int i = 0; i < 3; i++, w->n += 4) /* what nobody refers to is as good as any */
            bytes_put_le32(w->out + w->n, b->recent[i] ? b->recent[i] : 1);
        return;
    }
    if (b->kind == LZX_CODE_ALIGNED)
        for (unsigned i = 0; i < LZX_CODE_ALIGNS; i++)
            put(w, b->aligned[i], 3);
    put_lengths(w, w->main, b->main, 0, 256);
    put_lengths(w, w->main, b->main, 256, w->n_main);
    put_lengths(w, w->length, b->length, 0, LZX_CODE_LENGTHS);
    lzx_code_codes(b->main, w->n_main, w->main_code);
    lzx_code_codes(b->length, LZX_CODE_LENGTHS, w->length_code);
    lzx_code_codes(b->aligned, LZX_CODE_ALIGNS, w->aligned_code);
}

static void put_match(struct lzx_writer *w, const struct lzx_chunk_block *b, uint32_t token) {
    uint32_t offset = lzx_chunk_offset(token);
    unsigned length = lzx_chunk_length(token), slot = lzx_code_slot(offset),
             main = lzx_chunk_main(slot, length), extra = lzx_code_extra(slot);
    uint32_t rest = offset - lzx_code_base(slot);

    put(w, w->main_code[main], b->main[main]);
    if (length - LZX_CODE_MIN >= LZX_CODE_SHORT) {
        length -= LZX_CODE_MIN + LZX_CODE_SHORT;
        put(w, w->length_code[length], b->length[length]);
    }
    if (b->kind == LZX_CODE_ALIGNED && extra >= 3) {
        put(w, rest >> 3, extra - 3);
        put(w, w->aligned_code[rest & 7], b->aligned[rest & 7]);
    } else {
        put(w, rest, extra);
    }
}

/* Up to n bytes of the block; gives how many. */
static size_t put_some(struct lzx_writer *w, const struct lzx_chunk_block *b, size_t n) {
    size_t done = 0;

    if (b->kind == LZX_CODE_RAW) {
        memcpy(w->out + w->n, w->c->in + w->at, n);
        w->n += n;
        if (n & 1)
            w->out[w->n++] = 0;
        return n;
    }
    while (done < n) {
        uint32_t token = w->c->token[w->token++];

        if (token & LZX_CHUNK_MATCH) {
            put_match(w, b, token);
            done += lzx_chunk_length(token);
        } else {
            put(w, w->main_code[token], b->main[token]);
            done++;
        }
    }
    return done;
}

size_t lzx_writer_frame(struct lzx_writer *w, const unsigned char **bytes, size_t *of) {
    size_t end = w->at + LZX_FRAME < w->c->n ? w->at + LZX_FRAME : w->c->n;

    *bytes = w->out;
    *of = end - w->at;
    w->n = 0;
    if (!*of)
        return 0;
    if (!w->begun) {
        put(w, 1, 1); /* addresses are translated */
        put(w, LZX_CODE_E8_SIZE >> 16, 16);
        put(w, LZX_CODE_E8_SIZE & 0xffff, 16);
        w->begun = true;
    }
    while (w->at < end) {
        const struct lzx_chunk_block *b = &w->c->block[w->block];
        size_t n;

        if (!w->left) {
            put_head(w, b);
            w->left = b->bytes;
            w->token = b->first;
        }
        n = put_some(w, b, end - w->at < w->left ? end - w->at : w->left);
        w->at += n;
        w->left -= n;
        if (!w->left)
            w->block++;
    }
    align(w);
    return w->n;
}

void lzx_translate(unsigned char *p, size_t n, uint64_t at) {
    if (n <= 10 || at >= LZX_CODE_E8_END)
        return;
    for (size_t i = 0; i < n - 10; i++) {
        const unsigned char *e8 = memchr(p + i, 0xe8, n - 10 - i);
        int64_t here, to;

        if (!e8)
            break;
        i = (size_t)(e8 - p);
        here = (int64_t)(at + i);
        to = (int32_t)bytes_le32(p + i + 1);
        if (to >= -here && to < LZX_CODE_E8_SIZE)
            bytes_put_le32(p + i + 1,
                           (uint32_t)(to < LZX_CODE_E8_SIZE - here ? to + here
                                                                   : to - LZX_CODE_E8_SIZE));
        i += 4;
    }
}
