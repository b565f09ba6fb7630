/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

/* Memory that is given back all at once. Empty: `{0}`. Running out of memory ends the process
 * with E_BUG: no caller can do better. An arena is used by one thread at a time. */
struct arena {
    struct arena_block *last;
    size_t used; /* bytes handed out, for tests and bounds */
};

/* `n` zeroed bytes aligned for any type; never NULL, also for n == 0. */
void *arena_alloc(struct arena *a, size_t n);

/* `n * size` zeroed bytes; an overflow ends the process like running out of memory. */
void *arena_array(struct arena *a, size_t n, size_t size);

/* Grows an array of `have` elements to hold at least `want`; returns the (moved) array and sets
 * *cap. The old array stays allocated. */
void *arena_grow(struct arena *a, void *old, size_t have, size_t want, size_t size, size_t *cap);

/* The same for an array that nobody else points into: the old one is given back where it is large.
 * What lies behind `have` elements is not zeroed. */
void *arena_regrow(struct arena *a, void *old, size_t have, size_t want, size_t size, size_t *cap);

/* A NUL-terminated copy of n bytes. */
char *arena_dup(struct arena *a, const void *p, size_t n);

/* A formatted, NUL-terminated string. */
char *arena_fmt(struct arena *a, const char *fmt, ...) PRINTF(2, 3);
char *arena_vfmt(struct arena *a, size_t *length, const char *fmt, va_list ap) PRINTF(3, 0);

/* Gives everything back; the arena is empty and usable again. */
void arena_drop(struct arena *a);
