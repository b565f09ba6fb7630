/* SPDX-License-Identifier: Apache-2.0 */
#include "base/report.h"
#include "unit/cmocka_all.h"

static void test_counts_what_it_drops(void **state) {
    struct arena a = {0};
    struct report r = {.mem = &a};

    (void)state;
    for (int i = 0; i < REPORT_MAX + 5; i++)
        report_add(&r, "line %d", i);
    assert_int_equal(r.n, REPORT_MAX);
    assert_int_equal(r.total, REPORT_MAX + 5);
    assert_true(str_is(r.line[0], "line 0"));
    assert_true(str_is(r.line[REPORT_MAX - 1], "line 199"));
    arena_drop(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_counts_what_it_drops)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
