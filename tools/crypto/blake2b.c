/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/blake2b.h"

#include "base/bytes.h"
#include "crypto/blake2b_rounds.h"
#include "crypto/blake2b_wide.h"

#include <stdbool.h>
#include <string.h>

enum { BLOCK = 128 };

static const uint64_t blake2b_iv[8] = BLAKE2B_ROUNDS_IV;

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
    BLAKE2B_ROUNDS_ALL(mix, v, m);
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

void blake2b_row(const void *p, const size_t *n, size_t count, size_t size,
                 unsigned char *digests) {
    const unsigned char *at = p;

    if (count > 1 && blake2b_wide(at, n, count, size, digests))
        return;
    for (size_t i = 0; i < count; at += n[i], i++)
        blake2b(at, n[i], digests + i * size, size);
}
