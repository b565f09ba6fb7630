/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"
#include "unit/cmocka_all.h"

static void test_many_keys(void **state) {
    struct arena a = {0};
    struct map m = {.mem = &a};
    static int value[5000];

    (void)state;
    assert_null(map_get(&m, STR("nothing")));
    for (int i = 0; i < 5000; i++)
        assert_null(map_put(&m, str_fmt(&a, "key-%d", i), &value[i]));
    for (int i = 0; i < 5000; i++)
        assert_ptr_equal(map_get(&m, str_fmt(&a, "key-%d", i)), &value[i]);
    assert_null(map_get(&m, STR("key-5000")));
    assert_int_equal(m.n, 5000);
    arena_drop(&a);
}

static void test_first_one_stays(void **state) {
    struct arena a = {0};
    struct map m = {.mem = &a};
    int one, two;

    (void)state;
    assert_null(map_put(&m, STR(""), &one));
    assert_ptr_equal(map_put(&m, STR(""), &two), &one);
    assert_ptr_equal(map_get(&m, STR("")), &one);
    arena_drop(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_keys),
        cmocka_unit_test(test_first_one_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
