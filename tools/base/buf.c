/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void buf_init(struct buf *b, size_t cap) {
    *b = (struct buf){.cap = cap};
}

static void wipe(void *p, size_t n) {
    volatile unsigned char *v = p;

    while (n--)
        *v++ = 0;
}

static bool make_room(struct buf *b, size_t n) {
    size_t want;

    if (b->over || n > b->cap - b->n) {
        b->over = true;
        return false;
    }
    want = b->n + n + 1;
    if (want <= b->room)
        return true;
    if (want < b->room * 2)
        want = b->room * 2;
    if (want < 256)
        want = 256;
    if (b->secret) { /* realloc would leave a copy behind */
        char *q = mem_alloc(want);

        if (b->n)
            memcpy(q, b->p, b->n);
        if (b->p)
            wipe(b->p, b->room);
        mem_free(b->p);
        b->p = q;
    } else {
        b->p = mem_resize(b->p, want);
    }
    b->room = want;
    return true;
}

void buf_put(struct buf *b, const void *p, size_t n) {
    if (!make_room(b, n))
        return;
    if (n)
        memcpy(b->p + b->n, p, n);
    b->n += n;
    b->p[b->n] = 0;
}

void buf_str(struct buf *b, struct str s) {
    buf_put(b, s.p, s.n);
}

void buf_z(struct buf *b, const char *z) {
    buf_put(b, z, strlen(z));
}

void buf_c(struct buf *b, char c) {
    buf_put(b, &c, 1);
}

void buf_fmt(struct buf *b, const char *fmt, ...) {
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0 || !make_room(b, (size_t)n))
        return;
    va_start(ap, fmt);
    vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->n += (size_t)n;
}

void buf_zero(struct buf *b, size_t n) {
    if (!make_room(b, n))
        return;
    memset(b->p + b->n, 0, n);
    b->n += n;
    b->p[b->n] = 0;
}

void buf_clear(struct buf *b) {
    if (b->secret && b->p)
        wipe(b->p, b->room);
    b->n = 0;
    b->over = false;
}

struct str buf_get(const struct buf *b) {
    return (struct str){b->p, b->n};
}

int buf_check(const struct buf *b, const char *what, struct err *e) {
    if (!b->over)
        return OK;
    return err_set(e, E_INPUT, "%s is larger than %zu bytes", what, b->cap);
}

void buf_drop(struct buf *b) {
    if (b->secret && b->p)
        wipe(b->p, b->room);
    mem_free(b->p);
    *b = BUF_NONE;
}
