/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/blake2b.h"

#include "base/bytes.h"

#include <stdbool.h>
#include <string.h>

enum { BLOCK = 128 };

static const uint64_t blake2b_iv[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

static inline uint64_t turn(uint64_t x, int n) {
    return x >> n | x << (64 - n);
}

static inline void mix(uint64_t *a, uint64_t *b, uint64_t *c, uint64_t *d, uint64_t x, uint64_t y) {
    *a += *b + x;
    *d = turn(*d ^ *a, 32);
    *c += *d;
    *b = turn(*b ^ *c, 24);
    *a += *b + y;
    *d = turn(*d ^ *a, 16);
    *c += *d;
    *b = turn(*b ^ *c, 63);
}

/* One round with the message words in the order that RFC 7693, 2.7 gives for it. Written out with
 * constants, so that no word is looked up while it runs. */
#define ROUND(s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15)                \
    mix(&v[0], &v[4], &v[8], &v[12], m[s0], m[s1]);                                                \
    mix(&v[1], &v[5], &v[9], &v[13], m[s2], m[s3]);                                                \
    mix(&v[2], &v[6], &v[10], &v[14], m[s4], m[s5]);                                               \
    mix(&v[3], &v[7], &v[11], &v[15], m[s6], m[s7]);                                               \
    mix(&v[0], &v[5], &v[10], &v[15], m[s8], m[s9]);                                               \
    mix(&v[1], &v[6], &v[11], &v[12], m[s10], m[s11]);                                             \
    mix(&v[2], &v[7], &v[8], &v[13], m[s12], m[s13]);                                              \
    mix(&v[3], &v[4], &v[9], &v[14], m[s14], m[s15])

static void compress(uint64_t h[8], const unsigned char *p, uint64_t total, bool last) {
    uint64_t v[16], m[16];

    for (int i = 0; i < 16; i++)
        m[i] = bytes_le64(p + 8 * i);
    for (int i = 0; i < 8; i++) {
        v[i] = h[i];
        v[i + 8] = blake2b_iv[i];
    }
    v[12] ^= total;
    if (last)
        v[14] = ~v[14];
    ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    ROUND(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);
    ROUND(11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4);
    ROUND(7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8);
    ROUND(9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13);
    ROUND(2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9);
    ROUND(12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11);
    ROUND(13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10);
    ROUND(6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5);
    ROUND(10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0);
    ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    ROUND(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);
    for (int i = 0; i < 8; i++)
        h[i] ^= v[i] ^ v[i + 8];
}

void blake2b(const void *p, size_t n, void *digest, size_t size) {
    const unsigned char *at = p;
    unsigned char rest[BLOCK] = {0}, out[BLAKE2B_MAX];
    uint64_t h[8];
    size_t total = 0;

    memcpy(h, blake2b_iv, sizeof h);
    h[0] ^= 0x01010000 ^ (uint64_t)size; /* parameter block: depth 1, fanout 1, no key */
    for (; n - total > BLOCK; at += BLOCK) {
        total += BLOCK;
        compress(h, at, total, false);
    }
    if (n > total)
        memcpy(rest, at, n - total);
    compress(h, rest, n, true);
    for (int i = 0; i < 8; i++)
        bytes_put_le64(out + 8 * i, h[i]);
    memcpy(digest, out, size < BLAKE2B_MAX ? size : BLAKE2B_MAX);
}
