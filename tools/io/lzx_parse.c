/* SPDX-License-Identifier: Apache-2.0 */
#include "base/attr.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "io/lzx_chunk.h"

#include <string.h>

enum {
    HASH_BITS = 20,
    HASH3_BITS = 16,
    MATCHES = LZX_FRAME * 12, /* of a frame that are remembered */
    PER_BYTE = 24,            /* at most, of one byte */
};

struct match {
    uint32_t offset;
    uint16_t length;
};

/* The cheapest way to a byte of the frame. */
struct node {
    uint32_t cost, token, recent[3];
};

struct lzx_parser {
    unsigned window, depth, nice, passes;
    uint32_t *head, *head3, *head2, *prev; /* positions and 1; 0: none */
    struct match *match;
    uint32_t match_at[LZX_FRAME + 1];
    struct node node[LZX_FRAME + 1];
    uint32_t path[LZX_FRAME];
    uint32_t main[LZX_CODE_MAIN], length[LZX_CODE_LENGTHS], aligned[LZX_CODE_ALIGNS]; /* costs */
    const unsigned char *base; /* where the history begins */
    size_t end;                /* of the chunk */
    struct lzx_chunk_freq *freq;
};

struct lzx_parser *lzx_parser_new(unsigned window, int level) {
    static const struct {
        unsigned depth, nice, passes;
    } levels[] = {{3, 16, 1},   {6, 24, 1},   {10, 32, 1},   {16, 48, 1},  {24, 64, 1},
                  {32, 100, 2}, {64, 128, 2}, {128, 200, 2}, {300, 257, 3}};
    struct lzx_parser *p = mem_alloc(sizeof *p);
    size_t chunk = lzx_chunk_size(window);

    level = level < 1 ? 1 : level > 9 ? 9 : level;
    p->window = window;
    p->depth = levels[level - 1].depth;
    p->nice = levels[level - 1].nice;
    p->passes = levels[level - 1].passes;
    p->head = mem_alloc(sizeof *p->head << HASH_BITS);
    p->head3 = mem_alloc(sizeof *p->head3 << HASH3_BITS);
    p->head2 = mem_alloc(sizeof *p->head2 << 16);
    p->prev = mem_alloc((((size_t)1 << window) + chunk) * sizeof *p->prev);
    p->match = mem_alloc((MATCHES + PER_BYTE) * sizeof *p->match);
    p->freq = mem_alloc(chunk / LZX_FRAME * sizeof *p->freq);
    return p;
}

void lzx_parser_free(struct lzx_parser *p) {
    if (!p)
        return;
    mem_free(p->head);
    mem_free(p->head3);
    mem_free(p->head2);
    mem_free(p->prev);
    mem_free(p->match);
    mem_free(p->freq);
    mem_free(p);
}

/* --- finding matches ---------------------------------------------------------------------------
 */

static uint32_t hash4(const unsigned char *p) {
    return bytes_le32(p) * 2654435761u >> (32 - HASH_BITS);
}

static uint32_t hash3(const unsigned char *p) {
    return ((uint32_t)(p[0] | p[1] << 8) | (uint32_t)p[2] << 16) * 2654435761u >> (32 - HASH3_BITS);
}

/* Enters a position, and gives those that were the last with the same 4, 3 and 2 bytes. */
static void enter(struct lzx_parser *p, size_t at, uint32_t was[3]) {
    const unsigned char *z = p->base + at;
    uint32_t *h = p->end - at >= 4 ? &p->head[hash4(z)] : NULL,
             *h3 = p->end - at >= 4 ? &p->head3[hash3(z)] : NULL,
             *h2 = p->end - at >= 2 ? &p->head2[bytes_le16(z)] : NULL;

    was[0] = h ? *h : 0;
    was[1] = h3 ? *h3 : 0;
    was[2] = h2 ? *h2 : 0;
    p->prev[at] = was[0];
    if (h)
        *h = (uint32_t)at + 1;
    if (h3)
        *h3 = (uint32_t)at + 1;
    if (h2)
        *h2 = (uint32_t)at + 1;
}

static unsigned same(const unsigned char *a, const unsigned char *b, unsigned most) {
    unsigned n = 0;

    while (n + 8 <= most && memcmp(a + n, b + n, 8) == 0)
        n += 8;
    while (n < most && a[n] == b[n])
        n++;
    return n;
}

/* The longest match at each distance, where a longer one is farther: into m, which has room for
 * PER_BYTE. */
