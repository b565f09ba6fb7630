/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/blockmap.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "crypto/blake2b.h"
#include "feed/rabin.h"
#include "io/codec.h"
#include "io/deflate.h"
#include "io/relay.h"

#include <string.h>

enum {
    SUM = 18,
    BASE64 = 24,
    READ = 1024 * 1024,
    ROOM = READ + RABIN_MAX,
    CUTS = ROOM / RABIN_MIN + 1,
    DEPTH_MAX = 7,
    KINDS = 4
};

struct block { /* whole chunks, one behind the other */
    unsigned char *p;
    size_t n;
    size_t cut[CUTS]; /* their lengths */
    unsigned char sum[CUTS][SUM];
    size_t n_cuts;
};

struct digesting { /* one digest, on a thread of its own */
    struct digest *d;
    struct relay *relay;
    enum digest_kind kind;
};

struct map { /* one run */
    struct rabin rabin;
    struct block *ring;
    size_t n_ring;      /* one more than can be out */
    struct relay *sums; /* of the chunks */
    struct digesting kind[KINDS];
    size_t n_kinds;
    size_t given, taken; /* blocks */
    unsigned char *all;  /* SUM bytes a chunk */
    uint16_t *sizes;     /* less one: up to 32768 */
    size_t n, room;
};

static void sum_chunks(void *worker, void *task) {
    struct block *b = task;

    (void)worker;
    blake2b_row(b->p, b->cut, b->n_cuts, SUM, b->sum[0]);
}

static void *digest_worker(const void *config) {
    return (void *)(uintptr_t)config; /* the one thread's digest */
}

static void digest_close(void *worker) {
    (void)worker;
}

static void digest_block(void *worker, void *task) {
    const struct digesting *d = worker;
    const struct block *b = task;

    digest_put(d->d, b->p, b->n);
}

static const struct relay_ops sum_ops = {.turn = sum_chunks};
static const struct relay_ops digest_ops = {
    .open = digest_worker,
    .close = digest_close,
    .turn = digest_block,
};

static void map_end(struct map *m) {
    relay_close(m->sums);
    for (size_t i = 0; i < m->n_kinds; i++) {
        relay_close(m->kind[i].relay);
        digest_free(m->kind[i].d);
    }
    for (size_t i = 0; i < m->n_ring; i++)
        mem_free(m->ring[i].p);
    mem_free(m->ring);
    mem_free(m->all);
    mem_free(m->sizes);
}

static size_t depth(const struct map *m) {
    size_t n = relay_depth(m->sums) < DEPTH_MAX ? relay_depth(m->sums) : DEPTH_MAX;

    for (size_t i = 0; i < m->n_kinds; i++)
        if (relay_depth(m->kind[i].relay) < n)
            n = relay_depth(m->kind[i].relay);
    return n ? n : 1;
}

static int map_begin(struct map *m, unsigned kinds, unsigned jobs, struct err *e) {
    static const enum digest_kind all[KINDS] = {DIGEST_SHA512, DIGEST_SHA256, DIGEST_SHA1,
                                                DIGEST_MD5};

    rabin_init(&m->rabin);
    for (size_t i = 0; i < KINDS; i++)
        if (kinds & all[i]) {
            struct digesting *d = &m->kind[m->n_kinds];

            d->kind = all[i];
            if (digest_new(&d->d, all[i], e))
                return (int)e->code;
            m->n_kinds++;
            if (relay_open(&d->relay, &digest_ops, d, 1, e))
                return (int)e->code;
        }
    if (relay_open(&m->sums, &sum_ops, NULL, jobs ? jobs : 1, e))
        return (int)e->code;
    m->n_ring = depth(m) + 1;
    m->ring = mem_alloc(m->n_ring * sizeof *m->ring);
    for (size_t i = 0; i < m->n_ring; i++)
        m->ring[i].p = mem_alloc(ROOM);
    return OK;
}

static void note(struct map *m, const struct block *b) {
    if (m->n + b->n_cuts > m->room) {
        m->room = (m->n + b->n_cuts) * 2;
        m->all = mem_resize(m->all, m->room * SUM);
        m->sizes = mem_resize(m->sizes, m->room * sizeof *m->sizes);
    }
    for (size_t i = 0; i < b->n_cuts; i++, m->n++) {
        memcpy(m->all + m->n * SUM, b->sum[i], SUM);
        m->sizes[m->n] = (uint16_t)(b->cut[i] - 1);
    }
}

/* Takes the oldest block back from everyone. */
static void take(struct map *m) {
    const struct block *b = relay_take(m->sums, true);

    for (size_t i = 0; i < m->n_kinds; i++)
        relay_take(m->kind[i].relay, true);
    note(m, b);
    m->taken++;
}

static void give(struct map *m, struct block *b) {
    relay_give(m->sums, b);
    for (size_t i = 0; i < m->n_kinds; i++)
        relay_give(m->kind[i].relay, b);
    m->given++;
}

/* Cuts what is in `b`; returns how much of its end belongs to a chunk that is not whole yet. */
static size_t cut(const struct map *m, struct block *b, bool last) {
    size_t at = 0;

    b->n_cuts = 0;
    while (at < b->n) {
        size_t n = rabin_cut(&m->rabin, b->p + at, b->n - at, last);

        if (!n)
            break;
        b->cut[b->n_cuts++] = n;
        at += n;
    }
    return b->n - at;
}

