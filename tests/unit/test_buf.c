/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "unit/cmocka_all.h"

static void test_cap_is_sticky(void **state) {
    struct buf b;
    struct err e = {0};

    (void)state;
    buf_init(&b, 10);
    buf_z(&b, "12345678");
    assert_int_equal(buf_check(&b, "it", &e), OK);
    buf_z(&b, "9ab");
    buf_z(&b, "c");
    assert_int_equal(b.n, 8);
    assert_int_equal(buf_check(&b, "it", &e), E_INPUT);
    assert_string_equal(e.msg, "it is larger than 10 bytes");
    buf_drop(&b);
}

static void test_exactly_full(void **state) {
    struct buf b;

    (void)state;
    buf_init(&b, 4);
    buf_fmt(&b, "%d", 1234);
    assert_false(b.over);
    assert_string_equal(b.p, "1234");
    buf_c(&b, '5');
    assert_true(b.over);
    buf_drop(&b);
}

static void test_secret_grows(void **state) {
    struct buf b;

    (void)state;
    buf_init(&b, 100000);
    b.secret = true;
    for (int i = 0; i < 10000; i++)
        buf_c(&b, (char)('a' + i % 26));
    assert_int_equal(b.n, 10000);
    assert_int_equal(b.p[9999], 'a' + 9999 % 26);
    buf_drop(&b);
    assert_null(b.p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cap_is_sticky),
        cmocka_unit_test(test_exactly_full),
        cmocka_unit_test(test_secret_grows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
