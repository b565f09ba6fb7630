/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/str.h"
#include "os/infile.h"
#include "os/outfile.h"

/* The ar archive of deb(5): common format, names up to 16 bytes, no symbol table. */
enum { AR_MAGIC_SIZE = 8, AR_HEAD_SIZE = 60, AR_NAME_MAX = 16 };

int ar_begin(struct outfile *f, struct err *e) MUST_USE;

/* Writes a member's header at `at`; size up to 9,999,999,999. */
int ar_head(struct outfile *f, uint64_t at, const char *name, int64_t mtime, uint64_t size,
            struct err *e) MUST_USE;

/* A whole member from memory, appended and padded to an even size. */
int ar_member(struct outfile *f, const char *name, int64_t mtime, struct str bytes,
              struct err *e) MUST_USE;

int ar_pad(struct outfile *f, struct err *e) MUST_USE; /* one newline behind an odd size */

struct ar_entry {
    struct str name; /* without trailing blanks and slash */
    uint64_t at, size;
};

/* All members. E_INPUT naming what is damaged: no magic, a header that is none, a member that ends
 * behind the file; more than 100 members. */
int ar_read(struct infile *f, struct arena *mem, struct ar_entry **v, size_t *n,
            struct err *e) MUST_USE;