static int read_all(struct map *m, struct infile *f, uint64_t at, uint64_t n, struct err *e) {
    size_t most = m->n_ring - 1, left = 0;

    while (n || left) {
        struct block *b = &m->ring[m->given % m->n_ring];
        struct block *next = &m->ring[(m->given + 1) % m->n_ring];
        size_t k = n < READ ? (size_t)n : READ;

        /* the bytes that were left over are at the block's beginning already */
        if (infile_read(f, at, b->p + left, k, e))
            return (int)e->code;
        at += k;
        n -= k;
        b->n = left + k;
        left = cut(m, b, !n);
        b->n -= left;
        while (m->given - m->taken >= most)
            take(m);
        memcpy(next->p, b->p + b->n, left);
        give(m, b);
    }
    while (m->taken < m->given)
        take(m);
    return OK;
}

static void base64(const unsigned char *p, char out[BASE64]) {
    static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < SUM; i += 3, out += 4) {
        unsigned v = (unsigned)p[i] << 16 | (unsigned)p[i + 1] << 8 | p[i + 2];

        out[0] = set[v >> 18];
        out[1] = set[v >> 12 & 63];
        out[2] = set[v >> 6 & 63];
        out[3] = set[v & 63];
    }
}

static int write_json(const struct map *m, struct buf *json, struct err *e) {
    char text[BASE64];

    buf_z(json, "{\"version\":\"2\",\"files\":[{\"name\":\"file\",\"offset\":0,\"checksums\":[");
    for (size_t i = 0; i < m->n; i++) {
        base64(m->all + i * SUM, text);
        buf_z(json, i ? ",\"" : "\"");
        buf_put(json, text, BASE64);
        buf_c(json, '"');
    }
    buf_z(json, "],\"sizes\":[");
    for (size_t i = 0; i < m->n; i++)
        buf_fmt(json, "%s%u", i ? "," : "", m->sizes[i] + 1u);
    buf_z(json, "]}]}");
    return buf_check(json, "the block map", e);
}

static int read_digests(struct map *m, struct digest_set *sums, struct err *e) {
    unsigned char *const to[] = {sums->sha512, sums->sha256, sums->sha1, sums->md5};
    static const enum digest_kind kinds[] = {DIGEST_SHA512, DIGEST_SHA256, DIGEST_SHA1, DIGEST_MD5};

    *sums = (struct digest_set){0};
    for (size_t i = 0; i < m->n_kinds; i++) {
        struct digest_set one;
        struct digest *d = m->kind[i].d;

        m->kind[i].d = NULL;
        if (digest_end(d, &one, e))
            return (int)e->code;
        for (size_t k = 0; k < COUNT(kinds); k++) {
            size_t n;
            const unsigned char *got = digest_of(&one, kinds[k], &n);

            if (got)
                memcpy(to[k], got, n);
        }
        sums->kinds |= one.kinds;
    }
    return OK;
}

int blockmap_infile(struct infile *f, uint64_t at, uint64_t n, unsigned kinds, unsigned jobs,
                    struct digest_set *sums, struct buf *json, struct err *e) {
    struct map m = {0};
    int rc = map_begin(&m, kinds, jobs, e);

    if (!rc)
        rc = read_all(&m, f, at, n, e);
    if (!rc)
        rc = write_json(&m, json, e);
    if (!rc && sums)
        rc = read_digests(&m, sums, e);
    map_end(&m);
    return rc;
}

int blockmap_gzip(struct str json, struct buf *out, struct err *e) {
    struct codec_opts o = {.kind = CODEC_GZIP, .level = 9, .size = json.n, .jobs = 1};
    struct sink below = SINK_NONE, gz = SINK_NONE;

    sink_buf(&below, out);
    if (codec_sink(&gz, &below, &o, e))
        return (int)e->code;
    sink_str(&gz, json);
    if (sink_close(&gz, e)) {
        sink_drop(&below);
        return (int)e->code;
    }
    return sink_close(&below, e);
}

int blockmap_trailer(struct str json, struct buf *out, struct err *e) {
    size_t room = deflate_bound(json.n);
    struct deflate *d;
    unsigned char length[4];
    char *packed;
    size_t n;

    if (deflate_new(&d, 9, e))
        return (int)e->code;
    packed = mem_alloc(room);
    n = deflate_piece(d, json.p, json.n, true, packed, room);
    deflate_free(d);
    bytes_put_be32(length, (uint32_t)n);
    buf_put(out, packed, n);
    buf_put(out, length, sizeof length);
    mem_free(packed);
    if (!n || n > UINT32_MAX)
        return err_set(e, E_BUG, "the block map could not be compressed");
    return buf_check(out, "the block map", e);
}

/* The digests' threads rest by now: what is appended goes to them from here. */
static int append_trailer(struct map *m, struct outfile *f, uint64_t *packed, struct err *e) {
    AUTO(buf) json = BUF_NONE;
    AUTO(buf) tail = BUF_NONE;

    buf_init(&json, BLOCKMAP_MAX);
    buf_init(&tail, BLOCKMAP_MAX);
    if (write_json(m, &json, e) || blockmap_trailer(buf_get(&json), &tail, e) ||
        outfile_append(f, tail.p, tail.n, e))
        return (int)e->code;
    for (size_t i = 0; i < m->n_kinds; i++)
        digest_put(m->kind[i].d, tail.p, tail.n);
    *packed = tail.n - 4;
    return OK;
}

int blockmap_append(struct outfile *f, unsigned kinds, unsigned jobs, struct digest_set *sums,
                    uint64_t *packed, struct err *e) {
    AUTO(infile) in = INFILE_NONE;
    struct map m = {0};
    int rc = outfile_view(f, &in, e);

    if (!rc)
        rc = map_begin(&m, kinds, jobs, e);
    if (!rc)
        rc = read_all(&m, &in, 0, in.size, e);
    if (!rc)
        rc = append_trailer(&m, f, packed, e);
    if (!rc)
        rc = read_digests(&m, sums, e);
    map_end(&m);
    return rc;
}
