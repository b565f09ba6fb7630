/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/digest.h"
#include "crypto/rc2.h"
#include "unit/cmocka_all.h"

#include <string.h>

/* RFC 2268, section 5. */
static void test_vectors(void **state) {
    static const struct {
        const char *key;
        unsigned bits;
        const char *plain, *locked;
    } row[] = {
        {"0000000000000000", 63, "0000000000000000", "ebb773f993278eff"},
        {"ffffffffffffffff", 64, "ffffffffffffffff", "278b27e42e2f0d49"},
        {"3000000000000000", 64, "1000000000000001", "30649edf9be7d2c2"},
        {"88", 64, "0000000000000000", "61a8a244adacccf0"},
        {"88bca90e90875a", 64, "0000000000000000", "6ccf4308974c267f"},
        {"88bca90e90875a7f0f79c384627bafb2", 64, "0000000000000000", "1a807d272bbe5db1"},
        {"88bca90e90875a7f0f79c384627bafb2", 128, "0000000000000000", "2269552ab0f85ca6"},
    };
    static const unsigned char none[8];

    (void)state;
    for (size_t i = 0; i < COUNT(row); i++) {
        unsigned char key[16], plain[8], p[8];
        size_t n = strlen(row[i].key) / 2;

        assert_true(digest_unhex(str_of(row[i].key), key, n));
        assert_true(digest_unhex(str_of(row[i].plain), plain, 8));
        assert_true(digest_unhex(str_of(row[i].locked), p, 8));
        rc2_decrypt(key, n, row[i].bits, none, p, 8);
        assert_memory_equal(p, plain, 8);
    }
}

/* In CBC the block before comes on top. */
static void test_chain(void **state) {
    unsigned char key[16], iv[8], p[16], same[16];

    (void)state;
    assert_true(digest_unhex(STR("88bca90e90875a7f0f79c384627bafb2"), key, 16));
    assert_true(digest_unhex(STR("0102030405060708"), iv, 8));
    assert_true(digest_unhex(STR("2269552ab0f85ca62269552ab0f85ca6"), p, 16));
    memcpy(same, p, 16);
    rc2_decrypt(key, 16, 128, iv, p, 16);
    assert_memory_equal(p, iv, 8);
    assert_memory_equal(p + 8, same, 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_chain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
