/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "unit/cmocka_all.h"

#include <string.h>

static void test_zeroed_and_aligned(void **state) {
    struct arena a = {0};

    (void)state;
    for (size_t n = 0; n < 3000; n++) {
        unsigned char *p = arena_alloc(&a, n);

        assert_true((uintptr_t)p % sizeof(void *) == 0);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xff, n);
    }
    arena_drop(&a);
    assert_int_equal(a.used, 0);
}

static void test_large_piece_keeps_the_open_block(void **state) {
    struct arena a = {0};
    char *first = arena_dup(&a, "one", 3), *big = arena_alloc(&a, 1 << 20);
    char *second = arena_dup(&a, "two", 3);

    (void)state;
    memset(big, 1, 1 << 20);
    assert_string_equal(first, "one");
    assert_string_equal(second, "two");
    assert_true(second - first < 4096 && second > first);
    arena_drop(&a);
}

static void test_grow_keeps_elements(void **state) {
    struct arena a = {0};
    size_t room = 0;
    int *v = NULL;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        v = arena_grow(&a, v, (size_t)i, (size_t)i + 1, sizeof *v, &room);
        v[i] = i;
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(v[i], i);
    arena_drop(&a);
}

/* Small ones move, large ones take their place along, whatever came into being meanwhile. */
static void test_regrow_gives_the_old_array_back(void **state) {
    struct arena a = {0};
    size_t room = 0;
    int *v = NULL;

    (void)state;
    for (int i = 0; i < 300000; i++) {
        v = arena_regrow(&a, v, (size_t)i, (size_t)i + 1, sizeof *v, &room);
        v[i] = i;
        if (i % 1000 == 0)
            memset(arena_alloc(&a, 5000), 0xff, 5000);
    }
    for (int i = 0; i < 300000; i++)
        assert_int_equal(v[i], i);
    assert_true(a.used < room * sizeof *v + 300 * 5008 + 128 * 1024);
    arena_drop(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zeroed_and_aligned),
        cmocka_unit_test(test_large_piece_keeps_the_open_block),
        cmocka_unit_test(test_grow_keeps_elements),
        cmocka_unit_test(test_regrow_gives_the_old_array_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
