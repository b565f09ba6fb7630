/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/md4.h"

#include "base/bytes.h"

#include <string.h>

enum { MD4_BLOCK = 64, MD4_LENGTH = 56 };

static uint32_t turn(uint32_t x, unsigned n) {
    return x << n | x >> (32 - n);
}

static uint32_t pick(uint32_t x, uint32_t y, uint32_t z) {
    return (x & y) | (~x & z);
}

static uint32_t most(uint32_t x, uint32_t y, uint32_t z) {
    return (x & y) | (x & z) | (y & z);
}

static uint32_t odd(uint32_t x, uint32_t y, uint32_t z) {
    return x ^ y ^ z;
}

/* Four steps of a round: RFC 1320, 3.4. */
#define MD4_FOUR(f, add, i, j, k, l, s0, s1, s2, s3)                                               \
    a = turn(a + f(b, c, d) + x[i] + (add), s0);                                                   \
    d = turn(d + f(a, b, c) + x[j] + (add), s1);                                                   \
    c = turn(c + f(d, a, b) + x[k] + (add), s2);                                                   \
    b = turn(b + f(c, d, a) + x[l] + (add), s3)

static void mix(uint32_t state[4], const unsigned char *p) {
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], x[16];

    for (size_t i = 0; i < 16; i++)
        x[i] = bytes_le32(p + 4 * i);
    for (size_t i = 0; i < 16; i += 4) {
        MD4_FOUR(pick, 0, i, i + 1, i + 2, i + 3, 3, 7, 11, 19);
    }
    for (size_t i = 0; i < 4; i++) {
        MD4_FOUR(most, 0x5a827999, i, i + 4, i + 8, i + 12, 3, 5, 9, 13);
    }
    for (size_t i = 0; i < 4; i++) {
        size_t k = (i & 1) << 1 | i >> 1; /* 0 2 1 3 */

        MD4_FOUR(odd, 0x6ed9eba1, k, k + 8, k + 4, k + 12, 3, 9, 11, 15);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

void md4_bytes(const void *p, size_t n, unsigned char sum[16]) {
    uint32_t state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    const unsigned char *at = p;
    unsigned char last[2 * MD4_BLOCK] = {0};
    size_t left = n, end;

    for (; left >= MD4_BLOCK; left -= MD4_BLOCK, at += MD4_BLOCK)
        mix(state, at);
    if (left)
        memcpy(last, at, left);
    last[left] = 0x80;
    end = left < MD4_LENGTH ? MD4_BLOCK : 2 * MD4_BLOCK;
    bytes_put_le64(last + end - 8, (uint64_t)n * 8);
    for (size_t i = 0; i < end; i += MD4_BLOCK)
        mix(state, last + i);
    for (size_t i = 0; i < 4; i++)
        bytes_put_le32(sum + 4 * i, state[i]);
}
