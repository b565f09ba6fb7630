/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/* What RFC 7693 gives for BLAKE2b, for one state of 64-bit words and for several side by side. Only
 * blake2b*.c use it. */
#define BLAKE2B_ROUNDS_IV                                                                          \
    {                                                                                              \
        0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,            \
            0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179         \
    }

/* One round with the message words in the order that RFC 7693, 2.7 gives for it. Written out with
 * constants, so that no word is looked up while it runs. */
#define BLAKE2B_ROUNDS_ONE(mix, v, m, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13,  \
                           s14, s15)                                                               \
    mix(&v[0], &v[4], &v[8], &v[12], m[s0], m[s1]);                                                \
    mix(&v[1], &v[5], &v[9], &v[13], m[s2], m[s3]);                                                \
    mix(&v[2], &v[6], &v[10], &v[14], m[s4], m[s5]);                                               \
    mix(&v[3], &v[7], &v[11], &v[15], m[s6], m[s7]);                                               \
    mix(&v[0], &v[5], &v[10], &v[15], m[s8], m[s9]);                                               \
    mix(&v[1], &v[6], &v[11], &v[12], m[s10], m[s11]);                                             \
    mix(&v[2], &v[7], &v[8], &v[13], m[s12], m[s13]);                                              \
    mix(&v[3], &v[4], &v[9], &v[14], m[s14], m[s15])

#define BLAKE2B_ROUNDS_ALL(mix, v, m)                                                              \
    BLAKE2B_ROUNDS_ONE(mix, v, m, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);           \
    BLAKE2B_ROUNDS_ONE(mix, v, m, 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);           \
    BLAKE2B_ROUNDS_ONE(mix, v, m, 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4);           \
    BLAKE2B_ROUNDS_ONE(mix, v, m, 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8);           \
    BLAKE2B_ROUNDS_ONE(mix, v, m, 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13);           \
    BLAKE2B_ROUNDS_ONE(mix, v, m, 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9);           \
    BLAKE2B_ROUNDS_ONE(mix, v, m, 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11);           \
    BLAKE2B_ROUNDS_ONE(mix, v, m, 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10);           \
    BLAKE2B_ROUNDS_ONE(mix, v, m, 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5);           \
    BLAKE2B_ROUNDS_ONE(mix, v, m, 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0);           \
    BLAKE2B_ROUNDS_ONE(mix, v, m, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);           \
    BLAKE2B_ROUNDS_ONE(mix, v, m, 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3)
