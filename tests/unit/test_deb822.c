/* SPDX-License-Identifier: Apache-2.0 */
#include "text/deb822.h"
#include "unit/cmocka_all.h"

static void folds_long_values(void **state) {
    (void)state;
    AUTO(buf) out;

    buf_init(&out, 1000);
    deb822_put(&out, "Package", STR("hello"));
    deb822_put(&out, "Depends", (struct str){0});
    deb822_put(&out, "Description", STR("says hello\nIt does.\n\n  Even this. \n\n"));
    deb822_put(&out, "Conffiles", STR("\n/etc/a\n/etc/b"));
    assert_string_equal(out.p, "Package: hello\n"
                               "Description: says hello\n It does.\n .\n   Even this.\n"
                               "Conffiles:\n /etc/a\n /etc/b\n");
}

static void reads_what_it_writes(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct err e = {0};
    struct deb822_para *p;
    size_t n;

    assert_int_equal(deb822_read(STR("\nA: 1\nB:  x  \n y\n .\n   z\n\n\nC:\n d"), "control", &a,
                                 &p, &n, &e),
                     0);
    assert_int_equal(n, 2);
    assert_int_equal(p[0].n, 2);
    assert_int_equal(p[1].v[0].line, 9);
    assert_true(str_is(deb822_get(&p[0], "b"), "x\ny\n\n  z"));
    assert_true(str_is(deb822_get(&p[1], "C"), "\nd"));
    assert_int_equal(deb822_get(&p[1], "A").n, 0);
    assert_int_equal(deb822_read((struct str){0}, "control", &a, &p, &n, &e), 0);
    assert_int_equal(n, 0);
}

static void refused(struct str text, const char *message) {
    AUTO(arena) a = {0};
    struct err e = {0};
    struct deb822_para *p;
    size_t n;

    assert_int_equal(deb822_read(text, "control", &a, &p, &n, &e), E_INPUT);
    assert_string_equal(e.msg, message);
}

static void mistakes_are_named(void **state) {
    (void)state;
    refused(STR("A: 1\nno field\n"), "control:2: not a field (\"Name: value\")");
    refused(STR(" a\n"), "control:1: a continuation line without a field before it");
    refused(STR("A: 1\n\n b\n"), "control:3: a continuation line without a field before it");
    refused(STR("A: 1\na: 2\n"), "control:2: field a is here twice");
    refused(STR("A b: 1\n"), "control:1: a field's name has printable ASCII characters only");
    refused(STR("A: \0\n"), "control: has a NUL byte");
    refused(STR("#A: 1\n"), "control:1: not a field (\"Name: value\")");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds_long_values),
        cmocka_unit_test(reads_what_it_writes),
        cmocka_unit_test(mistakes_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
