/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "io/sink.h"
#include "os/infile.h"

/* An .xz file whose blocks the caller cuts. A block knows nothing of the others: one whose bytes an
 * older file holds already is taken over as it is, and what comes out is the same as if all had
 * been compressed anew. */
struct xzparts {
    const uint64_t *end; /* where each part of the text ends, ascending; the last is its size */
    size_t n;
    size_t most;    /* the largest part */
    size_t dict;    /* how far back is looked: a constant of the caller's format */
    struct str old; /* a file made with the same `dict`; anything else is as good as none */
    unsigned jobs;
};

/* Compresses `text` into `s`, whose bytes depend on the text, its parts and `most` alone. Takes
 * some 12 times `most` of memory a job, and what comes out once. */
int xzparts_write(const struct xzparts *x, struct infile *text, struct sink *s,
                  struct err *e) MUST_USE;
