/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

#include <stddef.h>

/* The blocks of MSZIP, one of the compressions of cabinets: "CK" and one raw deflate stream of at
 * most 32 KiB, which may refer to the block before it. */
enum { MSZIP_BLOCK = 32768, MSZIP_ROOM = MSZIP_BLOCK + 12 };

struct mszip; /* one thread's */

int mszip_new(struct mszip **m, int level, struct err *e) MUST_USE; /* 1 to 9; 0: to unpack */
void mszip_free(struct mszip *m);                                   /* NULL is fine */

/* Compresses the n bytes at `in`, in front of which lie `history` bytes that the reader has
 * already. Gives the bytes written to `out`, at most MSZIP_ROOM. */
size_t mszip_pack(struct mszip *m, const unsigned char *in, size_t history, size_t n,
                  unsigned char *out);

/* Makes the `want` bytes at `out`, in front of which lie `history` bytes of the block before.
 * E_INPUT when the block is damaged or stands for another number. */
int mszip_unpack(struct mszip *m, const unsigned char *in, size_t n, unsigned char *out,
                 size_t history, size_t want, struct err *e) MUST_USE;
