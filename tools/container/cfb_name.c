/* SPDX-License-Identifier: Apache-2.0 */
#include "base/attr.h"
#include "container/cfb.h"

#include <string.h>

/* Characters whose upper case is another one: from, to, every how many, what is added. The order of
 * names must not depend on a locale or on a newer Unicode. */
static const struct {
    uint16_t from, to, step;
    int16_t add;
} upper[] = {
    {0x0061, 0x007a, 1, -32}, {0x00e0, 0x00f6, 1, -32}, {0x00f8, 0x00fe, 1, -32},
    {0x00ff, 0x00ff, 1, 121}, {0x0101, 0x012f, 2, -1},  {0x0133, 0x0137, 2, -1},
    {0x013a, 0x0148, 2, -1},  {0x014b, 0x0177, 2, -1},  {0x017a, 0x017e, 2, -1},
    {0x0183, 0x0185, 2, -1},  {0x01ce, 0x01dc, 2, -1},  {0x01df, 0x01ef, 2, -1},
    {0x01f9, 0x021f, 2, -1},  {0x0223, 0x0233, 2, -1},  {0x03ac, 0x03ac, 1, -38},
    {0x03ad, 0x03af, 1, -37}, {0x03b1, 0x03c1, 1, -32}, {0x03c2, 0x03c2, 1, -31},
    {0x03c3, 0x03cb, 1, -32}, {0x03cc, 0x03cc, 1, -64}, {0x03cd, 0x03ce, 1, -63},
    {0x03d9, 0x03ef, 2, -1},  {0x0430, 0x044f, 1, -32}, {0x0450, 0x045f, 1, -80},
    {0x0461, 0x0481, 2, -1},  {0x048b, 0x04bf, 2, -1},  {0x04c2, 0x04ce, 2, -1},
    {0x04d1, 0x04f5, 2, -1},  {0x0561, 0x0586, 1, -48}, {0x1e01, 0x1e95, 2, -1},
    {0x1ea1, 0x1ef9, 2, -1},  {0x2170, 0x217f, 1, -16}, {0x24d0, 0x24e9, 1, -26},
    {0xff41, 0xff5a, 1, -32},
};

static int upper_of(uint16_t c) {
    for (size_t i = 0; i < COUNT(upper) && c >= upper[i].from; i++)
        if (c <= upper[i].to && (c - upper[i].from) % upper[i].step == 0)
            return c + upper[i].add;
    return c;
}

int cfb_name_cmp(const struct cfb_name *a, const struct cfb_name *b) {
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    for (unsigned i = 0; i < a->n; i++) {
        int x = upper_of(a->unit[i]), y = upper_of(b->unit[i]);

        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

/* The character at the front of valid UTF-8, and its bytes. */
static uint32_t character(const char *z, size_t *n) {
    const unsigned char *p = (const unsigned char *)z;

    *n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    switch (*n) {
    case 1:
        return p[0];
    case 2:
        return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
    case 3:
        return (p[0] & 0xfu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    default:
        return (p[0] & 7u) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 | (p[3] & 0x3fu);
    }
}

bool cfb_name_of(struct cfb_name *name, struct str utf8) {
    *name = (struct cfb_name){0};
    if (!utf8.n || !str_utf8(utf8))
        return false;
    for (size_t i = 0, k; i < utf8.n; i += k) {
        uint32_t c = character(utf8.p + i, &k);

        if (!c || (c < 0x80 && strchr("/\\:!", (int)c)))
            return false;
        if (name->n + 1 + (c > 0xffff) > CFB_NAME_MAX)
            return false;
        if (c > 0xffff) {
            name->unit[name->n++] = (uint16_t)(0xd800 + ((c - 0x10000) >> 10));
            c = 0xdc00 + ((c - 0x10000) & 0x3ff);
        }
        name->unit[name->n++] = (uint16_t)c;
    }
    return true;
}

static size_t utf8_put(char *p, uint32_t c) {
    if (c < 0x80) {
        p[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        p[0] = (char)(0xc0 | c >> 6);
        p[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        p[0] = (char)(0xe0 | c >> 12);
        p[1] = (char)(0x80 | (c >> 6 & 0x3f));
        p[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    p[0] = (char)(0xf0 | c >> 18);
    p[1] = (char)(0x80 | (c >> 12 & 0x3f));
    p[2] = (char)(0x80 | (c >> 6 & 0x3f));
    p[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* Halves of characters without the other half, which Windows does not mind, become U+FFFD. */
struct str cfb_name_str(struct arena *mem, const struct cfb_name *name) {
    char *p = arena_alloc(mem, 3 * CFB_NAME_MAX + 1);
    size_t n = 0;

    for (unsigned i = 0; i < name->n; i++) {
        uint32_t c = name->unit[i], low = i + 1 < name->n ? name->unit[i + 1] : 0;

        if (c >= 0xd800 && c < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            i++;
        } else if (c >= 0xd800 && c < 0xe000) {
            c = 0xfffd;
        }
        n += utf8_put(p + n, c);
    }
    return (struct str){p, n};
}
