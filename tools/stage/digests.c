/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/digests.h"

#include "crypto/digest.h"
#include "os/infile.h"
#include "os/thread.h"

#include <stdlib.h>
#include <string.h>

enum { DIGESTS_BLOCK = 256 * 1024 };

struct task { /* some digests of one file */
    const struct tree_entry *x;
    unsigned kinds;
    struct digest_set got;
};

struct run {
    struct task *v;
    size_t n;
    struct thread_lock *lock;
    void (*tick)(void *self, uint64_t bytes);
    void *self;
};

static void count(struct run *r, uint64_t bytes) {
    if (!r->tick)
        return;
    thread_enter(r->lock);
    r->tick(r->self, bytes);
    thread_leave(r->lock);
}

static int same_as_gathered(const struct infile *f, const struct tree_bytes *b, struct err *e) {
    if (f->size == b->host_size && f->st.dev == b->dev && f->st.ino == b->ino &&
        f->st.mtime == b->mtime && f->st.mtime_ns == b->mtime_ns)
        return 0;
    return err_set(e, E_INPUT, "%s: changed since it was gathered; let whatever writes it finish",
                   f->name);
}

static int put_piece(struct run *r, struct infile *f, uint64_t at, uint64_t n, struct digest *d,
                     unsigned char *block, struct err *e) {
    infile_ahead(f, at, n);
    while (n) {
        size_t some = n < DIGESTS_BLOCK ? (size_t)n : DIGESTS_BLOCK;

        if (infile_read(f, at, block, some, e))
            return e->code;
        digest_put(d, block, some);
        count(r, some);
        at += some;
        n -= some;
    }
    return 0;
}

static int put_file(struct run *r, const struct tree_entry *x, struct digest *d,
                    unsigned char *block, struct err *e) {
    AUTO(infile) f = INFILE_NONE;
    const struct tree_bytes *b = &x->bytes;

    if (infile_open(&f, FSYS_HERE, b->path, e) || same_as_gathered(&f, b, e))
        return e->code;
    if (!b->n_range && put_piece(r, &f, b->from, x->size, d, block, e))
        return e->code;
    for (size_t i = 0; i < b->n_range; i++) {
        const struct tree_range *p = &b->range[i];

        if (p->data)
            digest_put(d, p->data, (size_t)p->n);
        else if (put_piece(r, &f, p->at, p->n, d, block, e))
            return e->code;
    }
    return infile_check_unchanged(&f, e);
}

static int one(void *ctx, size_t i, struct err *e) {
    struct run *r = ctx;
    struct task *t = &r->v[i];
    struct digest *d;
    unsigned char *block;
    int rc;

    if (digest_new(&d, t->kinds, e))
        return e->code;
    if (!t->x->bytes.path) {
        digest_put(d, t->x->bytes.data.p, t->x->bytes.data.n);
        return digest_end(d, &t->got, e);
    }
    block = mem_alloc(t->x->size < DIGESTS_BLOCK ? (size_t)t->x->size : DIGESTS_BLOCK);
    rc = put_file(r, t->x, d, block, e);
    mem_free(block);
    if (rc) {
        digest_free(d);
        return rc;
    }
    return digest_end(d, &t->got, e);
}

static int by_size(const void *a, const void *b) {
    const struct task *x = a, *y = b;

    if (x->x->size != y->x->size)
        return x->x->size < y->x->size ? 1 : -1;
    return x->x != y->x ? (x->x < y->x ? -1 : 1) : (x->kinds > y->kinds) - (x->kinds < y->kinds);
}

/* The work, largest first. A file that would keep one thread busy when the others have nothing left
 * is given to one thread a digest: it is read twice, the second time from the page cache. */
static void plan(struct run *r, const struct tree *t, unsigned kinds, unsigned jobs,
                 struct arena *a) {
    uint64_t total = 0;

    for (size_t i = 0; i < t->n; i++)
        total += t->v[i].kind == TREE_FILE && !t->v[i].link ? t->v[i].size : 0;
    r->v = arena_array(a, 2 * t->n, sizeof *r->v);
    for (size_t i = 0; i < t->n; i++) {
        const struct tree_entry *x = &t->v[i];
        unsigned want = x->kind == TREE_FILE && !x->link ? kinds & ~x->digests->kinds : 0;

        if (want == (DIGEST_MD5 | DIGEST_SHA256) && jobs > 1 && x->size > total / jobs) {
            r->v[r->n++] = (struct task){.x = x, .kinds = DIGEST_MD5};
            want = DIGEST_SHA256;
        }
        if (want)
            r->v[r->n++] = (struct task){.x = x, .kinds = want};
    }
    qsort(r->v, r->n, sizeof *r->v, by_size);
}

static void keep(const struct run *r) {
    for (size_t i = 0; i < r->n; i++) {
        struct tree_digests *d = r->v[i].x->digests;

        if (r->v[i].kinds & DIGEST_MD5)
            memcpy(d->md5, r->v[i].got.md5, sizeof d->md5);
        if (r->v[i].kinds & DIGEST_SHA256)
            memcpy(d->sha256, r->v[i].got.sha256, sizeof d->sha256);
        d->kinds |= r->v[i].kinds;
    }
}

int digests_fill(struct tree *t, unsigned kinds, unsigned jobs,
                 void (*tick)(void *self, uint64_t bytes), void *self, struct err *e) {
    AUTO(arena) scratch = {0};
    struct run r = {.tick = tick, .self = self};
    int rc;

    plan(&r, t, kinds & (DIGEST_MD5 | DIGEST_SHA256), jobs, &scratch);
    r.lock = thread_lock_new();
    rc = thread_each(jobs, r.n, one, &r, e);
    thread_lock_free(r.lock);
    if (rc)
        return rc;
    keep(&r);
    for (size_t i = 0; i < t->n; i++) /* hard links that do not share them already */
        if (t->v[i].link && t->v[i].digests != t->v[t->v[i].link - 1].digests)
            *t->v[i].digests = *t->v[t->v[i].link - 1].digests;
    return 0;
}
