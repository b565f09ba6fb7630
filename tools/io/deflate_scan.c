/* SPDX-License-Identifier: Apache-2.0 */
#include "io/deflate_scan.h"

#include "base/attr.h"
#include "base/bytes.h"

#include <string.h>

enum {
    CODE_MAX = 15,    /* bits of the longest code */
    LITLEN_BITS = 11, /* of the direct tables; longer codes are rare and go the slow way */
    DIST_BITS = 9,
    PRE_BITS = 7,
    LITLENS = 288,
    DISTS = 32,
    PRES = 19,
    END_OF_BLOCK = 256,
};

/* What a code stands for, as far as skipping needs it: the bits it takes with its extra bits, and
 * whether it is a literal, a length (a distance follows) or the end of the block. */
enum { BITS = 0x3f, LITERAL = 0x40, LENGTH = 0x80, END = 0xc0, KIND = 0xc0 };

struct code {
    unsigned char *direct; /* 0: a longer code or none */
    unsigned direct_bits;
    uint16_t count[CODE_MAX + 1], symbol[LITLENS];
};

struct bits {
    const unsigned char *p, *next, *stop;
    uint64_t buf;
    unsigned have; /* bits in `buf`; the ones above are of no matter */
    bool bad;
};

struct scan {
    struct bits in;
    unsigned char litlen_direct[1 << LITLEN_BITS], dist_direct[1 << DIST_BITS],
        pre_direct[1 << PRE_BITS];
    struct code litlen, dist, pre;
};

/* At least 56 bits unless the input ends before. */
static void refill(struct bits *s) {
    if (s->stop - s->next >= 8) {
        s->buf |= bytes_le64(s->next) << s->have;
        s->next += (63 - s->have) >> 3;
        s->have |= 56;
        return;
    }
    while (s->have <= 56 && s->next < s->stop) {
        s->buf |= (uint64_t)*s->next++ << s->have;
        s->have += 8;
    }
}

static void drop(struct bits *s, unsigned n) {
    if (n > s->have) {
        s->bad = true;
        n = s->have;
    }
    s->buf >>= n;
    s->have -= n;
}

static unsigned take(struct bits *s, unsigned n) {
    unsigned v;

    if (s->have < n)
        refill(s);
    v = (unsigned)(s->buf & ((1u << n) - 1));
    drop(s, n);
    return v;
}

static uint64_t position(const struct bits *s) {
    return (uint64_t)(s->next - s->p) * 8 - s->have;
}

static unsigned reversed(unsigned v, unsigned n) {
    unsigned r = 0;

    for (; n; n--, v >>= 1)
        r = r << 1 | (v & 1);
    return r;
}

static unsigned char litlen_entry(unsigned symbol, unsigned length) {
    static const unsigned char extra[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                            2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};

    if (symbol < END_OF_BLOCK)
        return (unsigned char)(LITERAL | length);
    if (symbol == END_OF_BLOCK)
        return (unsigned char)(END | length);
    symbol -= END_OF_BLOCK + 1;
    return symbol < 29 ? (unsigned char)(LENGTH | (length + extra[symbol])) : 0;
}

static unsigned char dist_entry(unsigned symbol, unsigned length) {
    if (symbol >= 30)
        return 0;
    return (unsigned char)(length + (symbol < 4 ? 0 : symbol / 2 - 1));
}

static unsigned char pre_entry(unsigned symbol, unsigned length) {
    (void)symbol;
    return (unsigned char)length;
}

/* False for lengths that are no prefix code; one with unused codes is fine, it may even be empty.
 */
static bool build(struct code *c, const unsigned char *length, unsigned n,
                  unsigned char (*entry)(unsigned symbol, unsigned length)) {
    unsigned code[CODE_MAX + 2] = {0}, at[CODE_MAX + 2] = {0};

    memset(c->count, 0, sizeof c->count);
    memset(c->direct, 0, (size_t)1 << c->direct_bits);
    for (unsigned i = 0; i < n; i++)
        c->count[length[i]]++;
    c->count[0] = 0;
    for (unsigned i = 1; i <= CODE_MAX; i++) {
        code[i + 1] = (code[i] + c->count[i]) << 1;
        at[i + 1] = at[i] + c->count[i];
        if (code[i] + c->count[i] > 1u << i)
            return false;
    }
    for (unsigned i = 0; i < n; i++) {
        unsigned bits = length[i];

        if (!bits)
            continue;
        c->symbol[at[bits]++] = (uint16_t)i;
        if (bits <= c->direct_bits) {
            unsigned char value = entry(i, bits);

            for (unsigned k = reversed(code[bits], bits); k < 1u << c->direct_bits; k += 1u << bits)
                c->direct[k] = value;
        }
        code[bits]++;
    }
    return true;
}

/* The symbol of the next code, bit by bit; *length is what the code takes, 0 when there is none. */
static unsigned slow(const struct bits *s, const struct code *c, unsigned *length) {
    unsigned code = 0, first = 0, index = 0;

    for (unsigned i = 1; i <= CODE_MAX; i++) {
        code |= (unsigned)(s->buf >> (i - 1)) & 1;
        if (code < first + c->count[i]) {
            *length = i;
            return c->symbol[index + code - first];
        }
        index += c->count[i];
        first = (first + c->count[i]) << 1;
        code <<= 1;
    }
    *length = 0;
    return 0;
}

