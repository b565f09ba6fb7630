/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "io/sink.h"
#include "os/infile.h"

/* Several digests side by side in one pass. */
enum digest_kind {
    DIGEST_MD5 = 1,
    DIGEST_SHA1 = 2,
    DIGEST_SHA256 = 4,
    DIGEST_SHA512 = 8,
    DIGEST_SHA384 = 16
};
enum { DIGEST_MAX = 64, DIGEST_HEX = 129 };

struct digest_set { /* results; only the kinds asked for are set */
    unsigned kinds; /* bits of enum digest_kind that are present */
    unsigned char md5[16], sha1[20], sha256[32], sha512[64], sha384[48];
};

struct digest; /* running digests */
int digest_new(struct digest **d, unsigned kinds, struct err *e) MUST_USE;
void digest_put(struct digest *d, const void *p, size_t n);
int digest_end(struct digest *d, struct digest_set *out,
               struct err *e) MUST_USE; /* d is freed, also on failure */
int digest_next(struct digest *d, struct digest_set *out,
                struct err *e) MUST_USE; /* the results so far; d begins anew */
void digest_free(struct digest *d);      /* NULL is fine */
void digest_sink(struct sink *s,
                 struct digest *d); /* digests what is put; the digest stays yours */

int digest_bytes(struct str bytes, unsigned kinds, struct digest_set *out, struct err *e) MUST_USE;
/* One read of [at, at+n) of a file; large files digest each kind on a thread of its own when jobs
 * > 1. */
int digest_infile(struct infile *f, uint64_t at, uint64_t n, unsigned kinds, unsigned jobs,
                  struct digest_set *out, struct err *e) MUST_USE;

const unsigned char *digest_of(const struct digest_set *d, enum digest_kind k,
                               size_t *n);                             /* NULL when absent */
unsigned char *digest_place(struct digest_set *d, enum digest_kind k); /* where it is put */
const char *digest_name(enum digest_kind k);                           /* "sha256" */
struct str digest_hex(struct arena *a, const void *p, size_t n);       /* lower case */
struct str digest_base64(struct arena *a, const void *p, size_t n); /* standard alphabet, padded */
/* Blanks and newlines in it are fine; false when it is none, or empty. */
bool digest_unbase64(struct arena *a, struct str text, struct str *out);
bool digest_unhex(struct str hex, void *out, size_t n); /* exactly n bytes */
