/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/tree.h"

/* The bytes of many files, one behind the other, read and digested by a thread of its own while
 * they are laid out and compressed. What comes does not depend on who is faster. */
struct ahead;

/* `v` and its entries must stay until ahead_close. `kinds`: digests that the entries must have
 * afterwards. */
int ahead_open(struct ahead **a, const struct tree_entry *const *v, size_t n, unsigned kinds,
               struct err *e) MUST_USE;

/* The next bytes of the stream, between 1 and `most` (at least 1) of them, that stay until the next
 * call. The failure of a file is reported in place of the first byte that could not be had. */
int ahead_take(struct ahead *a, uint64_t most, const void **p, size_t *n, struct err *e) MUST_USE;

/* Ends the thread; NULL is fine. OK, or the failure of a file that was read but found changed
 * behind its last byte. Digests are there only afterwards. */
int ahead_close(struct ahead *a, struct err *e) MUST_USE;
