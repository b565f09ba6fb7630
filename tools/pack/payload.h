/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "io/codec.h"
#include "model/contracts.h"

/* The way of a file's bytes into a package: read once, in large pieces, checked to be what was
 * gathered. */
struct payload {
    const struct pack_job *job;
    unsigned kinds; /* digests that entries must have afterwards (enum digest_kind); known ones are
                       not made again */
    char *block;
};

void payload_init(struct payload *p, const struct pack_job *job, unsigned kinds);

/* Puts the entry's t->size bytes. E_INPUT naming the file when it cannot be read or is not what it
 * was when it was gathered. A failure of the sink is left in the sink. */
int payload_put(struct payload *p, const struct tree_entry *t, struct sink *s,
                struct err *e) MUST_USE;

/* Which branch filter suits the code in a tree: by the machine of most bytes of its ELF files.
 * `arm64`: the reader knows the newer ARM64 filter. */
enum codec_filter payload_filter(const struct tree *t, bool arm64);
