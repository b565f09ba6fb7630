/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/release.h"
#include "os/outfile.h"

/* The seal: size and digests of a finished file in one read. No byte may change behind it. */
int seal_file(struct outfile *f, unsigned jobs, struct artifact *a, struct err *e) MUST_USE;

/* The same, and the file's block map (feed/blockmap.h) in that read. */
int seal_file_map(struct outfile *f, unsigned jobs, struct artifact *a, struct buf *json,
                  struct err *e) MUST_USE;

/* The same, with the block map appended to the file itself (a->blockmap_size). */
int seal_file_inside(struct outfile *f, unsigned jobs, struct artifact *a, struct err *e) MUST_USE;

/* Compares what a file has with the ledger: E_WRONG that begins with `name`. */
int seal_match(const char *name, uint64_t size, const struct digest_set *d,
               const struct artifact *a, struct err *e) MUST_USE;

/* Reads a sealed file again: E_WRONG when its bytes are not those of the ledger. */
int seal_check(struct infile *f, const struct artifact *a, unsigned jobs, struct err *e) MUST_USE;
