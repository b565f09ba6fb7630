/* SPDX-License-Identifier: Apache-2.0 */
#include "model/flaw.h"
#include "model/recipe.h"
#include "model/schema.h"
#include "unit/cmocka_all.h"

#include <string.h>

static int no_x(struct str s, struct err *e) {
    return str_has(s, "x") ? err_set(e, E_RECIPE, "it has an x") : OK;
}

static const char *const words[] = {"linux", "windows", "macos", NULL};
static const struct schema item[] = {{.kind = SCHEMA_STR}, {0}};
static const struct schema row_keys[] = {
    {.key = "from", .kind = SCHEMA_STR, .flags = SCHEMA_REQUIRED},
    {.key = "mode", .kind = SCHEMA_STR, .flags = SCHEMA_QUOTED},
    {0}};
static const struct schema row[] = {{.kind = SCHEMA_MAP, .sub = row_keys}, {0}};
static const struct schema dir_keys[] = {
    {.key = "path", .kind = SCHEMA_STR, .flags = SCHEMA_REQUIRED}, {0}};
static const struct schema picks[] = {{.key = "dir", .kind = SCHEMA_MAP, .sub = dir_keys},
                                      {.key = "none", .kind = SCHEMA_MAP},
                                      {0}};
static const struct schema pick[] = {{.kind = SCHEMA_PICK, .pattern = "to", .sub = picks}, {0}};
static const struct schema table[] = {
    {.key = "name", .kind = SCHEMA_STR, .flags = SCHEMA_REQUIRED, .check = no_x},
    {.key = "text", .kind = SCHEMA_STR, .flags = SCHEMA_LINES},
    {.key = "os", .kind = SCHEMA_WORD, .words = words},
    {.key = "level", .kind = SCHEMA_INT, .min = 1, .max = 9},
    {.key = "strip", .kind = SCHEMA_BOOL},
    {.key = "list", .kind = SCHEMA_LIST, .flags = SCHEMA_ONE_OR_LIST, .sub = item},
    {.key = "full", .kind = SCHEMA_LIST, .min = 1, .sub = item},
    {.key = "rows", .kind = SCHEMA_LIST, .sub = row},
    {.key = "env", .kind = SCHEMA_DICT, .sub = item},
    {.key = "run", .kind = SCHEMA_STR, .flags = SCHEMA_OR_LIST, .sub = item},
    {.key = "publish", .kind = SCHEMA_LIST, .sub = pick},
    {0}};

struct checked {
    struct arena mem;
    struct value *v;
    char lines[20000];
};

static void check(struct checked *c, const char *yaml) {
    struct flaws flaws = {.mem = &c->mem};
    struct report r = {.mem = &c->mem};
    struct err e = {0};

    c->lines[0] = '\0';
    if (value_yaml(str_of(yaml), "r", &c->mem, &c->v, &e))
        fail_msg("%s", e.msg);
    schema_check(c->v, table, "", &flaws);
    flaw_tell(&flaws, &r);
    for (size_t i = 0; i < r.n; i++) {
        strncat(c->lines, r.line[i].p, r.line[i].n);
        strcat(c->lines, "\n");
    }
}

static void wants(const char *yaml, const char *lines) {
    struct checked c = {0};

    check(&c, yaml);
    assert_string_equal(c.lines, lines);
    arena_drop(&c.mem);
}

static void test_unknown(void **state) {
    (void)state;
    wants("name: a\nlisst: [b]\n", "r:2:1: unknown key \"lisst\"; did you mean \"list\"?\n");
    wants("name: a\nsomething: [b]\n", "r:2:1: unknown key \"something\"\n");
    wants("name: a\nrows:\n  - from: b\n    mod: c\n",
          "r:4:5: unknown key \"mod\" in rows[0]; did you mean \"mode\"?\n");
    wants("name: a\nproductName: a\n", "r:2:1: unknown key \"productName\"\n");
    wants("name: a\nrows:\n  - source: a\n",
          "r:3:5: unknown key \"source\" in rows[0]; did you mean \"from\"?\n");
    wants("nam: a\n", "r:1:1: unknown key \"nam\"; did you mean \"name\"?\n");
    wants("{}\n", "r:1:1: key \"name\" is missing\n");
    wants("name: a\nrows: [{}, {mode: b}]\n", "r:2:8: key \"from\" is missing in rows[0]\n"
                                              "r:2:12: key \"from\" is missing in rows[1]\n");
}

static void test_kinds(void **state) {
    (void)state;
    wants("name: [a]\n", "r:1:7: name must be a string, not a list\n");
    wants("name:\n", "r:1:6: name has no value; a string is expected\n");
    wants("name: a\nstrip: \"yes\"\n", "r:2:8: strip must be true or false, not a string\n");
    wants("name: a\nlevel: x\n", "r:2:8: level must be a number, not a string\n");
    wants("name: a\nlevel: 10\n", "r:2:8: level must be between 1 and 9\n");
    wants("name: a\nlist: {b: c}\n", "r:2:7: list[0] must be a string, not a map\n");
    wants("name: a\nfull: []\n", "r:2:7: full is empty\n");
    wants("name: a\nrows: [b]\n", "r:2:8: rows must be a map, not a string\n");
    wants("name: a\nenv: [b]\n", "r:2:6: env must be a map, not a list\n");
    wants("name: a\nenv: {b: [c]}\n", "r:2:10: b in env must be a string, not a list\n");
    wants("name: a\nrun: {b: c}\n",
          "r:2:6: run must be a string or a list of strings, not a map\n");
    wants("name: a\nrows: [{from: b, mode: 0755}]\n",
          "r:2:24: mode in rows[0] must be a string; write it in quotes: \"0755\"\n");
}

