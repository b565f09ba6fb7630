/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the last block of the raw deflate stream at `p` begins and where it ends, in bits from the
 * start. False when the stream is damaged or has no end in n bytes; there is then no promise
 * that every kind of damage is seen. Much cheaper than inflating: nothing is put out. */
bool deflate_scan(const void *p, size_t n, uint64_t *last, uint64_t *end);
