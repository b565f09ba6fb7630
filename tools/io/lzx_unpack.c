/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "base/mem.h"
#include "io/lzx_code.h"

#include <string.h>

enum { FAST = 10 }; /* codes up to here are looked up at once */

struct tree {
    uint16_t fast[1 << FAST]; /* symbol << 4 | length; 0: longer, or none */
    uint32_t first[LZX_CODE_BITS + 1], count[LZX_CODE_BITS + 1], at[LZX_CODE_BITS + 1];
    uint16_t sorted[LZX_CODE_MAIN]; /* symbols by length, then by number */
    bool empty;
};

struct lzx_unpacker {
    unsigned n_main;
    size_t size, at; /* of the window; where the frame lies in it */
    uint64_t done;   /* bytes in front of it */
    uint32_t recent[3], e8_size;
    unsigned kind;
    uint32_t left; /* bytes of the block */
    bool started, pad;
    uint8_t main_len[LZX_CODE_MAIN], length_len[LZX_CODE_LENGTHS], aligned_len[LZX_CODE_ALIGNS];
    struct tree main, length, aligned, pre;
    unsigned char *window;
    /* the bits of this frame */
    const unsigned char *p, *end;
    uint64_t bits; /* the next ones at the top */
    unsigned have, beyond;
};

int lzx_unpacker_new(struct lzx_unpacker **u, unsigned window, struct err *e) {
    struct lzx_unpacker *x;

    *u = NULL;
    if (window < LZX_WINDOW_MIN || window > LZX_WINDOW_MAX)
        return err_set(e, E_INPUT, "LZX has no window of %u bits", window);
    x = mem_alloc(sizeof *x);
    x->n_main = lzx_code_main(window);
    x->size = (size_t)1 << window;
    x->window = mem_alloc(x->size);
    x->recent[0] = x->recent[1] = x->recent[2] = 1;
    *u = x;
    return OK;
}

void lzx_unpacker_free(struct lzx_unpacker *u) {
    if (!u)
        return;
    mem_free(u->window);
    mem_free(u);
}

static int damaged(const char *what, struct err *e) {
    return err_set(e, E_INPUT, "a block of LZX is damaged: %s", what);
}

/* At least n bits, up to 17; zeros behind the end, which is an error when they are used. */
static void need(struct lzx_unpacker *u, unsigned n) {
    while (u->have < n) {
        uint64_t word = 0;

        if (u->end - u->p >= 2) {
            word = bytes_le16(u->p);
            u->p += 2;
        } else {
            u->beyond++;
        }
        u->bits |= word << (48 - u->have);
        u->have += 16;
    }
}

static void drop(struct lzx_unpacker *u, unsigned n) {
    u->bits <<= n;
    u->have -= n;
}

static uint32_t take(struct lzx_unpacker *u, unsigned n) {
    uint32_t v;

    if (!n)
        return 0;
    need(u, n);
    v = (uint32_t)(u->bits >> (64 - n));
    drop(u, n);
    return v;
}

static bool used_up(const struct lzx_unpacker *u) {
    return u->beyond * 16 > u->have;
}

/* False: the lengths are those of no tree. */
static bool make_tree(struct tree *t, const uint8_t *len, unsigned n) {
    uint32_t code = 0, next[LZX_CODE_BITS + 1];
    unsigned at = 0;

    memset(t, 0, sizeof *t);
    for (unsigned i = 0; i < n; i++)
        if (len[i])
            t->count[len[i]]++;
    for (unsigned b = 1; b <= LZX_CODE_BITS; b++) {
        t->first[b] = code;
        t->at[b] = next[b] = at;
        code += t->count[b];
        at += t->count[b];
        if (code > 1u << b)
            return false;
        code <<= 1;
    }
    t->empty = !at;
    if (at && code != 2u << LZX_CODE_BITS)
        return false;
    for (unsigned i = 0; i < n; i++)
        if (len[i])
            t->sorted[next[len[i]]++] = (uint16_t)i;
    for (unsigned b = 1; b <= FAST; b++)
        for (unsigned k = 0; k < t->count[b]; k++)
            for (uint32_t x = 0; x < 1u << (FAST - b); x++)
                t->fast[((t->first[b] + k) << (FAST - b)) + x] =
                    (uint16_t)(t->sorted[t->at[b] + k] << 4 | b);
    return true;
}

