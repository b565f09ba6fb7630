/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/tree.h"

/* Computes the digests (bits of enum digest_kind: md5, sha256) that files of the tree still lack,
 * on up to `jobs` threads; what is there is not computed again, and trees that share entries share
 * the result. `tick` hears of bytes read, one thread at a time; it may be NULL. E_INPUT when a file
 * is not what it was when it was gathered. */
int digests_fill(struct tree *t, unsigned kinds, unsigned jobs,
                 void (*tick)(void *self, uint64_t bytes), void *self, struct err *e) MUST_USE;
