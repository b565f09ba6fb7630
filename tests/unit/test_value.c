/* SPDX-License-Identifier: Apache-2.0 */
#include "text/value.h"
#include "unit/cmocka_all.h"

#include <string.h>

static void expect(const struct value *v, bool yaml, const char *text) {
    AUTO(buf) out;

    buf_init(&out, 1 << 20);
    if (yaml)
        value_write_yaml(v, &out);
    else
        value_write_json(v, false, &out);
    assert_string_equal(out.p, text);
}

static void builds_and_finds(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct value *m = value_new(&a, VALUE_MAP), *l = value_new(&a, VALUE_LIST);

    value_set(&a, m, "one", value_int(&a, 1));
    value_set(&a, m, "two", l);
    value_set(&a, m, "three", value_bool(&a, true));
    value_add(l, value_str(&a, STR("x")));
    value_add(l, value_str(&a, STR("y")));
    value_set(&a, m, "three", value_str(&a, STR("z")));
    value_set(&a, m, "one", value_int(&a, -7));
    assert_int_equal(m->n, 3);
    expect(m, false, "{\"one\":-7,\"two\":[\"x\",\"y\"],\"three\":\"z\"}");
    value_set(&a, m, "four", value_new(&a, VALUE_NULL));
    expect(m, false, "{\"one\":-7,\"two\":[\"x\",\"y\"],\"three\":\"z\",\"four\":null}");
    assert_true(str_is(value_find(m, STR("two.1"))->s, "y"));
    assert_null(value_find(m, STR("two.2")));
    assert_null(value_find(m, STR("two.x")));
    assert_null(value_find(m, STR("one.two")));
    assert_int_equal(value_number(m, "one", 5), -7);
    assert_int_equal(value_number(m, "three", 5), 5);
    assert_true(value_flag(m, "three", true));
    assert_int_equal(value_text(m, "one").n, 0);
}

static void copies_are_deep(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct value *m = value_new(&a, VALUE_MAP), *c;

    value_set(&a, m, "l", value_new(&a, VALUE_LIST));
    c = value_copy(&a, m);
    value_add(c->child, value_str(&a, STR("only in the copy")));
    expect(m, false, "{\"l\":[]}");
    expect(c, false, "{\"l\":[\"only in the copy\"]}");
}

static void json_strings_are_always_json(void **state) {
    (void)state;
    AUTO(arena) a = {0};

    expect(value_str(&a, STR("a\"\\\n\t\x01\x7f/\0b")), false,
           "\"a\\\"\\\\\\n\\t\\u0001\\u007f/\\u0000b\"");
    expect(value_str(&a, STR("gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80")), false,
           "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\"");
    /* Latin-1, a cut character, a surrogate, an overlong slash */
    expect(value_str(&a, STR("\xfc|\xc3|\xed\xa0\x80|\xc0\xaf")), false,
           "\"\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|"
           "\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void same(const struct value *x, const struct value *y) {
    const struct value *q = y->child;

    assert_int_equal(x->kind, y->kind);
    assert_true(str_eq(x->key, y->key));
    assert_int_equal(x->n, y->n);
    if (x->kind == VALUE_STR)
        assert_true(str_eq(x->s, y->s));
    if (x->kind == VALUE_INT)
        assert_int_equal(x->i, y->i);
    for (const struct value *p = x->child; p; p = p->next, q = q->next)
        same(p, q);
}

static void yaml_reads_back_the_same(void **state) {
    (void)state;
    static const char *const hard[] = {"",
                                       " ",
                                       "a ",
                                       "no",
                                       "Yes",
                                       "null",
                                       "~",
                                       "1.2.3",
                                       "0x1F",
                                       "1:30",
                                       "a: b",
                                       "a #b",
                                       "- a",
                                       "[x]",
                                       "{x}",
                                       "a\nb",
                                       "a\nb\n",
                                       "a\n\nb\n",
                                       "a\n\n",
                                       "\na",
                                       " a\nb",
                                       "a \nb",
                                       "\ta",
                                       "a\tb",
                                       "'",
                                       "\"",
                                       "*x",
                                       "&x",
                                       "!x",
                                       "%x",
                                       "@x",
                                       "`x",
                                       "---",
                                       "...",
                                       "2026-11-21",
                                       "a\r\nb",
                                       "\xc2\x85",
                                       "key:",
                                       "# no\nx",
                                       "| x",
                                       "https://example.com/a?b=c&d",
                                       "\xe2\x80\xa8",
                                       "gr\xc3\xbc\xc3\x9f",
                                       "\x01",
                                       "<<",
                                       "="};
    AUTO(arena) a = {0};
    struct err e = {0};
    struct value *m = value_new(&a, VALUE_MAP), *l = value_new(&a, VALUE_LIST), *back;
    char longkey[1500];
    AUTO(buf) out;

    buf_init(&out, 1 << 20);
    memset(longkey, 'k', sizeof longkey);
    longkey[sizeof longkey - 1] = 0;
    value_set(&a, m, "list", l);
    for (size_t i = 0; i < COUNT(hard); i++) {
        value_add(l, value_str(&a, str_of(hard[i])));
        value_set(&a, m, hard[i], value_str(&a, str_of(hard[i])));
        value_set(&a, m, arena_fmt(&a, "n%zu", i), value_copy(&a, i % 2 ? m : l));
        if (i > 4)
            break;
    }
    for (size_t i = 0; i < COUNT(hard); i++) {
        struct value *inner = value_new(&a, VALUE_MAP);

        value_set(&a, inner, hard[i], value_str(&a, str_of(hard[i])));
        value_set(&a, inner, "z", value_str(&a, str_of(hard[i])));
        value_add(l, inner);
    }
    value_set(&a, m, longkey, value_copy(&a, l));
    value_set(&a, m, "int", value_int(&a, INT64_MIN + 1));
    value_set(&a, m, "empty", value_new(&a, VALUE_MAP));
    value_set(&a, m, "null", value_new(&a, VALUE_NULL));
    value_set(&a, m, "true", value_bool(&a, true));
    value_write_yaml(m, &out);
    if (value_yaml(buf_get(&out), "t", &a, &back, &e))
        fail_msg("%s", e.msg);
    same(m, back);
}

static void yaml_looks_like_yaml(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct value *m = value_new(&a, VALUE_MAP), *l = value_new(&a, VALUE_LIST),
                 *i = value_new(&a, VALUE_MAP);

    value_set(&a, m, "url", value_str(&a, STR("https://example.com/x.deb")));
    value_set(&a, m, "version", value_str(&a, STR("1.10")));
    value_set(&a, i, "text", value_str(&a, STR("one\n\ntwo\n")));
    value_set(&a, i, "size", value_int(&a, 12));
    value_add(l, i);
    value_set(&a, m, "files", l);
    expect(m, true,
           "url: https://example.com/x.deb\n"
           "version: \"1.10\"\n"
           "files:\n"
           "  - text: |\n"
           "      one\n"
           "\n"
           "      two\n"
           "    size: 12\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builds_and_finds),
        cmocka_unit_test(copies_are_deep),
        cmocka_unit_test(json_strings_are_always_json),
        cmocka_unit_test(yaml_reads_back_the_same),
        cmocka_unit_test(yaml_looks_like_yaml),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