/* The next symbol; that of an empty tree is none, which has to be looked for before. */
static unsigned symbol(struct lzx_unpacker *u, const struct tree *t) {
    uint32_t peek;
    unsigned b;

    need(u, LZX_CODE_BITS);
    peek = (uint32_t)(u->bits >> 48);
    b = t->fast[peek >> (LZX_CODE_BITS - FAST)] & 15;
    if (b) {
        drop(u, b);
        return t->fast[peek >> (LZX_CODE_BITS - FAST)] >> 4;
    }
    for (b = FAST + 1; b < LZX_CODE_BITS; b++)
        if ((peek >> (LZX_CODE_BITS - b)) - t->first[b] < t->count[b])
            break;
    drop(u, b);
    return t->sorted[t->at[b] + ((peek >> (LZX_CODE_BITS - b)) - t->first[b])];
}

/* The lengths [from, to) as differences from those of the block before. */
static int read_lengths(struct lzx_unpacker *u, uint8_t *len, unsigned from, unsigned to,
                        struct err *e) {
    uint8_t pre[LZX_CODE_PRE];

    for (unsigned i = 0; i < LZX_CODE_PRE; i++)
        pre[i] = (uint8_t)take(u, 4);
    if (!make_tree(&u->pre, pre, LZX_CODE_PRE) || u->pre.empty)
        return damaged("the lengths of its codes", e);
    for (unsigned i = from; i < to;) {
        unsigned s = symbol(u, &u->pre), n = 1, v = 0;

        if (s == 17)
            n = 4 + take(u, 4);
        else if (s == 18)
            n = 20 + take(u, 5);
        else if (s == 19)
            n = 4 + take(u, 1);
        if (s == 19)
            s = symbol(u, &u->pre);
        if (s < 17)
            v = (len[i] + 17u - s) % 17;
        else if (s == 19 || n == 1)
            return damaged("the lengths of its codes", e);
        if (n > to - i || used_up(u))
            return damaged("more lengths than codes", e);
        while (n--)
            len[i++] = (uint8_t)v;
    }
    return OK;
}

static int read_raw_head(struct lzx_unpacker *u, struct err *e) {
    unsigned over = u->have % 16;

    if (!over) { /* 1 to 16 bits, never none */
        need(u, 16);
        over = 16;
    }
    drop(u, over);
    if (u->beyond)
        return damaged("it ends too early", e);
    u->p -= u->have / 8; /* whole words that were taken too early */
    u->have = 0;
    u->bits = 0;
    if (u->end - u->p < 12)
        return damaged("it ends too early", e);
    for (int i = 0; i < 3; i++, u->p += 4)
        u->recent[i] = bytes_le32(u->p);
    u->started = true;
    return OK;
}

static int read_head(struct lzx_unpacker *u, struct err *e) {
    u->kind = take(u, 3);
    u->left = take(u, 16) << 8;
    u->left |= take(u, 8);
    u->pad = false;
    if (u->kind == LZX_CODE_RAW) {
        u->pad = u->left & 1;
        return read_raw_head(u, e);
    }
    if (u->kind != LZX_CODE_VERBATIM && u->kind != LZX_CODE_ALIGNED)
        return damaged("it is of no kind", e);
    if (u->kind == LZX_CODE_ALIGNED)
        for (unsigned i = 0; i < LZX_CODE_ALIGNS; i++)
            u->aligned_len[i] = (uint8_t)take(u, 3);
    if (u->kind == LZX_CODE_ALIGNED && !make_tree(&u->aligned, u->aligned_len, LZX_CODE_ALIGNS))
        return damaged("the lengths of its codes", e);
    if (read_lengths(u, u->main_len, 0, 256, e) ||
        read_lengths(u, u->main_len, 256, u->n_main, e) ||
        read_lengths(u, u->length_len, 0, LZX_CODE_LENGTHS, e))
        return (int)e->code;
    if (!make_tree(&u->main, u->main_len, u->n_main) || u->main.empty ||
        !make_tree(&u->length, u->length_len, LZX_CODE_LENGTHS))
        return damaged("the lengths of its codes", e);
    if (u->main_len[0xe8])
        u->started = true;
    return OK;
}

