/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "os/outfile.h"

#include <stdint.h>

/* Where bytes go. Sticky: after the first failure puts do nothing, sink_close reports it. Sinks
 * stack: a constructor takes the sink below, which it does not own; closing a sink flushes it and
 * passes its failure down, but never closes the one below. */
struct sink;
struct sink_ops {
    int (*put)(struct sink *s, const void *p, size_t n, struct err *e);
    int (*close)(
        struct sink *s,
        struct err *e); /* flush and release; also called after a failure, to release only */
};
struct sink {
    const struct sink_ops *ops;
    uint64_t at; /* bytes put so far */
    struct err err;
    void *self;
    bool closed;
};

void sink_init(struct sink *s, const struct sink_ops *ops, void *self);
void sink_put(struct sink *s, const void *p, size_t n);
void sink_str(struct sink *s, struct str t);
void sink_fmt(struct sink *s, const char *fmt, ...) PRINTF(2, 3);
void sink_zero(struct sink *s, uint64_t n);
void sink_fail(struct sink *s, const struct err *e); /* makes it fail from now on */
int sink_close(struct sink *s,
               struct err *e) MUST_USE; /* 0 or the first failure; safe to call again */
void sink_drop(struct sink *s);         /* close without a report, for AUTO */
#define SINK_NONE ((struct sink){0})

void sink_outfile(struct sink *s,
                  struct outfile *f);         /* appends, buffered by the caller's put sizes */
void sink_buf(struct sink *s, struct buf *b); /* over the cap: E_INPUT */
void sink_null(struct sink *s);               /* counts only */

/* Writes to both. For digests beside a file (the digest as `b`). */
struct sink_pair {
    struct sink *a, *b;
};
void sink_tee(struct sink *s, struct sink_pair *pair);

/* A progress counter: calls tick(self, bytes) for each put. */
struct sink_meter {
    struct sink *below;
    void (*tick)(void *self, uint64_t bytes);
    void *self;
};
void sink_metered(struct sink *s, struct sink_meter *m);
