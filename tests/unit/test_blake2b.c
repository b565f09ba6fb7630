/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/blake2b.h"
#include "crypto/digest.h"
#include "unit/cmocka_all.h"

#include <string.h>

static const char *hex(struct arena *a, const void *p, size_t n, size_t size) {
    unsigned char d[BLAKE2B_MAX];

    blake2b(p, n, d, size);
    return str_z(a, digest_hex(a, d, size));
}

/* RFC 7693, appendix A, and the empty string of its reference code. */
static void known_answers(void **state) {
    (void)state;
    AUTO(arena) a = {0};

    assert_string_equal(hex(&a, "abc", 3, 64),
                        "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                        "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
    assert_string_equal(hex(&a, "", 0, 64),
                        "786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419"
                        "d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce");
}

/* RFC 7693, appendix E: digests of every kind of length, digested. Without its keyed half; the
 * answers come from the reference code in Python's hashlib. */
static void sequence(unsigned char *p, size_t n, uint32_t seed) {
    uint32_t x = 0xdead4bad * seed, y = 1;

    for (size_t i = 0; i < n; i++) {
        uint32_t t = x + y;

        x = y;
        y = t;
        p[i] = (unsigned char)(t >> 24);
    }
}

static void every_length(void **state) {
    (void)state;
    static const size_t sizes[] = {20, 32, 48, 64};
    static const size_t lengths[] = {0, 3, 128, 129, 255, 1024};
    AUTO(arena) a = {0};
    unsigned char in[1024], all[2000], *at = all;

    for (size_t i = 0; i < COUNT(sizes); i++)
        for (size_t k = 0; k < COUNT(lengths); k++) {
            sequence(in, lengths[k], (uint32_t)lengths[k]);
            blake2b(in, lengths[k], at, sizes[i]);
            at += sizes[i];
        }
    assert_string_equal(hex(&a, all, (size_t)(at - all), 32),
                        "681f345ad53c6360214ea500fd259edddbca775f605fad81b9b189d6d88e15c6");
    assert_string_equal(hex(&a, "abc", 3, 18), "1748a777d8414171b3a34700dd037d955af5");
    assert_string_equal(hex(&a, "abc", 3, 1), "6b");
}

/* Pieces of every length, so that the lanes of a vector begin and end at different times. */
static void rows_are_what_single_ones_are(void **state) {
    (void)state;
    enum { COUNT_MAX = 40 };
    static unsigned char in[COUNT_MAX * 700], row[COUNT_MAX][18];
    size_t n[COUNT_MAX] = {0};

    sequence(in, sizeof in, 7);
    for (size_t count = 0; count < COUNT_MAX; count++) {
        const unsigned char *at = in;

        for (size_t i = 0; i < count; i++)
            n[i] = i * i * 37 % 700 * (i % 5 != 3);
        blake2b_row(in, n, count, 18, row[0]);
        for (size_t i = 0; i < count; at += n[i], i++) {
            unsigned char one[18];

            blake2b(at, n[i], one, sizeof one);
            assert_memory_equal(row[i], one, sizeof one);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(every_length),
        cmocka_unit_test(rows_are_what_single_ones_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
