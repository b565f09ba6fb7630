/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/pour.h"

#include "os/infile.h"

#include <string.h>

struct stream { /* one file on its way */
    const struct pour_to *to;
    struct digest *sum;
    bool unwanted;
};

static void fill(struct stream *s, const void *place, size_t n) {
    if (s->sum)
        digest_put(s->sum, place, n);
    s->to->filled(s->to->self, n);
}

static void *room(struct stream *s, uint64_t want, size_t *n) {
    void *place = s->to->room(s->to->self, want, n);

    s->unwanted = !place;
    return place;
}

static void pour_bytes(struct stream *s, const char *p, uint64_t n) {
    while (n && !s->unwanted) {
        size_t k;
        void *place = room(s, n, &k);

        if (!place)
            return;
        memcpy(place, p, k);
        fill(s, place, k);
        p += k;
        n -= k;
    }
}

static int pour_host(struct stream *s, struct infile *in, uint64_t at, uint64_t n, struct err *e) {
    while (n && !s->unwanted) {
        size_t k;
        void *place = room(s, n, &k);

        if (!place)
            return OK;
        if (infile_read(in, at, place, k, e))
            return (int)e->code;
        fill(s, place, k);
        at += k;
        n -= k;
    }
    return OK;
}

static int check_same(const struct infile *in, const struct tree_entry *t, struct err *e) {
    const struct tree_bytes *b = &t->bytes;

    if (in->st.dev != b->dev || in->st.ino != b->ino || in->size != b->host_size ||
        in->st.mtime != b->mtime || in->st.mtime_ns != b->mtime_ns)
        return err_set(e, E_INPUT, "%s: changed while it was packed; pack again when it is quiet",
                       b->path);
    return OK;
}

static int pour_whole(struct stream *s, const struct tree_entry *t, struct err *e) {
    const struct tree_bytes *b = &t->bytes;
    AUTO(infile) in = INFILE_NONE;

    if (!b->path) {
        pour_bytes(s, b->data.p, b->data.n);
        return OK;
    }
    if (infile_open(&in, FSYS_HERE, b->path, e) || check_same(&in, t, e))
        return (int)e->code;
    if (!b->n_range && pour_host(s, &in, b->from, t->size, e))
        return (int)e->code;
    for (size_t i = 0; i < b->n_range; i++) {
        const struct tree_range *r = &b->range[i];

        if (r->data)
            pour_bytes(s, r->data, r->n);
        else if (pour_host(s, &in, r->at, r->n, e))
            return (int)e->code;
    }
    return infile_check_unchanged(&in, e);
}

static void keep_digests(struct tree_digests *d, const struct digest_set *set) {
    if (set->kinds & DIGEST_MD5)
        memcpy(d->md5, set->md5, sizeof d->md5);
    if (set->kinds & DIGEST_SHA256)
        memcpy(d->sha256, set->sha256, sizeof d->sha256);
    d->kinds |= set->kinds;
}

int pour_file(struct pour *p, const struct tree_entry *t, const struct pour_to *to, struct err *e) {
    unsigned missing = t->digests ? p->kinds & ~t->digests->kinds : 0;
    struct stream s = {.to = to};
    struct digest_set set;

    if (missing && p->sum_kinds != missing) {
        pour_drop(p);
        if (digest_new(&p->sum, missing, e))
            return (int)e->code;
        p->sum_kinds = missing;
    }
    if (missing)
        s.sum = p->sum;
    if (pour_whole(&s, t, e)) {
        pour_drop(p); /* it has half a file in it */
        return (int)e->code;
    }
    if (!missing)
        return OK;
    if (digest_next(p->sum, &set, e))
        return (int)e->code;
    if (!s.unwanted)
        keep_digests(t->digests, &set);
    return OK;
}

void pour_drop(struct pour *p) {
    digest_free(p->sum);
    p->sum = NULL;
    p->sum_kinds = 0;
}
