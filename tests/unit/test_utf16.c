/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf16.h"
#include "unit/cmocka_all.h"

#include <string.h>

#define BYTES(lit) ((struct str){(lit), sizeof(lit) - 1})

static void same(struct str got, struct str want) {
    assert_int_equal(got.n, want.n);
    assert_memory_equal(got.p, want.p, want.n);
}

static void both_ways(void **state) {
    AUTO(arena) mem = {0};
    struct str text = STR("a\xc3\x9f\xe2\x82\xac\xf0\x9f\x9a\x80.");

    (void)state;
    same(utf16_le(&mem, text), BYTES("a\0\xdf\0\xac\x20\x3d\xd8\x80\xde.\0"));
    same(utf16_be(&mem, text), BYTES("\0a\0\xdf\x20\xac\xd8\x3d\xde\x80\0."));
    same(utf16_text(&mem, utf16_le(&mem, text), false), text);
    same(utf16_text(&mem, utf16_be(&mem, text), true), text);
    same(utf16_le(&mem, STR("")), STR(""));
}

static void what_is_none_becomes_the_replacement(void **state) {
    static const char *const bad[] = {"\x80",
                                      "\xc3",
                                      "\xc0\x80",
                                      "\xe0\x80\x80",
                                      "\xed\xa0\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xf4\x90\x80\x80"};
    AUTO(arena) mem = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct str got = utf16_be(&mem, str_fmt(&mem, "%s!", bad[i]));

        assert_true(got.n >= 4);
        assert_memory_equal(got.p, "\xff\xfd", 2);
        assert_memory_equal(got.p + got.n - 2, "\0!", 2);
    }
    same(utf16_text(&mem, BYTES("\xd8\x3d\0!\xde\x80\0"), true), STR("\xef\xbf\xbd!\xef\xbf\xbd"));
    same(utf16_text(&mem, BYTES("\xd8\x3d"), true), STR("\xef\xbf\xbd"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(both_ways),
                                       cmocka_unit_test(what_is_none_becomes_the_replacement)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
