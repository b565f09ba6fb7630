/* SPDX-License-Identifier: Apache-2.0 */
#include "io/source.h"

#include <string.h>

void source_init(struct source *s, const struct source_ops *ops, void *self) {
    *s = (struct source){.ops = ops, .self = self};
}

size_t source_get(struct source *s, void *p, size_t n) {
    char *to = p;
    size_t done = 0;

    while (done < n && !s->end && !s->err.code && !s->closed && s->ops) {
        size_t got = 0;

        if (s->ops->get(s, to + done, n - done, &got, &s->err))
            break;
        if (!got)
            s->end = true;
        done += got;
    }
    s->at += done;
    return done;
}

bool source_need(struct source *s, void *p, size_t n) {
    size_t got = source_get(s, p, n);

    if (got == n)
        return true;
    if (!s->err.code)
        err_set(&s->err, E_INPUT, "ends too early: %zu more bytes expected", n - got);
    return false;
}

bool source_skip(struct source *s, uint64_t n) {
    char block[16 * 1024];

    while (n) {
        size_t k = n < sizeof block ? (size_t)n : sizeof block;

        if (!source_need(s, block, k))
            return false;
        n -= k;
    }
    return true;
}

int source_close(struct source *s, struct err *e) {
    if (!s->closed && s->ops && s->ops->close) {
        struct err late = {0};

        if (s->ops->close(s, &late) && !s->err.code)
            s->err = late;
    }
    s->closed = true;
    if (!s->err.code)
        return OK;
    *e = s->err;
    return (int)e->code;
}

void source_drop(struct source *s) {
    struct err ignored = {0};

    if (source_close(s, &ignored))
        return;
}

static int range_get(struct source *s, void *p, size_t n, size_t *got, struct err *e) {
    struct source_range *r = s->self;

    if (n > r->end - r->at)
        n = (size_t)(r->end - r->at);
    *got = n;
    if (!n)
        return OK;
    r->at += n;
    return infile_read(r->file, r->at - n, p, n, e);
}

void source_infile(struct source *s, struct source_range *r, struct infile *f, uint64_t at,
                   uint64_t n) {
    static const struct source_ops ops = {range_get, NULL};

    *r = (struct source_range){f, at, at + n};
    source_init(s, &ops, r);
}

static int bytes_get(struct source *s, void *p, size_t n, size_t *got, struct err *e) {
    struct source_bytes *b = s->self;

    (void)e;
    *got = n < b->left.n ? n : b->left.n;
    if (*got)
        memcpy(p, b->left.p, *got);
    b->left = str_cut(b->left, *got, b->left.n);
    return OK;
}

void source_str(struct source *s, struct source_bytes *b, struct str bytes) {
    static const struct source_ops ops = {bytes_get, NULL};

    b->left = bytes;
    source_init(s, &ops, b);
}
