/* SPDX-License-Identifier: Apache-2.0 */
#include "text/value.h"
#include "unit/cmocka_all.h"

static void refused(struct str text, const char *message) {
    AUTO(arena) a = {0};
    struct err e = {0};
    struct value *v;

    assert_int_equal(value_json(text, "t.json", &a, &v, &e), E_INPUT);
    assert_string_equal(e.msg, message);
    assert_null(v);
}

static void reads_what_it_writes(void **state) {
    (void)state;
    static const char text[] = "{\"z\":[1,-9223372036854775807,true,false,null],"
                               "\"a\":{\"\":\"gr\xc3\xbc\xc3\x9f\\n\\u0001\"},\"b\":[],\"c\":{}}";
    AUTO(arena) a = {0};
    struct err e = {0};
    struct value *v;
    AUTO(buf) out;

    buf_init(&out, 1 << 20);
    assert_int_equal(value_json(STR(text), "t.json", &a, &v, &e), 0);
    value_write_json(v, false, &out);
    assert_string_equal(out.p, text);
    assert_string_equal(value_where(&a, value_get(v, "z")->at), "t.json");
    buf_clear(&out);
    value_write_json(value_get(v, "a"), true, &out);
    assert_string_equal(out.p, "{\n  \"\": \"gr\xc3\xbc\xc3\x9f\\n\\u0001\"\n}\n");
    assert_int_equal(value_json(STR(" 1.5 "), "t", &a, &v, &e), 0);
    assert_int_equal(v->kind, VALUE_STR);
    assert_true(str_is(v->s, "1.5"));
}

static void mistakes_are_named(void **state) {
    (void)state;
    refused(STR("{\"a\":1,\n\"a\":2}"), "t.json:2:3: duplicate object key near '\"a\"'");
    refused(STR("{\"a\":1} x"), "t.json:1:9: end of file expected near 'x'");
    refused(STR("\"\xff\""), "t.json:1:1: unable to decode byte 0xff near '\"'");
    refused(STR("\"\\u0000\""),
            "t.json:1:8: \\u0000 is not allowed without JSON_ALLOW_NUL near '\"\\u0000\"'");
    refused(STR("[123456789012345678901]"), "t.json:1:22: too big integer");
    refused((struct str){0}, "t.json:1:1: unexpected token near end of file");
}

static void bombs_are_refused(void **state) {
    (void)state;
    AUTO(buf) b;

    buf_init(&b, 80 << 20);
    for (int i = 0; i < 100000; i++)
        buf_z(&b, "[");
    refused(buf_get(&b), "t.json:1: nested deeper than 64");
    buf_clear(&b);
    buf_z(&b, "[\n\"[[[\\\"");
    for (int i = 0; i < 5000000; i++)
        buf_z(&b, "[");
    buf_z(&b, "\"");
    for (int i = 0; i < 5000001; i++)
        buf_z(&b, ",1");
    refused(buf_get(&b), "t.json:2: more than 5000000 values");
    buf_clear(&b);
    buf_zero(&b, 65 << 20);
    refused(buf_get(&b), "t.json: larger than 64 MiB");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_writes),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(bombs_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
