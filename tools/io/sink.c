/* SPDX-License-Identifier: Apache-2.0 */
#include "io/sink.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void sink_init(struct sink *s, const struct sink_ops *ops, void *self) {
    *s = (struct sink){.ops = ops, .self = self};
}

void sink_put(struct sink *s, const void *p, size_t n) {
    if (s->err.code || !n)
        return;
    if (s->closed || !s->ops) {
        err_set(&s->err, E_BUG, "bytes are put into a closed sink");
        return;
    }
    if (!s->ops->put(s, p, n, &s->err))
        s->at += n;
}

void sink_str(struct sink *s, struct str t) {
    sink_put(s, t.p, t.n);
}

void sink_fmt(struct sink *s, const char *fmt, ...) {
    AUTO(arena) mem = {0};
    char small[512];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(small, sizeof small, fmt, ap);
    va_end(ap);
    if (n < 0)
        return;
    if ((size_t)n < sizeof small) {
        sink_put(s, small, (size_t)n);
    } else {
        char *p = arena_alloc(&mem, (size_t)n + 1);

        va_start(ap, fmt);
        vsnprintf(p, (size_t)n + 1, fmt, ap);
        va_end(ap);
        sink_put(s, p, (size_t)n);
    }
}

void sink_zero(struct sink *s, uint64_t n) {
    static const char zeros[16 * 1024];

    while (n && !s->err.code) {
        size_t k = n < sizeof zeros ? (size_t)n : sizeof zeros;

        sink_put(s, zeros, k);
        n -= k;
    }
}

void sink_fail(struct sink *s, const struct err *e) {
    if (!s->err.code)
        s->err = *e;
}

int sink_close(struct sink *s, struct err *e) {
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

void sink_drop(struct sink *s) {
    struct err ignored = {0};

    if (sink_close(s, &ignored))
        return;
}

static int outfile_put(struct sink *s, const void *p, size_t n, struct err *e) {
    return outfile_append(s->self, p, n, e);
}

void sink_outfile(struct sink *s, struct outfile *f) {
    static const struct sink_ops ops = {outfile_put, NULL};

    sink_init(s, &ops, f);
}

static int buf_put_all(struct sink *s, const void *p, size_t n, struct err *e) {
    struct buf *b = s->self;

    buf_put(b, p, n);
    return buf_check(b, "the output", e);
}

void sink_buf(struct sink *s, struct buf *b) {
    static const struct sink_ops ops = {buf_put_all, NULL};

    sink_init(s, &ops, b);
}

static int null_put(struct sink *s, const void *p, size_t n, struct err *e) {
    (void)s, (void)p, (void)n, (void)e;
    return OK;
}

void sink_null(struct sink *s) {
    static const struct sink_ops ops = {null_put, NULL};

    sink_init(s, &ops, NULL);
}

static int first_failure(const struct sink *a, struct err *e) {
    if (!a->err.code)
        return OK;
    *e = a->err;
    return (int)e->code;
}

static int tee_put(struct sink *s, const void *p, size_t n, struct err *e) {
    struct sink_pair *pair = s->self;

    sink_put(pair->a, p, n);
    sink_put(pair->b, p, n);
    if (first_failure(pair->a, e))
        return (int)e->code;
    return first_failure(pair->b, e);
}

void sink_tee(struct sink *s, struct sink_pair *pair) {
    static const struct sink_ops ops = {tee_put, NULL};

    sink_init(s, &ops, pair);
}

static int meter_put(struct sink *s, const void *p, size_t n, struct err *e) {
    struct sink_meter *m = s->self;

    sink_put(m->below, p, n);
    if (m->tick)
        m->tick(m->self, n);
    return first_failure(m->below, e);
}

void sink_metered(struct sink *s, struct sink_meter *m) {
    static const struct sink_ops ops = {meter_put, NULL};

    sink_init(s, &ops, m);
}
