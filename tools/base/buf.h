/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/str.h"

/* Bytes that grow up to a hard cap given at init. Puts are sticky: after the cap is hit nothing
 * more is added and `over` is true; buf_check reports it once. */
struct buf {
    char *p; /* NUL-terminated while not NULL */
    size_t n, room, cap;
    bool over;
    bool secret; /* wiped when given up or moved */
};

#define BUF_NONE ((struct buf){0})

/* An empty buffer of at most `cap` bytes; allocates nothing. */
void buf_init(struct buf *b, size_t cap);
void buf_put(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, struct str s);
void buf_z(struct buf *b, const char *z);
void buf_c(struct buf *b, char c);
void buf_fmt(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
void buf_zero(struct buf *b, size_t n); /* n zero bytes */
void buf_clear(struct buf *b);          /* empty, room kept */
struct str buf_get(const struct buf *b);

/* 0, or E_INPUT "what is larger than N bytes" when the cap was hit. */
int buf_check(const struct buf *b, const char *what, struct err *e) MUST_USE;

void buf_drop(struct buf *b);
