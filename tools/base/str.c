/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <stdarg.h>
#include <string.h>

enum { STR_DISTANCE_MAX = 64 };

struct str str_of(const char *z) {
    return (struct str){z, z ? strlen(z) : 0};
}

struct str str_dup(struct arena *a, struct str s) {
    return (struct str){arena_dup(a, s.p, s.n), s.n};
}

const char *str_z(struct arena *a, struct str s) {
    return arena_dup(a, s.p, s.n);
}

struct str str_fmt(struct arena *a, const char *fmt, ...) {
    struct str s;
    va_list ap;

    va_start(ap, fmt);
    s.p = arena_vfmt(a, &s.n, fmt, ap);
    va_end(ap);
    return s;
}

bool str_eq(struct str a, struct str b) {
    return a.n == b.n && (!a.n || !memcmp(a.p, b.p, a.n));
}

bool str_is(struct str a, const char *z) {
    return str_eq(a, str_of(z));
}

int str_cmp(struct str a, struct str b) {
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;

    if (c)
        return c;
    return a.n < b.n ? -1 : a.n > b.n;
}

bool str_starts(struct str s, const char *z) {
    size_t n = strlen(z);

    return s.n >= n && (!n || !memcmp(s.p, z, n));
}

bool str_ends(struct str s, const char *z) {
    size_t n = strlen(z);

    return s.n >= n && (!n || !memcmp(s.p + s.n - n, z, n));
}

size_t str_find(struct str s, char c) {
    const char *q = s.n ? memchr(s.p, c, s.n) : NULL;

    return q ? (size_t)(q - s.p) : s.n;
}

size_t str_rfind(struct str s, char c) {
    for (size_t i = s.n; i > 0; i--)
        if (s.p[i - 1] == c)
            return i - 1;
    return s.n;
}

bool str_has(struct str s, const char *z) {
    size_t n = strlen(z);

    for (size_t i = 0; i + n <= s.n; i++)
        if (!memcmp(s.p + i, z, n))
            return true;
    return n == 0;
}

struct str str_cut(struct str s, size_t from, size_t to) {
    if (to > s.n)
        to = s.n;
    if (from > to)
        from = to;
    return (struct str){s.p ? s.p + from : s.p, to - from};
}

static bool blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct str str_trim(struct str s) {
    while (s.n && blank(s.p[0]))
        s = str_cut(s, 1, s.n);
    while (s.n && blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

struct str str_split(struct str *rest, char c) {
    size_t i = str_find(*rest, c);
    struct str head = str_cut(*rest, 0, i);

    *rest = str_cut(*rest, i + 1 > rest->n ? rest->n : i + 1, rest->n);
    return head;
}

bool str_u64(struct str s, uint64_t max, uint64_t *v) {
    uint64_t x = 0;

    if (!s.n)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned d = (unsigned)(unsigned char)s.p[i] - '0';

        if (d > 9 || x > (UINT64_MAX - d) / 10)
            return false;
        x = x * 10 + d;
    }
    if (x > max)
        return false;
    *v = x;
    return true;
}

/* Unicode 15, table 3-7: well-formed byte sequences. */
bool str_utf8(struct str s) {
    const unsigned char *p = (const unsigned char *)s.p;

    for (size_t i = 0; i < s.n;) {
        unsigned c = p[i++], low = 0x80, high = 0xbf, more;

        if (c < 0x80)
            continue;
        if (c < 0xc2 || c > 0xf4)
            return false;
        more = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
        if (c == 0xe0)
            low = 0xa0;
        else if (c == 0xed)
            high = 0x9f;
        else if (c == 0xf0)
            low = 0x90;
        else if (c == 0xf4)
            high = 0x8f;
        for (; more; more--, i++) {
            if (i >= s.n || p[i] < low || p[i] > high)
                return false;
            low = 0x80;
            high = 0xbf;
        }
    }
    return true;
}

size_t str_distance(struct str a, struct str b) {
    size_t row[3][STR_DISTANCE_MAX + 1];

    if (a.n > STR_DISTANCE_MAX || b.n > STR_DISTANCE_MAX)
        return STR_DISTANCE_MAX;
    for (size_t j = 0; j <= b.n; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t *now = row[i % 3], *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];

        now[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t d = up[j - 1] + (a.p[i - 1] != b.p[j - 1]);

            if (up[j] + 1 < d)
                d = up[j] + 1;
            if (now[j - 1] + 1 < d)
                d = now[j - 1] + 1;
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] &&
                up2[j - 2] + 1 < d)
                d = up2[j - 2] + 1;
            now[j] = d;
        }
    }
    return row[a.n % 3][b.n];
}