/* A code that is not in the direct table, as that would say it; 0: there is none. */
static unsigned look(const struct bits *s, const struct code *c,
                     unsigned char (*entry)(unsigned symbol, unsigned length)) {
    unsigned length, symbol = slow(s, c, &length);

    return length ? entry(symbol, length) : 0;
}

/* The codes of a block up to its end. Here all the time goes: the bits are kept at hand, and a
 * refill must do for three literals of the direct table or for a length with its distance. */
static bool scan_codes(struct scan *s) {
    struct bits at = s->in; /* a copy that the compiler can keep in registers */
    unsigned x = LITERAL;

    while (!at.bad) {
        refill(&at);
        for (int i = 0; i < 3; i++) {
            x = s->litlen_direct[at.buf & ((1u << LITLEN_BITS) - 1)];
            if ((x & KIND) != LITERAL)
                break;
            drop(&at, x & BITS);
        }
        if ((x & KIND) == LITERAL)
            continue;
        if (!x)
            x = look(&at, &s->litlen, litlen_entry);
        drop(&at, x & BITS);
        if (!x || (x & KIND) == END)
            break;
        if ((x & KIND) == LITERAL)
            continue;
        refill(&at);
        x = s->dist_direct[at.buf & ((1u << DIST_BITS) - 1)];
        if (!x)
            x = look(&at, &s->dist, dist_entry);
        if (!x)
            break;
        drop(&at, x);
    }
    s->in = at;
    return !at.bad && (x & KIND) == END;
}

static bool fixed_codes(struct scan *s) {
    unsigned char length[LITLENS], five[DISTS];

    for (unsigned i = 0; i < LITLENS; i++)
        length[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    memset(five, 5, sizeof five);
    return build(&s->litlen, length, LITLENS, litlen_entry) &&
           build(&s->dist, five, DISTS, dist_entry);
}

static bool dynamic_codes(struct scan *s) {
    static const unsigned char order[PRES] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                              11, 4,  12, 3, 13, 2, 14, 1, 15};
    unsigned char length[LITLENS + DISTS] = {0}, pre[PRES] = {0};
    unsigned litlens = take(&s->in, 5) + 257, dists = take(&s->in, 5) + 1,
             pres = take(&s->in, 4) + 4;

    if (litlens > LITLENS - 2)
        return false;
    for (unsigned i = 0; i < pres; i++)
        pre[order[i]] = (unsigned char)take(&s->in, 3);
    if (!build(&s->pre, pre, PRES, pre_entry))
        return false;
    for (unsigned i = 0; i < litlens + dists && !s->in.bad;) {
        unsigned n, symbol, again, value;

        refill(&s->in);
        symbol = slow(&s->in, &s->pre, &n);
        if (!n)
            return false;
        drop(&s->in, n);
        if (symbol < 16) {
            length[i++] = (unsigned char)symbol;
            continue;
        }
        if (symbol == 16 && !i)
            return false;
        value = symbol == 16 ? length[i - 1] : 0;
        again = symbol == 16   ? 3 + take(&s->in, 2)
                : symbol == 17 ? 3 + take(&s->in, 3)
                               : 11 + take(&s->in, 7);
        if (again > litlens + dists - i)
            return false;
        while (again--)
            length[i++] = (unsigned char)value;
    }
    return !s->in.bad && build(&s->litlen, length, litlens, litlen_entry) &&
           build(&s->dist, length + litlens, dists, dist_entry);
}

static bool skip_stored(struct bits *s) {
    unsigned n, complement;

    drop(s, s->have % 8);
    n = take(s, 16);
    complement = take(s, 16);
    if (s->bad || n != (complement ^ 0xffff))
        return false;
    s->next -= s->have / 8;
    s->buf = s->have = 0;
    if ((size_t)(s->stop - s->next) < n)
        return false;
    s->next += n;
    return true;
}

bool deflate_scan(const void *p, size_t n, uint64_t *last, uint64_t *end) {
    struct scan s = {.in = {.p = p, .next = p, .stop = (const unsigned char *)p + n}};

    s.litlen = (struct code){.direct = s.litlen_direct, .direct_bits = LITLEN_BITS};
    s.dist = (struct code){.direct = s.dist_direct, .direct_bits = DIST_BITS};
    s.pre = (struct code){.direct = s.pre_direct, .direct_bits = PRE_BITS};
    while (!s.in.bad) {
        uint64_t at = position(&s.in);
        bool final = take(&s.in, 1);
        unsigned kind = take(&s.in, 2);

        if (s.in.bad || kind == 3)
            return false;
        if (!kind && !skip_stored(&s.in))
            return false;
        if (kind && !((kind == 1 ? fixed_codes(&s) : dynamic_codes(&s)) && scan_codes(&s)))
            return false;
        if (final) {
            *last = at;
            *end = position(&s.in);
            return true;
        }
    }
    return false;
}
