/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "unit/cmocka_all.h"

static void test_cut_and_split(void **state) {
    struct str s = STR("a/bc//d"), part;

    (void)state;
    part = str_split(&s, '/');
    assert_true(str_is(part, "a"));
    part = str_split(&s, '/');
    assert_true(str_is(part, "bc"));
    part = str_split(&s, '/');
    assert_int_equal(part.n, 0);
    part = str_split(&s, '/');
    assert_true(str_is(part, "d"));
    assert_int_equal(s.n, 0);
    assert_int_equal(str_cut(STR("abc"), 2, 99).n, 1);
    assert_int_equal(str_cut(STR("abc"), 5, 2).n, 0);
    assert_int_equal(str_rfind(STR("a.b.c"), '.'), 3);
    assert_true(str_is(str_trim(STR(" \t x y\n")), "x y"));
    assert_true(str_is(str_trim(STR("  ")), ""));
}

static void test_u64(void **state) {
    uint64_t v = 7;

    (void)state;
    assert_true(str_u64(STR("18446744073709551615"), UINT64_MAX, &v));
    assert_true(v == UINT64_MAX);
    assert_false(str_u64(STR("18446744073709551616"), UINT64_MAX, &v));
    assert_false(str_u64(STR("256"), 255, &v));
    assert_false(str_u64(STR(""), 255, &v));
    assert_false(str_u64(STR("-1"), 255, &v));
    assert_false(str_u64(STR("1 "), 255, &v));
    assert_true(v == UINT64_MAX);
}

static void test_utf8(void **state) {
    static const char *const good[] = {
        "", "a", "ä", "\xe2\x82\xac", "\xf0\x9f\x9a\xa2", "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80",
                                      "\xc0\x80",
                                      "\xc3",
                                      "\xed\xa0\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xe2\x82",
                                      "\xf8\x88\x80\x80\x80",
                                      "\xe0\x80\x80"};

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(str_utf8(str_of(good[i])));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(str_utf8(str_of(bad[i])));
}

static void test_distance(void **state) {
    (void)state;
    assert_int_equal(str_distance(STR("formts"), STR("formats")), 1);
    assert_int_equal(str_distance(STR("from"), STR("form")), 1);
    assert_int_equal(str_distance(STR(""), STR("abc")), 3);
    assert_int_equal(str_distance(STR("same"), STR("same")), 0);
    assert_true(str_distance(STR("kitten"), STR("sitting")) == 3);
}

static void test_order(void **state) {
    (void)state;
    assert_true(str_cmp(STR("a"), STR("ab")) < 0);
    assert_true(str_cmp(STR("a\xff"), STR("ab")) > 0);
    assert_int_equal(str_cmp(STR(""), (struct str){0}), 0);
    assert_true(str_has(STR("haystack"), "yst"));
    assert_false(str_has(STR("hay"), "haystack"));
    assert_true(str_ends(STR("x.deb"), ".deb"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_and_split), cmocka_unit_test(test_u64),
        cmocka_unit_test(test_utf8),          cmocka_unit_test(test_distance),
        cmocka_unit_test(test_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
