/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf16.h"

#include "base/bytes.h"

enum { UNKNOWN = 0xfffd, HIGH = 0xd800, LOW = 0xdc00, AFTER = 0xe000, BEYOND = 0x10000 };

/* The next character of a text. */
static uint32_t cut(struct str *rest) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, BEYOND};
    unsigned char c = (unsigned char)rest->p[0];
    size_t n = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 0;
    uint32_t v = n == 1 ? c : c & (0xffu >> (n + 1));

    if (!n || n > rest->n || c > 0xf4) {
        *rest = str_cut(*rest, 1, rest->n);
        return UNKNOWN;
    }
    for (size_t i = 1; i < n; i++) {
        c = (unsigned char)rest->p[i];
        if ((c & 0xc0) != 0x80) {
            *rest = str_cut(*rest, i, rest->n);
            return UNKNOWN;
        }
        v = v << 6 | (c & 0x3f);
    }
    *rest = str_cut(*rest, n, rest->n);
    return v < least[n] || v >= 0x110000 || (v >= HIGH && v < AFTER) ? UNKNOWN : v;
}

static struct str encode(struct arena *mem, struct str s, void (*put)(void *, uint16_t)) {
    char *out = arena_alloc(mem, 2 * s.n); /* a byte never becomes more than a unit */
    size_t n = 0;

    while (s.n) {
        uint32_t c = cut(&s);

        if (c >= BEYOND) {
            put(out + n, (uint16_t)(HIGH + ((c - BEYOND) >> 10)));
            n += 2;
            c = LOW + ((c - BEYOND) & 0x3ff);
        }
        put(out + n, (uint16_t)c);
        n += 2;
    }
    return (struct str){out, n};
}

struct str utf16_le(struct arena *mem, struct str utf8) {
    return encode(mem, utf8, bytes_put_le16);
}

struct str utf16_be(struct arena *mem, struct str utf8) {
    return encode(mem, utf8, bytes_put_be16);
}

static size_t put_utf8(char *out, uint32_t c) {
    static const unsigned char mark[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < BEYOND ? 3 : 4;

    for (size_t i = n; i-- > 1; c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(mark[n] | c);
    return n;
}

struct str utf16_text(struct arena *mem, struct str bytes, bool big) {
    char *out = arena_alloc(mem, bytes.n / 2 * 3 + 1);
    size_t n = 0;

    for (size_t i = 0; i + 1 < bytes.n; i += 2) {
        uint32_t c = big ? bytes_be16(bytes.p + i) : bytes_le16(bytes.p + i), low = 0;

        if (c >= HIGH && c < LOW && i + 3 < bytes.n)
            low = big ? bytes_be16(bytes.p + i + 2) : bytes_le16(bytes.p + i + 2);
        if (low >= LOW && low < AFTER) {
            c = BEYOND + ((c - HIGH) << 10) + (low - LOW);
            i += 2;
        } else if (c >= HIGH && c < AFTER)
            c = UNKNOWN;
        n += put_utf8(out + n, c);
    }
    return (struct str){out, n};
}
