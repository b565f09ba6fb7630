/* SPDX-License-Identifier: Apache-2.0 */
#include "io/blockcodec.h"
#include "unit/cmocka_all.h"

#include <string.h>

enum { SIZE = 8192 };

static void fill(unsigned char *p) {
    for (unsigned i = 0; i < SIZE; i++)
        p[i] = (unsigned char)(i % 97 * (i / 1000));
}

static void blocks_come_back(void **state) {
    unsigned char in[SIZE], packed[SIZE], out[SIZE];

    (void)state;
    fill(in);
    for (enum blockcodec_kind kind = BLOCKCODEC_GZIP; kind <= BLOCKCODEC_ZSTD; kind++) {
        struct blockcodec_opts o = {.kind = kind, .block = SIZE, .filter = CODEC_BCJ_X86};
        struct blockcodec *c;
        struct err e = {0};
        size_t k, n;

        assert_int_equal(blockcodec_new(&c, &o, &e), OK);
        for (size_t size = 1; size <= SIZE; size *= 2) {
            assert_int_equal(blockcodec_pack(c, in, size, packed, &k, &e), OK);
            assert_true(k < size);
            if (!k)
                continue;
            assert_int_equal(blockcodec_unpack(c, packed, k, out, size, &n, &e), OK);
            assert_int_equal(n, size);
            assert_memory_equal(in, out, size);
            /* One byte less room, and one byte less or more of the block. */
            assert_int_equal(blockcodec_unpack(c, packed, k, out, size - 1, &n, &e), E_INPUT);
            assert_int_equal(blockcodec_unpack(c, packed, k - 1, out, size, &n, &e), E_INPUT);
            packed[k] = 0;
            assert_int_equal(blockcodec_unpack(c, packed, k + 1, out, size, &n, &e), E_INPUT);
        }
        blockcodec_free(c);
    }
}

static void rounded_blocks_say_the_same(void **state) {
    struct blockcodec_opts o = {.kind = BLOCKCODEC_ZSTD, .block = SIZE};
    unsigned char in[SIZE], packed[SIZE], longer[SIZE], out[SIZE];
    struct blockcodec *c;
    struct err e = {0};
    size_t k, n;

    (void)state;
    fill(in);
    assert_int_equal(blockcodec_new(&c, &o, &e), OK);
    for (size_t size = 200; size <= SIZE; size += 333) {
        assert_int_equal(blockcodec_pack(c, in, size, packed, &k, &e), OK);
        for (size_t step = 1; step < 80 && k; step++) {
            size_t round = k;

            memcpy(longer, packed, k);
            blockcodec_round(c, longer, &round, size, sizeof longer, step);
            if (size >= 256)
                assert_int_equal(round, (k + step - 1) / step * step);
            assert_int_equal(blockcodec_unpack(c, longer, round, out, size, &n, &e), OK);
            assert_int_equal(n, size);
            assert_memory_equal(in, out, size);
            round = k;
            blockcodec_round(c, longer, &round, size, k, step);
            assert_int_equal(round, k); /* no room */
        }
    }
    blockcodec_free(c);
}

static void levels_are_known(void **state) {
    struct blockcodec_opts o = {.kind = BLOCKCODEC_GZIP, .level = 10};
    struct blockcodec *c;
    struct err e = {0};

    (void)state;
    assert_int_equal(blockcodec_new(&c, &o, &e), E_BUG);
    assert_null(c);
    assert_int_equal(blockcodec_level(BLOCKCODEC_ZSTD), 15);
    assert_true(blockcodec_level_ok(BLOCKCODEC_LZ4, 12));
    assert_false(blockcodec_level_ok(BLOCKCODEC_XZ, -1));
    assert_string_equal(blockcodec_name(BLOCKCODEC_LZ4), "lz4");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_come_back),
        cmocka_unit_test(rounded_blocks_say_the_same),
        cmocka_unit_test(levels_are_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
