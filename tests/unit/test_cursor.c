/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "base/cursor.h"
#include "unit/cmocka_all.h"

static void test_reads_both_orders(void **state) {
    static const unsigned char b[] = {1, 2, 3, 4, 5, 6, 7, 8, 'h', 'i', 0};
    struct cursor c;

    (void)state;
    cursor_init(&c, b, sizeof b);
    assert_int_equal(cursor_le32(&c), 0x04030201);
    assert_int_equal(cursor_be32(&c), 0x05060708);
    assert_true(str_is(cursor_z(&c), "hi"));
    assert_int_equal(cursor_left(&c), 0);
    assert_false(c.bad);
    assert_int_equal(cursor_u8(&c), 0);
    assert_true(c.bad);
}

static void test_past_the_end_is_sticky(void **state) {
    static const unsigned char b[] = {1, 2, 3};
    struct cursor c;

    (void)state;
    cursor_init(&c, b, sizeof b);
    assert_int_equal(cursor_le64(&c), 0);
    assert_true(c.bad);
    assert_int_equal(cursor_u8(&c), 0);
    assert_int_equal(cursor_left(&c), 0);
    cursor_init(&c, b, sizeof b);
    assert_int_equal(cursor_take(&c, SIZE_MAX).n, 0);
    assert_true(c.bad);
    cursor_init(&c, b, sizeof b);
    assert_int_equal(cursor_z(&c).n, 0);
    assert_true(c.bad);
    cursor_init(&c, b, sizeof b);
    assert_false(cursor_seek(&c, 4));
}

static void test_stores_read_back(void **state) {
    unsigned char b[8];

    (void)state;
    bytes_put_le64(b, 0x1122334455667788u);
    assert_int_equal(bytes_le64(b), 0x1122334455667788u);
    assert_int_equal(b[0], 0x88);
    bytes_put_be64(b, 0x1122334455667788u);
    assert_int_equal(bytes_be64(b), 0x1122334455667788u);
    assert_int_equal(b[0], 0x11);
    bytes_put_be16(b, 0xfffe);
    assert_int_equal(bytes_be16(b), 0xfffe);
    assert_int_equal(bytes_le16(b), 0xfeff);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_both_orders),
        cmocka_unit_test(test_past_the_end_is_sticky),
        cmocka_unit_test(test_stores_read_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
