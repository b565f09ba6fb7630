/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/digest.h"

#include "crypto/ossl.h"
#include "os/thread.h"

#include <string.h>

enum { DIGEST_BLOCK = 256 * 1024, DIGEST_RING = 4 };

static const enum digest_kind digest_kinds[] = {DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256,
                                                DIGEST_SHA512, DIGEST_SHA384};
enum { KINDS = COUNT(digest_kinds) };

struct digest {
    unsigned kinds;
    EVP_MD_CTX *ctx[KINDS];
    bool failed;
};

const char *digest_name(enum digest_kind k) {
    switch (k) {
    case DIGEST_MD5:
        return "md5";
    case DIGEST_SHA1:
        return "sha1";
    case DIGEST_SHA256:
        return "sha256";
    case DIGEST_SHA384:
        return "sha384";
    case DIGEST_SHA512:
        return "sha512";
    }
    return "?";
}

const unsigned char *digest_of(const struct digest_set *d, enum digest_kind k, size_t *n) {
    *n = 0;
    if (!(d->kinds & (unsigned)k))
        return NULL;
    switch (k) {
    case DIGEST_MD5:
        *n = sizeof d->md5;
        return d->md5;
    case DIGEST_SHA1:
        *n = sizeof d->sha1;
        return d->sha1;
    case DIGEST_SHA256:
        *n = sizeof d->sha256;
        return d->sha256;
    case DIGEST_SHA384:
        *n = sizeof d->sha384;
        return d->sha384;
    case DIGEST_SHA512:
        *n = sizeof d->sha512;
        return d->sha512;
    }
    return NULL;
}

unsigned char *digest_place(struct digest_set *d, enum digest_kind k) {
    switch (k) {
    case DIGEST_MD5:
        return d->md5;
    case DIGEST_SHA1:
        return d->sha1;
    case DIGEST_SHA256:
        return d->sha256;
    case DIGEST_SHA384:
        return d->sha384;
    case DIGEST_SHA512:
        return d->sha512;
    }
    return NULL;
}

int digest_new(struct digest **out, unsigned kinds, struct err *e) {
    struct digest *d = mem_alloc(sizeof *d);

    *out = NULL;
    d->kinds = kinds;
    for (size_t i = 0; i < KINDS; i++) {
        if (!(kinds & (unsigned)digest_kinds[i]))
            continue;
        d->ctx[i] = EVP_MD_CTX_new();
        if (!d->ctx[i] || EVP_DigestInit_ex(d->ctx[i], ossl_md(digest_kinds[i]), NULL) != 1) {
            digest_free(d);
            return err_set(e, E_BUG, "OpenSSL has no %s", digest_name(digest_kinds[i]));
        }
    }
    *out = d;
    return OK;
}

void digest_put(struct digest *d, const void *p, size_t n) {
    for (size_t i = 0; i < KINDS; i++)
        if (d->ctx[i] && EVP_DigestUpdate(d->ctx[i], p, n) != 1)
            d->failed = true;
}

static int finish(struct digest *d, struct digest_set *out, struct err *e) {
    bool failed = d->failed;

    memset(out, 0, sizeof *out);
    out->kinds = d->kinds;
    for (size_t i = 0; i < KINDS; i++)
        if (d->ctx[i] &&
            EVP_DigestFinal_ex(d->ctx[i], digest_place(out, digest_kinds[i]), NULL) != 1)
            failed = true;
    return failed ? err_set(e, E_BUG, "a digest failed in OpenSSL") : OK;
}

int digest_end(struct digest *d, struct digest_set *out, struct err *e) {
    int rc = finish(d, out, e);

    digest_free(d);
    return rc;
}

int digest_next(struct digest *d, struct digest_set *out, struct err *e) {
    if (finish(d, out, e))
        return (int)e->code;
    for (size_t i = 0; i < KINDS; i++)
        if (d->ctx[i] && EVP_DigestInit_ex2(d->ctx[i], NULL, NULL) != 1)
            return err_set(e, E_BUG, "a digest failed in OpenSSL");
    return OK;
}

