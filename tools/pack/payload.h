/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "io/codec.h"
#include "model/contracts.h"
#include "pack/ahead.h"
#include "pack/pour.h"

/* The way of a file's bytes into a package: read once, in large pieces, checked to be what was
 * gathered. */
struct payload {
    const struct pack_job *job;
    struct pour pour; /* files that are read when they are put */
    char *block;
    struct ahead *ahead; /* those of the plan; NULL: none */
    const struct tree_entry *const *plan;
    size_t n_plan, next;
};

/* `kinds`: digests that entries must have afterwards (enum digest_kind); known ones are not made
 * again. */
void payload_init(struct payload *p, const struct pack_job *job, unsigned kinds);

/* Says which entries will be put, all of them and in this order: with a second thread to use they
 * are read before they are asked for. They and `v` must stay until payload_end. */
int payload_plan(struct payload *p, const struct tree_entry *const *v, size_t n,
                 struct err *e) MUST_USE;

/* Puts the entry's t->size bytes. E_INPUT naming the file when it cannot be read or is not what it
 * was when it was gathered. A failure of the sink is left in the sink. */
int payload_put(struct payload *p, const struct tree_entry *t, struct sink *s,
                struct err *e) MUST_USE;

/* After the last entry, or a failure: `rc` is what became of the puts, and is returned unless a
 * file of the plan turns out to have changed. The digests are there afterwards. */
int payload_end(struct payload *p, int rc, struct err *e) MUST_USE;

/* Makes the digests of the tree's files that are not known yet, and tells no progress. */
int payload_digests(const struct pack_job *job, const struct tree *t, unsigned kinds,
                    struct err *e) MUST_USE;

/* Which branch filter suits the code in a tree: by the machine of most bytes of its ELF files.
 * `arm64`: the reader knows the newer ARM64 filter. */
enum codec_filter payload_filter(const struct tree *t, bool arm64);
