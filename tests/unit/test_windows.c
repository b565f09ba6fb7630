/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/windows.h"
#include "unit/cmocka_all.h"

#include <string.h>

static void fine(const char *path) {
    struct err e = {0};

    if (windows_path_ok(str_of(path), &e))
        fail_msg("%s: %s", path, e.msg);
}

static void refused(const char *path, const char *why) {
    struct err e = {0};

    if (windows_path_ok(str_of(path), &e) != E_RECIPE || !strstr(e.msg, why))
        fail_msg("%s: \"%s\" should say \"%s\"", path, e.msg, why);
}

static void names(void **state) {
    (void)state;
    fine("bin/hello.exe");
    fine("a b/.hidden/ü日本/x $${FOO}'`&%.txt");
    fine("console/com/com10/lpt/auxiliary.c/nul_");
    refused("a/con", "device");
    refused("NUL.tar.gz", "device");
    refused("x/Com1.txt", "device");
    refused("lpt\xc2\xb9", "device");
    refused("aux .h", "device");
    refused("conin$", "device");
    refused("a:b", "cannot have a :");
    refused("a\\b", "cannot have a \\");
    refused("x/what?", "cannot have a ?");
    refused("tab\there", "control");
    refused("end./x", "end with a dot");
    refused("x/end ", "end with a blank");
}

static void titles(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct recipe r = {.name = STR("app")};

    r.title = STR("WebRTC Desktop Host");
    assert_true(str_is(windows_file_title(&r, &a), "WebRTC Desktop Host"));
    r.title = STR("A/B: \"C\" <ü>.");
    assert_true(str_is(windows_file_title(&r, &a), "A B C ü"));
    r.title = STR("???");
    assert_true(str_is(windows_file_title(&r, &a), "app"));
    r.title = STR("Con");
    assert_true(str_is(windows_file_title(&r, &a), "app"));
}

static void versions(void **state) {
    (void)state;
    struct recipe r = {.file = "slipway.yaml", .version = STR("1.65535.3-beta.4+b5")};
    struct err e = {0};
    uint16_t v[4];

    assert_int_equal(windows_version(&r, v, &e), 0);
    assert_int_equal(v[0], 1);
    assert_int_equal(v[1], 65535);
    assert_int_equal(v[2], 3);
    assert_int_equal(v[3], 0);
    r.version = STR("1.65536.0");
    assert_int_equal(windows_version(&r, v, &e), E_RECIPE);
}

static void lengths(void **state) {
    (void)state;
    assert_int_equal(windows_length(STR("aü日")), 3);
    assert_int_equal(windows_length(STR("\xf0\x9f\x9a\x80")), 2); /* a surrogate pair */
}

/* The example of RFC 9562, A.4. */
static void uuids(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct err e = {0};
    struct str got;

    assert_int_equal(windows_uuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8", STR("www.example.com"),
                                  &a, &got, &e),
                     0);
    assert_true(str_is(got, "2ed6657d-e927-568b-95e1-2665a8aea6a2"));
    assert_int_equal(windows_uuid("no", STR("x"), &a, &got, &e), E_BUG);
}

struct case_tree {
    struct arena mem;
    struct tree app, pkg;
    struct recipe recipe;
    struct target target;
    struct pack_job job;
};

static void begin(struct case_tree *c) {
    *c = (struct case_tree){.recipe = {.file = "slipway.yaml", .dir = "/", .name = STR("app")}};
    c->recipe.title = STR("App");
    c->app.mem = c->pkg.mem = &c->mem;
    c->job =
        (struct pack_job){.recipe = &c->recipe, .target = &c->target, .mem = &c->mem, .jobs = 1};
}

static void says(struct case_tree *c, const char *why) {
    struct err e = {0};

    assert_int_equal(tree_finish(&c->app, false, &e), 0);
    if (windows_tree(&c->job, &c->app, &c->pkg, &e) != E_RECIPE || !strstr(e.msg, why))
        fail_msg("\"%s\" should say \"%s\"", e.msg, why);
    arena_drop(&c->mem);
}

static void trees(void **state) {
    (void)state;
    struct case_tree c;
    struct err e = {0};
    struct str entry;
    char longest[300];

    begin(&c);
    tree_add_data(&c.app, STR("bin/hello.exe"), 0755, STR("x"));
    tree_add_link(&c.app, STR("bin/hi.exe"), STR("hello.exe"));
    assert_int_equal(tree_finish(&c.app, false, &e), 0);
    assert_int_equal(windows_tree(&c.job, &c.app, &c.pkg, &e), 0);
    assert_int_equal(tree_find(&c.pkg, STR("bin/hi.exe"))->kind, TREE_FILE);
    assert_int_equal(tree_find(&c.pkg, STR("bin/hi.exe"))->size, 1);
    c.recipe.entry = STR("bin/hello");
    assert_int_equal(windows_entry(&c.job, &c.pkg, &entry, &e), 0);
    assert_true(str_is(entry, "bin/hello.exe"));
    c.recipe.entry = STR("bin/other");
    assert_int_equal(windows_entry(&c.job, &c.pkg, &entry, &e), E_RECIPE);
    arena_drop(&c.mem);

    begin(&c);
    tree_add_data(&c.app, STR("Readme"), 0644, STR("x"));
    tree_add_data(&c.app, STR("README"), 0644, STR("x"));
    says(&c, "README");
    begin(&c);
    tree_add_data(&c.app, STR("/etc/x"), 0644, STR("x"));
    says(&c, "no such place");
    begin(&c);
    tree_add_link(&c.app, STR("a"), STR("../../x"));
    says(&c, "symbolic link");
    begin(&c);
    memset(longest, 'x', sizeof longest);
    longest[120] = '/';
    tree_add_data(&c.app, (struct str){longest, 239}, 0644, STR("x"));
    says(&c, "260 characters");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),   cmocka_unit_test(titles), cmocka_unit_test(versions),
        cmocka_unit_test(lengths), cmocka_unit_test(uuids),  cmocka_unit_test(trees),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
