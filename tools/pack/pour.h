/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "crypto/digest.h"
#include "model/tree.h"

/* Who takes a file's bytes: `room` gives a place for some of the `want` bytes that are to come
 * (NULL: nobody wants more), `filled` says how many were put there. */
struct pour_to {
    void *(*room)(void *self, uint64_t want, size_t *n);
    void (*filled)(void *self, size_t n);
    void *self;
};

/* Reads files one after the other and takes their digests on the way. */
struct pour {
    unsigned kinds; /* digests that entries must have afterwards; known ones are not made again */
    struct digest *sum; /* kept from file to file: a new one costs as much as a small file */
    unsigned sum_kinds;
};

/* Pours the entry's t->size bytes. E_INPUT naming the file when it cannot be read or is not what it
 * was when it was gathered. OK, too, when nobody wanted more. */
int pour_file(struct pour *p, const struct tree_entry *t, const struct pour_to *to,
              struct err *e) MUST_USE;
void pour_drop(struct pour *p);
