/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/blake2b_wide.h"

#if defined(__x86_64__)

#include "base/bytes.h"
#include "crypto/blake2b.h"
#include "crypto/blake2b_rounds.h"

#include <immintrin.h>
#include <string.h>

/* Compiled for AVX2 whatever the rest is compiled for; called only where the processor has it. */
#define AVX2 __attribute__((target("avx2")))
#define AVX2_INLINE __attribute__((target("avx2"), always_inline)) static inline

enum { BLOCK = 128, LANES = 4 };

struct wide { /* four pieces on their way; word i of piece k is h[i][k] */
    uint64_t h[8][LANES], total[LANES], last[LANES];
    const unsigned char *block[LANES];
    unsigned char rest[LANES][BLOCK];
};

struct lane { /* what a piece still has */
    const unsigned char *p;
    size_t left, index;
    bool busy;
};

AVX2_INLINE __m256i load(const void *p) {
    return _mm256_loadu_si256(p);
}

AVX2_INLINE void mix(__m256i *a, __m256i *b, __m256i *c, __m256i *d, __m256i x, __m256i y) {
    const __m256i by24 = _mm256_setr_epi8(3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10, 3,
                                          4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10);
    const __m256i by16 = _mm256_setr_epi8(2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9, 2,
                                          3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9);

    *a = _mm256_add_epi64(_mm256_add_epi64(*a, *b), x);
    *d = _mm256_shuffle_epi32(_mm256_xor_si256(*d, *a), 0xb1); /* by 32 */
    *c = _mm256_add_epi64(*c, *d);
    *b = _mm256_shuffle_epi8(_mm256_xor_si256(*b, *c), by24);
    *a = _mm256_add_epi64(_mm256_add_epi64(*a, *b), y);
    *d = _mm256_shuffle_epi8(_mm256_xor_si256(*d, *a), by16);
    *c = _mm256_add_epi64(*c, *d);
    *b = _mm256_xor_si256(*b, *c);
    *b = _mm256_or_si256(_mm256_add_epi64(*b, *b), _mm256_srli_epi64(*b, 63)); /* by 63 */
}

/* Words 4i … 4i+3 of the four blocks, turned so that each vector holds one word of each. */
AVX2_INLINE void words(const struct wide *w, size_t i, __m256i *m) {
    __m256i a = load(w->block[0] + 32 * i), b = load(w->block[1] + 32 * i);
    __m256i c = load(w->block[2] + 32 * i), d = load(w->block[3] + 32 * i);
    __m256i ab = _mm256_unpacklo_epi64(a, b), AB = _mm256_unpackhi_epi64(a, b);
    __m256i cd = _mm256_unpacklo_epi64(c, d), CD = _mm256_unpackhi_epi64(c, d);

    m[0] = _mm256_permute2x128_si256(ab, cd, 0x20);
    m[1] = _mm256_permute2x128_si256(AB, CD, 0x20);
    m[2] = _mm256_permute2x128_si256(ab, cd, 0x31);
    m[3] = _mm256_permute2x128_si256(AB, CD, 0x31);
}

AVX2 static void compress(struct wide *w) {
    static const uint64_t iv[8] = BLAKE2B_ROUNDS_IV;
    __m256i v[16], m[16];

    for (size_t i = 0; i < 4; i++)
        words(w, i, m + 4 * i);
    for (size_t i = 0; i < 8; i++) {
        v[i] = load(w->h[i]);
        v[i + 8] = _mm256_set1_epi64x((long long)iv[i]);
    }
    v[12] = _mm256_xor_si256(v[12], load(w->total));
    v[14] = _mm256_xor_si256(v[14], load(w->last));
    BLAKE2B_ROUNDS_ALL(mix, v, m);
    for (size_t i = 0; i < 8; i++) {
        __m256i h = _mm256_xor_si256(load(w->h[i]), _mm256_xor_si256(v[i], v[i + 8]));

        _mm256_storeu_si256((void *)w->h[i], h);
    }
}

/* The next piece of the row for a lane that has none. */
static void begin(struct wide *w, struct lane *l, size_t k, size_t size) {
    static const uint64_t iv[8] = BLAKE2B_ROUNDS_IV;

    for (size_t i = 0; i < 8; i++)
        w->h[i][k] = iv[i];
    w->h[0][k] ^= 0x01010000 ^ (uint64_t)size;
    w->total[k] = 0;
    l->busy = true;
}

static void next_block(struct wide *w, struct lane *l, size_t k) {
    bool last = l->left <= BLOCK;
    size_t n = last ? l->left : BLOCK;

    w->block[k] = l->p;
    if (n < BLOCK) {
        memset(w->rest[k], 0, BLOCK);
        memcpy(w->rest[k], l->p, n);
        w->block[k] = w->rest[k];
    }
    w->total[k] += n;
    w->last[k] = last ? UINT64_MAX : 0;
    l->p += n;
    l->left -= n;
}

static void end(const struct wide *w, struct lane *l, size_t k, size_t size,
                unsigned char *digests) {
    unsigned char d[BLAKE2B_MAX];

    for (size_t i = 0; i < 8; i++)
        bytes_put_le64(d + 8 * i, w->h[i][k]);
    memcpy(digests + l->index * size, d, size);
    l->busy = false;
}

bool blake2b_wide(const unsigned char *p, const size_t *n, size_t count, size_t size,
                  unsigned char *digests) {
    struct wide w = {0};
    struct lane lanes[LANES] = {0};
    size_t given = 0, busy = 0;

    if (!__builtin_cpu_supports("avx2"))
        return false;
    do {
        for (size_t k = 0; k < LANES; k++) {
            struct lane *l = &lanes[k];

            if (!l->busy && given < count) {
                *l = (struct lane){.p = p, .left = n[given], .index = given};
                p += n[given++];
                begin(&w, l, k, size);
                busy++;
            }
            if (l->busy)
                next_block(&w, l, k);
            else
                w.block[k] = w.rest[k]; /* nothing left for it: what comes out is not looked at */
        }
        if (busy)
            compress(&w);
        for (size_t k = 0; k < LANES; k++)
            if (lanes[k].busy && w.last[k]) {
                end(&w, &lanes[k], k, size, digests);
                busy--;
            }
    } while (busy || given < count);
    return true;
}

#else

bool blake2b_wide(const unsigned char *p, const size_t *n, size_t count, size_t size,
                  unsigned char *digests) {
    (void)p, (void)n, (void)count, (void)size, (void)digests;
    return false;
}

#endif
