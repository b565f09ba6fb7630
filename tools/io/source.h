/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/str.h"
#include "os/infile.h"

#include <stdint.h>

/* Where bytes come from, in order. Sticky: after a failure every get gives 0 bytes; source_close
 * reports it. */
struct source;
struct source_ops {
    /* Up to n bytes into p; *got == 0 only at the end. */
    int (*get)(struct source *s, void *p, size_t n, size_t *got, struct err *e);
    int (*close)(struct source *s, struct err *e);
};
struct source {
    const struct source_ops *ops;
    uint64_t at; /* bytes given so far */
    struct err err;
    void *self;
    bool end, closed;
};

void source_init(struct source *s, const struct source_ops *ops, void *self);
size_t source_get(struct source *s, void *p,
                  size_t n); /* fills p; less than n only at the end or after a failure */
/* Exactly n bytes, or the source fails with E_INPUT "ends too early". */
bool source_need(struct source *s, void *p, size_t n);
bool source_skip(struct source *s, uint64_t n);
int source_close(struct source *s,
                 struct err *e) MUST_USE; /* 0 or the first failure; safe to call again */
void source_drop(struct source *s);
#define SOURCE_NONE ((struct source){0})

struct source_range {
    struct infile *file;
    uint64_t at, end;
};
void source_infile(struct source *s, struct source_range *r, struct infile *f, uint64_t at,
                   uint64_t n);
struct source_bytes {
    struct str left;
};
void source_str(struct source *s, struct source_bytes *b, struct str bytes);
