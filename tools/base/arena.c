/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { ARENA_BLOCK = 64 * 1024 };

struct arena_block {
    struct arena_block *prev;
    size_t size, used;
    max_align_t data[];
};

static struct arena_block *add_block(struct arena *a, size_t n) {
    size_t size = n > ARENA_BLOCK / 4 ? n : ARENA_BLOCK;
    struct arena_block *b = mem_alloc(sizeof *b + size);

    b->size = size;
    /* A large piece of its own goes behind the current block, which stays open. */
    if (a->last && size != ARENA_BLOCK) {
        b->prev = a->last->prev;
        a->last->prev = b;
    } else {
        b->prev = a->last;
        a->last = b;
    }
    return b;
}

void *arena_alloc(struct arena *a, size_t n) {
    struct arena_block *b = a->last;
    char *p;

    if (n > SIZE_MAX / 2)
        mem_out(n);
    n = (n + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    if (!n)
        n = alignof(max_align_t);
    if (!b || b->size - b->used < n)
        b = add_block(a, n);
    p = (char *)b->data + b->used;
    b->used += n;
    a->used += n;
    return p;
}

void *arena_array(struct arena *a, size_t n, size_t size) {
    if (size && n > SIZE_MAX / 2 / size)
        mem_out(SIZE_MAX);
    return arena_alloc(a, n * size);
}

void *arena_grow(struct arena *a, void *old, size_t have, size_t want, size_t size, size_t *cap) {
    size_t n = *cap;
    void *p;

    if (want <= n)
        return old;
    n = n ? n * 2 : 8;
    if (n < want)
        n = want;
    p = arena_array(a, n, size);
    if (have)
        memcpy(p, old, have * size);
    *cap = n;
    return p;
}

/* The link that leads to the block of a large piece, or NULL when it shares one. */
static struct arena_block **own_block(struct arena *a, const void *piece) {
    struct arena_block **at = &a->last;

    while (*at && (void *)(*at)->data != piece)
        at = &(*at)->prev;
    return *at && (*at)->size != ARENA_BLOCK ? at : NULL;
}

void *arena_regrow(struct arena *a, void *old, size_t have, size_t want, size_t size, size_t *cap) {
    struct arena_block **at = want > *cap && old ? own_block(a, old) : NULL;
    size_t n = *cap > SIZE_MAX / 4 ? want : *cap * 2;
    struct arena_block *b;

    if (!at)
        return arena_grow(a, old, have, want, size, cap);
    n = n < want ? want : n;
    if (n > SIZE_MAX / 2 / size)
        mem_out(SIZE_MAX);
    b = mem_resize(*at, sizeof *b + n * size);
    a->used += n * size - b->used;
    b->size = b->used = n * size;
    *at = b;
    *cap = n;
    return b->data;
}

char *arena_dup(struct arena *a, const void *p, size_t n) {
    char *q = arena_alloc(a, n + 1);

    if (n)
        memcpy(q, p, n);
    return q;
}

char *arena_vfmt(struct arena *a, size_t *length, const char *fmt, va_list ap) {
    va_list again;
    int n;
    char *p;

    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    *length = n < 0 ? 0 : (size_t)n;
    p = arena_alloc(a, *length + 1);
    vsnprintf(p, *length + 1, fmt, ap);
    return p;
}

char *arena_fmt(struct arena *a, const char *fmt, ...) {
    va_list ap;
    size_t n;
    char *p;

    va_start(ap, fmt);
    p = arena_vfmt(a, &n, fmt, ap);
    va_end(ap);
    return p;
}

void arena_drop(struct arena *a) {
    struct arena_block *b = a->last;

    while (b) {
        struct arena_block *prev = b->prev;

        mem_free(b);
        b = prev;
    }
    a->last = NULL;
    a->used = 0;
}
