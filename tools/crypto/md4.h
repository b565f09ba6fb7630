/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

/* MD4 (RFC 1320). Long broken: it is for zsync, whose files name blocks by it. */
void md4_bytes(const void *p, size_t n, unsigned char sum[16]);
