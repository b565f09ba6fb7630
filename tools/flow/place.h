/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/place.h"
#include "os/infile.h"

/* The places there are. All functions of one may be called by several threads at once. */

/* A folder. Symlinks are followed as a web server does, as long as they stay inside of it. */
int place_dir(struct place *p, const char *path, struct arena *mem, struct err *e) MUST_USE;

/* A served folder. What is answered with 403, 404 or 410 is not there; other refusals and trouble
 * with the network are E_NET. */
int place_http(struct place *p, const char *url, struct arena *mem, struct err *e) MUST_USE;

void place_drop(struct place *p);
#define PLACE_NONE ((struct place){0})

/* A folder of a place; the place must outlive it, and it needs no place_drop. */
struct place place_sub(const struct place *p, const char *below, struct arena *mem);

/* A file of a place to read here and there: itself, or a nameless copy in the temporary folder.
 * Only of places of this file. */
struct place_file {
    bool there;
    struct infile in;
    struct digest_set digests; /* SHA-256 and SHA-512 */
    bool lifetime_said;        /* the server says how long it may be kept … */
    uint64_t lifetime;         /* … in seconds */
};
#define PLACE_FILE_NONE ((struct place_file){.in = INFILE_NONE})

/* A file larger than `max` is E_WRONG before it is read or copied to its end. */
int place_fetch(const struct place *p, const char *path, uint64_t max, struct place_file *f,
                struct err *e) MUST_USE;
void place_file_drop(struct place_file *f);

/* Bytes [at, at+n) of a file in `mem`; of a served one no others are fetched, if the server can do
 * that. Nothing there: OK and bytes->p is NULL. A file that ends before: E_INPUT. */
int place_range(const struct place *p, const char *path, uint64_t at, size_t n, struct arena *mem,
                struct str *bytes, struct err *e) MUST_USE;