/* The offset of a match; 0: damaged. */
static uint32_t read_offset(struct lzx_unpacker *u, unsigned slot) {
    uint32_t offset, extra = lzx_code_extra(slot);

    if (slot < 3) {
        offset = u->recent[slot];
        u->recent[slot] = u->recent[0];
        u->recent[0] = offset;
        return offset;
    }
    offset = lzx_code_base(slot) - 2;
    if (u->kind == LZX_CODE_ALIGNED && extra >= 3) {
        if (u->aligned.empty)
            return 0;
        offset += take(u, extra - 3) << 3;
        offset += symbol(u, &u->aligned);
    } else {
        offset += take(u, extra);
    }
    u->recent[2] = u->recent[1];
    u->recent[1] = u->recent[0];
    u->recent[0] = offset;
    return offset;
}

/* Up to n bytes of the frame, of which `from` are there: fewer at the end of a block. */
static int decode(struct lzx_unpacker *u, size_t from, size_t n, struct err *e) {
    unsigned char *to = u->window + u->at;
    size_t i = from, end = from + n;

    while (i < end) {
        unsigned s = symbol(u, &u->main), length;
        uint32_t offset;

        if (used_up(u))
            return damaged("it ends too early", e);
        if (s < 256) {
            to[i++] = (unsigned char)s;
            continue;
        }
        length = (s & 7) + LZX_CODE_MIN;
        if ((s & 7) == LZX_CODE_SHORT) {
            if (u->length.empty)
                return damaged("it has no codes for lengths", e);
            length += symbol(u, &u->length);
        }
        offset = read_offset(u, (s - 256) >> 3);
        if (!offset || offset > u->size || offset > u->done + i || length > end - i)
            return damaged("a match leads out of it", e);
        if (offset <= u->at + i) {
            for (const unsigned char *p = to + i - offset; length; length--)
                to[i++] = *p++;
        } else {
            for (; length; length--, i++)
                to[i] = u->window[(u->at + i - offset) & (u->size - 1)];
        }
    }
    return OK;
}

static int frame(struct lzx_unpacker *u, size_t want, struct err *e) {
    for (size_t i = 0; i < want;) {
        size_t n;

        if (!u->left) {
            if (u->pad && u->p < u->end) /* or in the next frame */
                u->p++;
            if (read_head(u, e))
                return (int)e->code;
        }
        n = want - i < u->left ? want - i : u->left;
        if (u->kind != LZX_CODE_RAW) {
            if (decode(u, i, n, e))
                return (int)e->code;
        } else {
            if ((size_t)(u->end - u->p) < n)
                return damaged("it ends too early", e);
            memcpy(u->window + u->at + i, u->p, n);
            u->p += n;
        }
        i += n;
        u->left -= (uint32_t)n;
        if (!u->left && u->pad && u->p < u->end) { /* blocks of raw bytes end on words */
            u->p++;
            u->pad = false;
        }
        if (!n && used_up(u))
            return damaged("it ends too early", e);
    }
    return used_up(u) ? damaged("it ends too early", e) : OK;
}

static void translate_back(unsigned char *p, size_t n, uint64_t at, uint32_t size) {
    if (n <= 10)
        return;
    for (size_t i = 0; i < n - 10; i++) {
        int64_t here = (int64_t)(at + i), to;

        if (p[i] != 0xe8)
            continue;
        to = (int32_t)bytes_le32(p + i + 1);
        if (to >= -here && to < (int64_t)size)
            bytes_put_le32(p + i + 1, (uint32_t)(to >= 0 ? to - here : to + (int64_t)size));
        i += 4;
    }
}

int lzx_unpack(struct lzx_unpacker *u, const unsigned char *in, size_t n, unsigned char *out,
               size_t want, struct err *e) {
    u->p = in;
    u->end = in + n;
    u->bits = 0;
    u->have = u->beyond = 0;
    if (!u->done && take(u, 1)) {
        u->e8_size = take(u, 16) << 16;
        u->e8_size |= take(u, 16);
    }
    if (want > LZX_FRAME || u->done % LZX_FRAME)
        return damaged("its size", e);
    if (frame(u, want, e))
        return (int)e->code;
    memcpy(out, u->window + u->at, want);
    if (u->e8_size && u->started && u->done < LZX_CODE_E8_END)
        translate_back(out, want, u->done, u->e8_size);
    u->done += want;
    u->at = (u->at + want) & (u->size - 1);
    return OK;
}
