/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cursor.h"

#include "base/bytes.h"

#include <string.h>

static const unsigned char cursor_zeros[8];

void cursor_init(struct cursor *c, const void *p, size_t n) {
    *c = (struct cursor){p, n, 0, false};
}

size_t cursor_left(const struct cursor *c) {
    return c->bad ? 0 : c->n - c->at;
}

bool cursor_seek(struct cursor *c, size_t at) {
    if (at > c->n)
        c->bad = true;
    else
        c->at = at;
    return !c->bad;
}

static const unsigned char *take(struct cursor *c, size_t n) {
    const unsigned char *p;

    if (c->bad || n > c->n - c->at) {
        c->bad = true;
        return NULL;
    }
    p = c->p + c->at;
    c->at += n;
    return p;
}

static const unsigned char *number(struct cursor *c, size_t n) {
    const unsigned char *p = take(c, n);

    return p ? p : cursor_zeros;
}

void cursor_skip(struct cursor *c, size_t n) {
    take(c, n);
}

struct str cursor_take(struct cursor *c, size_t n) {
    const unsigned char *p = take(c, n);

    return (struct str){(const char *)p, p ? n : 0};
}

struct str cursor_z(struct cursor *c) {
    size_t left = cursor_left(c);
    const unsigned char *end = left ? memchr(c->p + c->at, 0, left) : NULL;
    struct str s;

    if (!end) {
        c->bad = true;
        return (struct str){0};
    }
    s = (struct str){(const char *)c->p + c->at, (size_t)(end - (c->p + c->at))};
    c->at += s.n + 1;
    return s;
}

uint8_t cursor_u8(struct cursor *c) {
    return *number(c, 1);
}
uint16_t cursor_le16(struct cursor *c) {
    return bytes_le16(number(c, 2));
}
uint32_t cursor_le32(struct cursor *c) {
    return bytes_le32(number(c, 4));
}
uint64_t cursor_le64(struct cursor *c) {
    return bytes_le64(number(c, 8));
}
uint16_t cursor_be16(struct cursor *c) {
    return bytes_be16(number(c, 2));
}
uint32_t cursor_be32(struct cursor *c) {
    return bytes_be32(number(c, 4));
}
uint64_t cursor_be64(struct cursor *c) {
    return bytes_be64(number(c, 8));
}