void digest_free(struct digest *d) {
    if (!d)
        return;
    for (size_t i = 0; i < KINDS; i++)
        EVP_MD_CTX_free(d->ctx[i]);
    mem_free(d);
}

static int sink_digest_put(struct sink *s, const void *p, size_t n, struct err *e) {
    (void)e;
    digest_put(s->self, p, n);
    return OK;
}

void digest_sink(struct sink *s, struct digest *d) {
    static const struct sink_ops ops = {sink_digest_put, NULL};

    sink_init(s, &ops, d);
}

int digest_bytes(struct str bytes, unsigned kinds, struct digest_set *out, struct err *e) {
    struct digest *d;

    if (digest_new(&d, kinds, e))
        return (int)e->code;
    digest_put(d, bytes.p, bytes.n);
    return digest_end(d, out, e);
}

/* One reader, one thread a kind. Blocks go round in a ring: a slot is filled again when every
 * digest has had it. */
struct ring {
    struct thread_lock *lock;
    char *block[DIGEST_RING];
    size_t fill[DIGEST_RING];
    uint64_t written;     /* blocks filled */
    uint64_t done[KINDS]; /* blocks each digest has had */
    bool end;
};

struct worker {
    struct ring *ring;
    struct digest *digest;
    size_t kind;
};

static void work(void *arg) {
    struct worker *w = arg;
    struct ring *r = w->ring;

    thread_enter(r->lock);
    for (;;) {
        uint64_t at = r->done[w->kind];
        bool ok;

        while (at == r->written && !r->end)
            thread_wait(r->lock);
        if (at == r->written)
            break;
        thread_leave(r->lock);
        ok = EVP_DigestUpdate(w->digest->ctx[w->kind], r->block[at % DIGEST_RING],
                              r->fill[at % DIGEST_RING]) == 1;
        thread_enter(r->lock);
        if (!ok)
            w->digest->failed = true;
        r->done[w->kind]++;
        thread_wake_all(r->lock);
    }
    thread_leave(r->lock);
}

static bool slot_free(const struct ring *r, const struct digest *d) {
    for (size_t i = 0; i < KINDS; i++)
        if (d->ctx[i] && r->written - r->done[i] >= DIGEST_RING)
            return false;
    return true;
}

static int feed(struct ring *r, struct digest *d, struct infile *f, uint64_t at, uint64_t n,
                struct err *e) {
    int rc = OK;

    while (n && !rc) {
        size_t k = n < DIGEST_BLOCK ? (size_t)n : DIGEST_BLOCK;
        size_t slot;

        thread_enter(r->lock);
        while (!slot_free(r, d))
            thread_wait(r->lock);
        slot = (size_t)(r->written % DIGEST_RING);
        thread_leave(r->lock);
        rc = infile_read(f, at, r->block[slot], k, e);
        if (rc)
            break;
        r->fill[slot] = k;
        thread_enter(r->lock);
        r->written++;
        thread_wake_all(r->lock);
        thread_leave(r->lock);
        at += k;
        n -= k;
    }
    thread_enter(r->lock);
    r->end = true;
    thread_wake_all(r->lock);
    thread_leave(r->lock);
    return rc;
}

static int read_threaded(struct digest *d, struct infile *f, uint64_t at, uint64_t n,
                         struct err *e) {
    struct ring r = {.lock = thread_lock_new()};
    struct worker w[KINDS];
    struct thread *t[KINDS] = {NULL};
    int rc = OK;

    for (size_t i = 0; i < DIGEST_RING; i++)
        r.block[i] = mem_alloc(DIGEST_BLOCK);
    for (size_t i = 0; i < KINDS && !rc; i++) {
        w[i] = (struct worker){&r, d, i};
        if (d->ctx[i])
            rc = thread_start(&t[i], work, &w[i], e);
    }
    if (rc) {
        thread_enter(r.lock);
        r.end = true;
        thread_wake_all(r.lock);
        thread_leave(r.lock);
    } else {
        rc = feed(&r, d, f, at, n, e);
    }
    for (size_t i = 0; i < KINDS; i++)
        thread_join(t[i]);
    for (size_t i = 0; i < DIGEST_RING; i++)
        mem_free(r.block[i]);
    thread_lock_free(r.lock);
    return rc;
}

