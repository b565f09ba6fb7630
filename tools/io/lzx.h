/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* LZX as cabinets have it ([MS-PATCH], [MS-CAB]): frames of 32 KiB, each of which begins on a byte,
 * with a history of `window` bits, 15 to 21. */
enum { LZX_FRAME = 32768, LZX_ROOM = 32768 + 6144, LZX_WINDOW_MIN = 15, LZX_WINDOW_MAX = 21 };

/* --- packing: first by many threads, then by one ---------------------------------------------- */

/* A chunk is some frames that are compressed without knowing what the one before became. */
size_t lzx_chunk_size(unsigned window);

struct lzx_parser;                                             /* one thread's */
struct lzx_parser *lzx_parser_new(unsigned window, int level); /* 1 to 9 */
void lzx_parser_free(struct lzx_parser *p);                    /* NULL is fine */

struct lzx_chunk; /* what became of one */
struct lzx_chunk *lzx_chunk_new(unsigned window);
void lzx_chunk_free(struct lzx_chunk *c); /* NULL is fine */

/* Finds what is written of the n bytes at `in`, in front of which lie `history` bytes of the same
 * stream. `in` must stay until the chunk is written. */
void lzx_parse(struct lzx_parser *p, const unsigned char *in, size_t history, size_t n,
               struct lzx_chunk *c);

struct lzx_writer;
struct lzx_writer *lzx_writer_new(unsigned window);
void lzx_writer_free(struct lzx_writer *w);  /* NULL is fine */
void lzx_writer_reset(struct lzx_writer *w); /* a new stream begins */

/* Writes a chunk, of which each call gives the next frame: its bytes (valid until the next call)
 * and the number *of that it stands for; 0 behind the last one. */
void lzx_writer_begin(struct lzx_writer *w, const struct lzx_chunk *c);
size_t lzx_writer_frame(struct lzx_writer *w, const unsigned char **bytes, size_t *of);

/* Addresses behind the byte E8 become absolute, as all of LZX's readers undo it: in place, for the
 * n bytes of the frame that begins at byte `at` of the stream. */
void lzx_translate(unsigned char *frame, size_t n, uint64_t at);

/* --- unpacking -------------------------------------------------------------------------------- */

struct lzx_unpacker;
int lzx_unpacker_new(struct lzx_unpacker **u, unsigned window, struct err *e) MUST_USE;
void lzx_unpacker_free(struct lzx_unpacker *u); /* NULL is fine */

/* Makes the next frame of a stream, `want` bytes at `out` (less than LZX_FRAME only for the last
 * one), of the n bytes at `in`. E_INPUT when it is damaged; then it is of no use any more. */
int lzx_unpack(struct lzx_unpacker *u, const unsigned char *in, size_t n, unsigned char *out,
               size_t want, struct err *e) MUST_USE;
