/* SPDX-License-Identifier: Apache-2.0 */
#include "text/value.h"
#include "unit/cmocka_all.h"

#include <string.h>

static struct value *good(struct arena *a, const char *text) {
    struct err e = {0};
    struct value *v;

    if (value_yaml(str_of(text), "t.yaml", a, &v, &e))
        fail_msg("%s", e.msg);
    return v;
}

static void refused(struct str text, const char *message) {
    AUTO(arena) a = {0};
    struct err e = {0};
    struct value *v;

    assert_int_equal(value_yaml(text, "t.yaml", &a, &v, &e), E_RECIPE);
    assert_string_equal(e.msg, message);
    assert_null(v);
}

static void scalars_follow_the_core_schema(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum value_kind kind;
        int64_t i;
    } rows[] = {
        {"yes", VALUE_STR, 0},
        {"No", VALUE_STR, 0},
        {"on", VALUE_STR, 0},
        {"true", VALUE_BOOL, 1},
        {"FALSE", VALUE_BOOL, 0},
        {"tRue", VALUE_STR, 0},
        {"null", VALUE_NULL, 0},
        {"~", VALUE_NULL, 0},
        {"12", VALUE_INT, 12},
        {"-12", VALUE_INT, -12},
        {"+7", VALUE_INT, 7},
        {"0755", VALUE_INT, 755},
        {"0o755", VALUE_INT, 493},
        {"0x1F", VALUE_INT, 31},
        {"1.10", VALUE_STR, 0},
        {"1.2.3", VALUE_STR, 0},
        {"1e3", VALUE_STR, 0},
        {".inf", VALUE_STR, 0},
        {"1_000", VALUE_STR, 0},
        {"9223372036854775807", VALUE_INT, INT64_MAX},
        {"9223372036854775808", VALUE_STR, 0},
        {"\"12\"", VALUE_STR, 0},
        {"'true'", VALUE_STR, 0},
        {"0o8", VALUE_STR, 0},
        {"-", VALUE_LIST, 0},
        {"2026-11-21", VALUE_STR, 0},
    };
    AUTO(arena) a = {0};

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct value *v = good(&a, rows[i].text);

        assert_int_equal(v->kind, rows[i].kind);
        assert_int_equal(v->kind == VALUE_BOOL ? v->b : v->i, rows[i].i);
        if (v->kind != VALUE_LIST && !v->quoted)
            assert_true(str_is(v->s, rows[i].text));
    }
}

static void positions_are_where_it_stands(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct value *v =
        good(&a, "# c\nname: h\xc3\xa9llo\ntargets:\n  - os: linux\n    arch: [x, y]\n");
    const struct value *t = value_find(v, STR("targets.0.arch"));

    assert_string_equal(value_where(&a, t->at), "t.yaml:5:11");
    assert_string_equal(value_where(&a, t->key_at), "t.yaml:5:5");
    assert_string_equal(value_where(&a, t->last->at), "t.yaml:5:15");
    assert_string_equal(value_where(&a, value_get(v, "name")->at), "t.yaml:2:7");
    assert_int_equal(good(&a, "")->kind, VALUE_NULL);
    assert_int_equal(good(&a, "# nothing\n")->kind, VALUE_NULL);
}

static void aliases_are_copies(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct value *v = good(&a, "a: &x [1, 2]\nb: *x\nc: &x 3\nd: *x\n");

    assert_int_equal(value_get(v, "b")->n, 2);
    assert_ptr_not_equal(value_get(v, "b")->child, value_get(v, "a")->child);
    assert_int_equal(value_number(v, "d", 0), 3);
}

static void mistakes_are_named(void **state) {
    (void)state;
    refused(STR("a: 1\nb: 2\na: 3\n"), "t.yaml:3:1: key \"a\" is here twice, first in line 1");
    refused(STR("a: *no\n"), "t.yaml:1:4: no anchor \"no\" before this");
    refused(STR("a: &x [*x]\n"), "t.yaml:1:8: \"x\" would hold itself");
    refused(STR("a: !!str 1\n"), "t.yaml:1:4: tags are not used here");
    refused(STR("a: 1\n---\nb: 2\n"), "t.yaml:2:1: a second document begins here; one is expected");
    refused(STR("ok: 1\nbad: \xff\n"), "t.yaml:2:6: not valid UTF-8");
    refused(STR("a: \0b\n"), "t.yaml:1:4: control characters are not allowed");
    refused(STR("a: [1\n"), "t.yaml:2:1: did not find expected ',' or ']'");
    refused(STR("? [a]\n: 1\n"), "t.yaml:1:3: a key is a plain or quoted word here");
    refused(STR("a: 1\n\tb: 2\n"), "t.yaml:2:1: found a tab character that violates indentation");
}

static void twice_in_a_large_map(void **state) {
    (void)state;
    AUTO(buf) b;

    buf_init(&b, 1 << 20);
    for (int i = 0; i < 40; i++)
        buf_fmt(&b, "k%d: 1\n", i);
    buf_z(&b, "k3: 1\n");
    refused(buf_get(&b), "t.yaml:41:1: key \"k3\" is here twice, first in line 4");
    buf_clear(&b);
    for (int i = 0; i < 40; i++)
        buf_fmt(&b, "k%d: 1\n", i);
    buf_z(&b, "k39: 1\n");
    refused(buf_get(&b), "t.yaml:41:1: key \"k39\" is here twice, first in line 40");
}

static void bombs_are_refused(void **state) {
    (void)state;
    AUTO(buf) b;

    buf_init(&b, 8 << 20);
    buf_z(&b, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++) {
        buf_fmt(&b, "a%d: &a%d [", i, i);
        for (int j = 0; j < 10; j++)
            buf_fmt(&b, "%s*a%d", j ? ", " : "", i - 1);
        buf_z(&b, "]\n");
    }
    refused(buf_get(&b), "t.yaml:5:45: more than 100000 values (aliases count each time)");
    buf_clear(&b);
    for (int i = 0; i < 100000; i++)
        buf_c(&b, '[');
    refused(buf_get(&b), "t.yaml:1:66: nested deeper than 64 levels");
    buf_clear(&b);
    for (int i = 0; i < 5 << 20; i++)
        buf_c(&b, 'x');
    refused(buf_get(&b), "t.yaml: larger than 4 MiB");
    buf_clear(&b);
    for (int i = 0; i < 3 << 20; i++)
        buf_c(&b, 'x');
    buf_z(&b, "\xff");
    refused(buf_get(&b), "t.yaml:1:3145729: not valid UTF-8");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_follow_the_core_schema),
        cmocka_unit_test(positions_are_where_it_stands),
        cmocka_unit_test(aliases_are_copies),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(twice_in_a_large_map),
        cmocka_unit_test(bombs_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