static void test_texts(void **state) {
    (void)state;
    wants("name: axe\n", "r:1:7: bad name \"axe\"; it has an x\n");
    wants("name: \"a\\nb\"\n", "r:1:7: name must be one line without control characters\n");
    wants("name: a\ntext: \"a\\nb\"\n", "");
    wants("name: a\ntext: \"a\\x1bb\"\n", "r:2:7: text holds control characters\n");
    wants("name: a\nos: linus\n",
          "r:2:5: unknown word \"linus\" for os; did you mean \"linux\"?\n");
    wants("name: a\nos: beos\n",
          "r:2:5: unknown word \"beos\" for os; it is one of linux, windows, macos\n");
}

static void test_pick(void **state) {
    (void)state;
    wants("name: a\npublish: [{to: dir, path: x}, {to: none}]\n", "");
    wants("name: a\npublish: [{to: dri, path: x}, {path: x}, {to: dir}, {to: none, path: x}]\n",
          "r:2:16: unknown word \"dri\" for to in publish[0]; did you mean \"dir\"?\n"
          "r:2:31: key \"to\" is missing in publish[1]\n"
          "r:2:42: key \"path\" is missing in publish[2]\n"
          "r:2:64: unknown key \"path\" in publish[3]\n");
}

static void test_normal_forms(void **state) {
    struct checked c = {0};

    (void)state;
    check(&c, "name: 1\nlist: b\nrun: [true, 2]\nfoo: 1\nos: beos\n");
    assert_true(str_is(value_text(c.v, "name"), "1"));
    assert_int_equal(value_get(c.v, "list")->kind, VALUE_LIST);
    assert_true(str_is(value_find(c.v, STR("list.0"))->s, "b"));
    assert_int_equal(value_find(c.v, STR("run.0"))->kind, VALUE_STR);
    assert_null(value_get(c.v, "foo")); /* what is wrong reads as absent */
    assert_null(value_get(c.v, "os"));
    arena_drop(&c.mem);
}

static void test_told_once_and_in_order(void **state) {
    (void)state;
    wants("rows:\n  - &a {form: b}\n  - *a\nname: axe\n",
          "r:2:9: unknown key \"form\" in rows[0]; did you mean \"from\"?\n"
          "r:4:7: bad name \"axe\"; it has an x\n");
}

static void test_many(void **state) {
    struct flaws f = {0};
    struct arena mem = {0};
    struct report r = {.mem = &mem};

    (void)state;
    f.mem = &mem;
    f.first_file = "b";
    flaw_add(&f, (struct pos){"a", 1, 1}, "x", "third");
    for (unsigned i = 0; i < 3 * FLAW_MAX; i++)
        flaw_add(&f, (struct pos){"b", 9 + i / 2, 1}, "x", "twice");
    flaw_add(&f, (struct pos){"b", 1, 1}, "x", "too late to be kept");
    assert_true(flaw_many(&f));
    assert_int_equal(flaw_tell(&f, &r), FLAW_MAX / 2 + 1 + 2 * FLAW_MAX + 2);
    assert_string_equal(r.line[0].p, "b:9:1: twice");
    arena_drop(&mem);
}

static void test_sections(void **state) {
    struct arena mem = {0};
    struct value *v;
    struct err e = {0};
    struct recipe r = {.file = "r"};
    struct target t = {0};

    (void)state;
    assert_int_equal(value_yaml(STR("deb: {a: 1, b: 2}\nsign: {openpgp: {key: k}}\n"
                                    "target: {deb: {b: 3}}\n"),
                                "r", &mem, &v, &e),
                     0);
    r.root = v;
    t.root = value_get(v, "target");
    assert_int_equal(value_number(recipe_section(&r, NULL, "deb", &mem), "b", 0), 2);
    assert_int_equal(value_number(recipe_section(&r, &t, "deb", &mem), "b", 0), 3);
    assert_int_equal(value_number(recipe_section(&r, &t, "deb", &mem), "a", 0), 1);
    assert_int_equal(value_number(value_get(v, "deb"), "b", 0), 2); /* untouched */
    assert_true(str_is(value_text(recipe_section(&r, &t, "openpgp", &mem), "key"), "k"));
    assert_null(recipe_section(&r, &t, "rpm", &mem));
    assert_string_equal(recipe_where(&r, (struct pos){0}, &mem), "r");
    assert_string_equal(recipe_where(&r, (struct pos){"q", 2, 3}, &mem), "q:2:3");
    arena_drop(&mem);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unknown),      cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_texts),        cmocka_unit_test(test_pick),
        cmocka_unit_test(test_normal_forms), cmocka_unit_test(test_told_once_and_in_order),
        cmocka_unit_test(test_many),         cmocka_unit_test(test_sections),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