static unsigned find(struct lzx_parser *p, size_t at, unsigned most, struct match *m) {
    const unsigned char *z = p->base + at;
    size_t far = ((size_t)1 << p->window) - 3;
    uint32_t was[3];
    unsigned n = 0, best = 1;

    enter(p, at, was);
    for (int k = 2; k >= 1; k--) {
        size_t offset = at + 1 - was[k];
        unsigned length;

        if (!was[k] || offset > far || most <= best)
            continue;
        length = same(z, z - offset, most);
        if (length > best) {
            m[n++] = (struct match){(uint32_t)offset, (uint16_t)length};
            best = length;
        }
    }
    for (unsigned k = p->depth; k && was[0] && best < most && n < PER_BYTE; k--) {
        size_t offset = at + 1 - was[0];

        if (offset > far)
            break;
        if (z[best] == (z - offset)[best]) {
            unsigned length = same(z, z - offset, most);

            if (length > best && length > 3) {
                m[n++] = (struct match){(uint32_t)offset, (uint16_t)length};
                best = length;
                if (best >= p->nice)
                    break;
            }
        }
        was[0] = p->prev[was[0] - 1];
    }
    return n;
}

/* All matches of the frame at `at`. None begins inside one that is long enough. */
static void find_all(struct lzx_parser *p, size_t at, size_t n) {
    uint32_t k = 0, was[3];
    size_t skip = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned most = n - i < LZX_CODE_MAX ? (unsigned)(n - i) : LZX_CODE_MAX, found;

        p->match_at[i] = k;
        if (skip || most < LZX_CODE_MIN || k > MATCHES - PER_BYTE) {
            enter(p, at + i, was);
            skip -= skip > 0;
            continue;
        }
        found = find(p, at + i, most, p->match + k);
        k += found;
        if (found && p->match[k - 1].length >= p->nice)
            skip = p->match[k - 1].length - 1u;
    }
    p->match_at[n] = k;
}

/* --- choosing among them -----------------------------------------------------------------------
 */

static void costs_of(const uint32_t *freq, unsigned n, uint32_t *cost) {
    uint32_t all = n / 8 + 1;

    for (unsigned i = 0; i < n; i++)
        all += freq[i] * 8;
    for (unsigned i = 0; i < n; i++) /* what did not occur may yet */
        cost[i] = lzx_chunk_bits(freq[i] ? freq[i] * 8 : 1, all);
}

static void learn_costs(struct lzx_parser *p, const struct lzx_chunk_freq *f) {
    costs_of(f->main, lzx_code_main(p->window), p->main);
    costs_of(f->length, LZX_CODE_LENGTHS, p->length);
    costs_of(f->aligned, LZX_CODE_ALIGNS, p->aligned);
    for (unsigned i = 0; i < LZX_CODE_ALIGNS; i++)
        if (p->aligned[i] > 7 * 16)
            p->aligned[i] = 7 * 16;
}

static void guess_costs(struct lzx_parser *p) {
    for (unsigned i = 0; i < LZX_CODE_MAIN; i++)
        p->main[i] = (i < 256 ? 8 : 7) * 16;
    for (unsigned i = 0; i < LZX_CODE_LENGTHS; i++)
        p->length[i] = 6 * 16;
    for (unsigned i = 0; i < LZX_CODE_ALIGNS; i++)
        p->aligned[i] = 3 * 16;
}

/* A way to the node `to` with matches of lengths [from, upto] at one offset. */
static void offer(struct lzx_parser *p, struct node *at, uint32_t formatted, unsigned from,
                  unsigned upto) {
    unsigned slot = lzx_code_slot(formatted), extra = lzx_code_extra(slot);
    uint32_t cost = at->cost + extra * 16;

    if (extra >= 3)
        cost += p->aligned[(formatted - lzx_code_base(slot)) & 7] - 3 * 16;
    for (unsigned length = from; length <= upto; length++) {
        uint32_t c = cost + p->main[lzx_chunk_main(slot, length)];

        if (length - LZX_CODE_MIN >= LZX_CODE_SHORT)
            c += p->length[length - LZX_CODE_MIN - LZX_CODE_SHORT];
        if (c < at[length].cost) {
            at[length].cost = c;
            at[length].token =
                LZX_CHUNK_MATCH | (length - LZX_CODE_MIN) << LZX_CHUNK_OFFSET_BITS | formatted;
        }
    }
}

/* The last three offsets at a node, by how it was come to. */
static void know_recent(struct node *x) {
    const struct node *from;
    uint32_t formatted = lzx_chunk_offset(x->token);

    if (!(x->token & LZX_CHUNK_MATCH)) {
        memcpy(x->recent, x[-1].recent, sizeof x->recent);
        return;
    }
    from = x - lzx_chunk_length(x->token);
    memcpy(x->recent, from->recent, sizeof x->recent);
    if (formatted < 3) {
        x->recent[formatted] = from->recent[0];
        x->recent[0] = from->recent[formatted];
    } else {
        x->recent[2] = from->recent[1];
        x->recent[1] = from->recent[0];
        x->recent[0] = formatted - 2;
    }
}

