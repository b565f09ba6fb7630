/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* blake2b_row on four pieces at once, in the vectors of AVX2. False when the processor has none,
 * and nothing was done. Only blake2b.c calls it. */
bool blake2b_wide(const unsigned char *p, const size_t *n, size_t count, size_t size,
                  unsigned char *digests);
