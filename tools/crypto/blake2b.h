/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

/* BLAKE2b (RFC 7693) without a key, with any digest length: the length is part of what is hashed,
 * so an 18-byte digest is not the beginning of a longer one. OpenSSL 3.0 has no way to choose it.
 */
enum { BLAKE2B_MAX = 64 };

/* The digest of `n` bytes; `size` from 1 to BLAKE2B_MAX. */
void blake2b(const void *p, size_t n, void *digest, size_t size);

/* Digests of `count` pieces that lie one behind the other, of n[i] bytes each: count * size bytes.
 * Several at once where the processor can; the same digests. */
void blake2b_row(const void *p, const size_t *n, size_t count, size_t size, unsigned char *digests);
