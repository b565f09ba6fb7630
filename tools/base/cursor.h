/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/str.h"

/* A checked reader over bytes in memory. Sticky: a read past the end sets `bad` and gives zeros. */
struct cursor {
    const unsigned char *p;
    size_t n, at;
    bool bad;
};

void cursor_init(struct cursor *c, const void *p, size_t n);
size_t cursor_left(const struct cursor *c);
bool cursor_seek(struct cursor *c, size_t at); /* at <= n, else bad */
void cursor_skip(struct cursor *c, size_t n);
struct str cursor_take(struct cursor *c, size_t n); /* n bytes, or empty and bad */
struct str cursor_z(struct cursor *c); /* up to a NUL, which is consumed; bad without one */
uint8_t cursor_u8(struct cursor *c);
uint16_t cursor_le16(struct cursor *c);
uint32_t cursor_le32(struct cursor *c);
uint64_t cursor_le64(struct cursor *c);
uint16_t cursor_be16(struct cursor *c);
uint32_t cursor_be32(struct cursor *c);
uint64_t cursor_be64(struct cursor *c);
