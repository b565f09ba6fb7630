/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/rabin.h"

/* x^63 + … : the polynomial's bits, the highest one (63) included. */
static const uint64_t rabin_poly = 0xbfe6b8a5bf378d83;

enum { DEGREE = 63, LANES = 4, STEP = 1024 };

/* a * x^n mod poly, for a below x^63. */
static uint64_t times_x(uint64_t a, unsigned n) {
    while (n--) {
        a <<= 1;
        if (a >> DEGREE & 1)
            a ^= rabin_poly;
    }
    return a;
}

void rabin_init(struct rabin *r) {
    for (unsigned i = 0; i < 256; i++) {
        r->push[i] = times_x(i, DEGREE);
        r->pop[i] = times_x(i, (RABIN_WINDOW - 1) * 8);
    }
}

static inline uint64_t push(const struct rabin *r, uint64_t h, unsigned char b) {
    unsigned top = (unsigned)(h >> (DEGREE - 8)) & 0xff;

    return ((h << 8 | b) & (UINT64_MAX >> 1)) ^ r->push[top];
}

/* The fingerprint of the window that ends at `at`. */
static uint64_t window(const struct rabin *r, const unsigned char *p, size_t at) {
    uint64_t h = 0;

    for (size_t i = at - RABIN_WINDOW; i < at; i++)
        h = push(r, h, p[i]);
    return h;
}

static inline int is_end(uint64_t h) {
    return (h & RABIN_MASK) == RABIN_MASK;
}

/* The first end in (from, to], or 0. */
static size_t scan(const struct rabin *r, const unsigned char *p, size_t from, size_t to) {
    uint64_t h = window(r, p, from);

    for (size_t i = from; i < to; i++) {
        h = push(r, h ^ r->pop[p[i - RABIN_WINDOW]], p[i]);
        if (is_end(h))
            return i + 1;
    }
    return 0;
}

/* The same over LANES * STEP bytes. Each step waits for the one before it, so four places are
 * looked at side by side. */
static size_t scan_wide(const struct rabin *r, const unsigned char *p, size_t from) {
    uint64_t h[LANES];
    size_t found[LANES] = {0};

    for (size_t k = 0; k < LANES; k++)
        h[k] = window(r, p, from + k * STEP);
    for (size_t i = from; i < from + STEP; i++)
        for (size_t k = 0; k < LANES; k++) {
            size_t at = i + k * STEP;

            h[k] = push(r, h[k] ^ r->pop[p[at - RABIN_WINDOW]], p[at]);
            if (is_end(h[k]) && !found[k]) {
                if (!k)
                    return at + 1;
                found[k] = at + 1;
            }
        }
    for (size_t k = 1; k < LANES; k++)
        if (found[k])
            return found[k];
    return 0;
}

size_t rabin_cut(const struct rabin *r, const unsigned char *p, size_t n, int last) {
    size_t end = n < RABIN_MAX ? n : RABIN_MAX, at = RABIN_MIN, found;

    if (end < RABIN_MAX && !last)
        return 0;
    if (end <= RABIN_MIN)
        return end;
    if (is_end(window(r, p, at)))
        return at;
    for (; at + LANES * STEP <= end; at += LANES * STEP) {
        found = scan_wide(r, p, at);
        if (found)
            return found;
    }
    found = scan(r, p, at, end);
    return found ? found : end;
}
