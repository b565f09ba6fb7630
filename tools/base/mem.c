/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

enum { LARGE = 512 * 1024, KEPT = 8 * 1024 * 1024 };

/* The threshold moves no longer once it is set. What is often needed and given back, below it, must
 * not be taken from the system anew each time. */
void mem_start(void) {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, LARGE);
    mallopt(M_TRIM_THRESHOLD, KEPT);
#endif
}

void mem_out(size_t n) {
    fprintf(stderr, "slipway: out of memory (%zu bytes)\n", n);
    _Exit(E_BUG);
}

void *mem_alloc(size_t n) {
    void *p = calloc(1, n ? n : 1);

    if (!p)
        mem_out(n);
    return p;
}

void *mem_resize(void *p, size_t n) {
    void *q = realloc(p, n ? n : 1);

    if (!q)
        mem_out(n);
    return q;
}

void mem_free(void *p) {
    free(p);
}
