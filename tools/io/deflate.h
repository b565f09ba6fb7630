/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "io/source.h"

/* Raw deflate streams (RFC 1951) by libdeflate, made of pieces that know nothing of each other, so
 * that several threads can work on one stream: the pieces, one behind the other, are the stream. */
struct deflate; /* one thread's compressor */

/* libdeflate's level that never gives more than zlib's at the same number from 1 to 9, measured on
 * programs and on many small texts in pieces of 1 and 2 MiB. */
int deflate_level(int zlib);

int deflate_new(struct deflate **d, int zlib_level, struct err *e) MUST_USE;
void deflate_free(struct deflate *d); /* NULL is fine */

size_t deflate_bound(size_t n); /* the most that a piece of n bytes becomes */

/* Compresses a piece; `last` ends the stream. Gives the bytes written, 0 when `room` is too small
 * for them. */
size_t deflate_piece(struct deflate *d, const void *in, size_t n, bool last, void *out,
                     size_t room);

/* What a raw stream stands for. Bytes behind its end in `below` are E_INPUT, so is a stream that
 * ends too early. `below` is not owned. */
int deflate_source(struct source *s, struct source *below, struct err *e) MUST_USE;
