/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "unit/cmocka_all.h"

#include <errno.h>
#include <string.h>

static void test_prefix_and_errno(void **state) {
    struct err e = {0};

    (void)state;
    errno = ENOENT;
    assert_int_equal(err_sys(&e, "%s", "icon.png"), E_INPUT);
    assert_string_equal(e.msg, "icon.png: No such file or directory");
    assert_int_equal(e.sys, ENOENT);
    assert_int_equal(err_in(&e, "%s:%d", "slipway.yaml", 3), E_INPUT);
    assert_string_equal(e.msg, "slipway.yaml:3: icon.png: No such file or directory");
    assert_int_equal(err_set(&e, E_SIGN, "again: %s", e.msg), E_SIGN);
    assert_string_equal(e.msg, "again: slipway.yaml:3: icon.png: No such file or directory");
}

static void test_long_messages_are_cut(void **state) {
    char text[3 * ERR_MAX];
    struct err e = {0};

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    err_set(&e, E_INPUT, "%s", text);
    assert_int_equal(strlen(e.msg), ERR_MAX - 1);
    err_in(&e, "%s", text);
    assert_int_equal(strlen(e.msg), ERR_MAX - 1);
    errno = EIO;
    err_sys(&e, "%s", text);
    assert_int_equal(strlen(e.msg), ERR_MAX - 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prefix_and_errno),
        cmocka_unit_test(test_long_messages_are_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