static int read_plain(struct digest *d, struct infile *f, uint64_t at, uint64_t n, struct err *e) {
    char *block = mem_alloc(DIGEST_BLOCK);
    int rc = OK;

    while (n && !rc) {
        size_t k = n < DIGEST_BLOCK ? (size_t)n : DIGEST_BLOCK;

        rc = infile_read(f, at, block, k, e);
        if (!rc)
            digest_put(d, block, k);
        at += k;
        n -= k;
    }
    mem_free(block);
    return rc;
}

int digest_infile(struct infile *f, uint64_t at, uint64_t n, unsigned kinds, unsigned jobs,
                  struct digest_set *out, struct err *e) {
    enum { WORTH_THREADS = 4 * 1024 * 1024 };
    bool several = kinds & (kinds - 1);
    struct digest *d;
    int rc;

    if (digest_new(&d, kinds, e))
        return (int)e->code;
    if (jobs > 1 && several && n >= WORTH_THREADS)
        rc = read_threaded(d, f, at, n, e);
    else
        rc = read_plain(d, f, at, n, e);
    if (rc) {
        digest_free(d);
        return rc;
    }
    return digest_end(d, out, e);
}

struct str digest_hex(struct arena *a, const void *p, size_t n) {
    static const char hex[] = "0123456789abcdef";
    const unsigned char *b = p;
    char *t = arena_alloc(a, 2 * n + 1);

    for (size_t i = 0; i < n; i++) {
        t[2 * i] = hex[b[i] >> 4];
        t[2 * i + 1] = hex[b[i] & 15];
    }
    return (struct str){t, 2 * n};
}

struct str digest_base64(struct arena *a, const void *p, size_t n) {
    static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *b = p;
    size_t m = (n + 2) / 3 * 4;
    char *t = arena_alloc(a, m + 1);

    for (size_t i = 0, k = 0; i < n; i += 3, k += 4) {
        unsigned v = (unsigned)b[i] << 16 | (i + 1 < n ? (unsigned)b[i + 1] << 8 : 0u) |
                     (i + 2 < n ? (unsigned)b[i + 2] : 0u);

        t[k] = set[v >> 18];
        t[k + 1] = set[v >> 12 & 63];
        t[k + 2] = i + 1 < n ? set[v >> 6 & 63] : '=';
        t[k + 3] = i + 2 < n ? set[v & 63] : '=';
    }
    return (struct str){t, m};
}

static int nibble(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool digest_unhex(struct str hex, void *out, size_t n) {
    unsigned char *b = out;

    if (hex.n != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int hi = nibble(hex.p[2 * i]), lo = nibble(hex.p[2 * i + 1]);

        if (hi < 0 || lo < 0)
            return false;
        b[i] = (unsigned char)(hi << 4 | lo);
    }
    return true;
}

bool digest_unbase64(struct arena *a, struct str text, struct str *out) {
    unsigned char *dense = arena_alloc(a, text.n + 1), *b;
    size_t n = 0;
    int got;

    *out = (struct str){0};
    for (size_t i = 0; i < text.n; i++)
        if (!strchr("\r\n \t\"", text.p[i])) /* tools of clouds print it as JSON, with quotes */
            dense[n++] = (unsigned char)text.p[i];
    if (!n || n % 4 || n > INT32_MAX)
        return false;
    b = arena_alloc(a, n);
    got = EVP_DecodeBlock(b, dense, (int)n);
    for (size_t i = n; got >= 0 && i > n - 2 && dense[i - 1] == '='; i--)
        got--;
    if (got < 0)
        return false;
    *out = (struct str){(char *)b, (size_t)got};
    return true;
}