static void walk(struct lzx_parser *p, size_t at, size_t n) {
    for (size_t i = 1; i <= n; i++)
        p->node[i].cost = UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
        struct node *x = &p->node[i];
        const unsigned char *z = p->base + at + i;
        unsigned most = n - i < LZX_CODE_MAX ? (unsigned)(n - i) : LZX_CODE_MAX, done = 1;

        if (i)
            know_recent(x);
        if (x->cost + p->main[*z] < x[1].cost) {
            x[1].cost = x->cost + p->main[*z];
            x[1].token = *z;
        }
        for (unsigned k = 0; k < 3 && most >= LZX_CODE_MIN; k++) {
            uint32_t offset = x->recent[k];
            unsigned length;

            if (!offset || offset > at + i || z[0] != *(z - offset))
                continue;
            length = same(z, z - offset, most);
            if (length >= LZX_CODE_MIN)
                offer(p, x, k, length >= p->nice ? length : LZX_CODE_MIN, length);
        }
        for (uint32_t k = p->match_at[i]; k < p->match_at[i + 1]; k++) {
            const struct match *m = &p->match[k];

            offer(p, x, m->offset + 2, m->length >= p->nice ? m->length : done + 1, m->length);
            done = m->length;
        }
    }
    know_recent(&p->node[n]);
}

/* Counts the symbols of the cheapest way, and puts its tokens; gives how many. */
static size_t tell(struct lzx_parser *p, size_t n, struct lzx_chunk_freq *f, uint32_t *token) {
    size_t count = 0;

    memset(f, 0, sizeof *f);
    for (size_t i = n; i;) {
        uint32_t t = p->node[i].token;

        p->path[count++] = t;
        i -= t & LZX_CHUNK_MATCH ? lzx_chunk_length(t) : 1;
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t t = token[i] = p->path[count - 1 - i];
        unsigned length = lzx_chunk_length(t), slot = lzx_code_slot(lzx_chunk_offset(t));

        if (!(t & LZX_CHUNK_MATCH)) {
            f->main[t]++;
            continue;
        }
        f->main[lzx_chunk_main(slot, length)]++;
        if (length - LZX_CODE_MIN >= LZX_CODE_SHORT)
            f->length[length - LZX_CODE_MIN - LZX_CODE_SHORT]++;
        if (lzx_code_extra(slot) >= 3)
            f->aligned[(lzx_chunk_offset(t) - lzx_code_base(slot)) & 7]++;
    }
    return count;
}

void lzx_parse(struct lzx_parser *p, const unsigned char *in, size_t history, size_t n,
               struct lzx_chunk *c) {
    size_t first[(1 << LZX_WINDOW_MAX) / LZX_FRAME + 1] = {0};
    bool raw[COUNT(first)] = {false};
    uint32_t recent[COUNT(first)][3], was[3];

    p->base = in - history;
    p->end = history + n;
    memset(p->head, 0, sizeof *p->head << HASH_BITS);
    memset(p->head3, 0, sizeof *p->head3 << HASH3_BITS);
    memset(p->head2, 0, sizeof *p->head2 << 16);
    for (size_t i = 0; i < history; i++)
        enter(p, i, was);
    c->in = in;
    c->n = n;
    c->n_tokens = 0;
    guess_costs(p);
    for (int i = 0; i < 3; i++) /* inside of a stream nobody knows them yet: 0 matches nothing */
        p->node[0].recent[i] = history ? 0 : 1;
    for (size_t k = 0; k * LZX_FRAME < n; k++) {
        size_t at = k * LZX_FRAME, bytes = n - at < LZX_FRAME ? n - at : LZX_FRAME, tokens = 0;

        memcpy(recent[k], p->node[0].recent, sizeof recent[k]);
        find_all(p, history + at, bytes);
        for (unsigned pass = 0; pass < p->passes + (k == 0); pass++) {
            walk(p, history + at, bytes);
            tokens = tell(p, bytes, &p->freq[k], c->token + c->n_tokens);
            learn_costs(p, &p->freq[k]);
        }
        raw[k] = p->node[bytes].cost / 16 + 800 + bytes / 16 >= bytes * 8;
        if (raw[k]) {
            tokens = 0;
            guess_costs(p);
        } else {
            memcpy(p->node[0].recent, p->node[bytes].recent, sizeof recent[k]);
        }
        c->n_tokens += tokens;
        first[k + 1] = c->n_tokens;
    }
    lzx_chunk_blocks(c, p->freq, first, raw, (const uint32_t(*)[3])recent);
}
