/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "os/fsys.h"
#include "os/glob.h"
#include "os/tmpdir.h"
#include "unit/cmocka_all.h"

#include <string.h>

static void matches(const char *pattern, const char *path, bool want) {
    if (glob_match(str_of(pattern), str_of(path)) != want)
        fail_msg("%s %s %s", pattern, want ? "should match" : "should not match", path);
}

static void parts_match(void **state) {
    (void)state;
    matches("*.c", "a.c", true);
    matches("*.c", "b/a.c", false);
    matches("*", ".hidden", true);
    matches("a?c", "abc", true);
    matches("a?c",
            "a\xc3\xa9"
            "c",
            true);
    matches("a??c",
            "a\xc3\xa9"
            "c",
            false);
    matches("*??", "\xe2\x82\xac", false);
    matches("[a-cx]", "b", true);
    matches("[a-cx]", "x", true);
    matches("[a-cx]", "d", false);
    matches("[!a-c]", "d", true);
    matches("[^a-c]", "a", false);
    matches("[]]", "]", true);
    matches("[a\\]]", "]", true);
    matches("[\xc3\xa0-\xc3\xbf]", "\xc3\xa9", true);
    matches("\\*", "*", true);
    matches("\\*", "x", false);
    matches("*a*b*c", "xxaxxbxxc", true);
    matches("*a*b*c", "xxaxxbxx", false);
    matches("", "", true);
    matches("", "a", false);
}

static void folders_match(void **state) {
    (void)state;
    matches("**", "a/b/c", true);
    matches("src/**", "src/a/b.c", true);
    matches("src/**", "src", false);
    matches("**/*.c", "a.c", true);
    matches("**/*.c", "x/y/a.c", true);
    matches("**/*.c", "x/y.c/z", false);
    matches("a/**/b/**/c", "a/x/b/b/y/c", true);
    matches("a/**/b/**/c", "a/b/c", true);
    matches("a/**/b/**/c", "a/c/b", false);
    matches("./a//b", "a/b", true);
    matches("a/b/", "a/b", true);
    matches("*/b", "/a/b", false);
}

static void alternatives_match(void **state) {
    (void)state;
    matches("*.{png,jpg}", "x.jpg", true);
    matches("{src/*,lib/**/x}.c", "src/a.c", true);
    matches("{src/*,lib/**/x}.c", "lib/q/x.c", true);
    matches("a{,b{1,2}}", "ab2", true);
    matches("a{,b{1,2}}", "a", true);
    matches("a{,b{1,2}}", "ab", false);
    matches("a\\{b,c\\}", "a{b,c}", true);
    matches("a{b", "a{b", false);
    matches("[{]a}", "{a}", true);
}

static void hostile_patterns_end(void **state) {
    (void)state;
    char text[4000];
    AUTO(buf) b;

    memset(text, 'a', sizeof text);
    buf_init(&b, 100000);
    for (int i = 0; i < 500; i++)
        buf_z(&b, "*a");
    buf_z(&b, "b");
    assert_false(glob_match(buf_get(&b), (struct str){text, sizeof text}));
    buf_clear(&b);
    for (int i = 0; i < 40; i++)
        buf_z(&b, "{a,b}");
    assert_false(glob_match(buf_get(&b), STR("x")));
    buf_clear(&b);
    for (int i = 0; i < 1000; i++)
        buf_z(&b, "**/a/");
    buf_z(&b, "b");
    for (size_t i = 1; i < sizeof text; i += 2)
        text[i] = '/';
    assert_false(glob_match(buf_get(&b), (struct str){text, sizeof text - 1}));
}

static void bases(void **state) {
    (void)state;
    assert_true(str_is(glob_base(STR("share/doc/x-*.txt")), "share/doc"));
    assert_true(str_is(glob_base(STR("share/**/a/b")), "share"));
    assert_true(str_is(glob_base(STR("*.c")), ""));
    assert_false(glob_magic(STR("a/b\\*")));
    assert_true(glob_magic(STR("a/{b,c}")));
}

static void finds(const char *dir, const char *pattern, const char *want) {
    AUTO(arena) a = {0};
    struct err e = {0};
    struct str *v;
    const char *all = "";
    size_t n;

    if (glob_find(dir, str_of(pattern), &a, &v, &n, &e))
        fail_msg("%s", e.msg);
    for (size_t i = 0; i < n; i++)
        all = arena_fmt(&a, "%s%s" STR_F, all, i ? " " : "", STR_A(v[i]));
    if (strcmp(all, want))
        fail_msg("%s finds \"%s\", not \"%s\"", pattern, all, want);
}

static void finds_files(void **state) {
    (void)state;
    AUTO(tmpdir) d = TMPDIR_NONE;
    AUTO(arena) a = {0};
    struct err e = {0};
    struct str *v;
    size_t n;

    assert_int_equal(tmpdir_open(&d, "glob", &e), 0);
    assert_int_equal(fsys_mkdirs(d.fd, "src/deep/er", &e), 0);
    assert_int_equal(fsys_mkdirs(d.fd, "x[1]", &e), 0);
    assert_int_equal(fsys_write(d.fd, "src/b.c", STR(""), 0644, &e), 0);
    assert_int_equal(fsys_write(d.fd, "src/a.c", STR(""), 0644, &e), 0);
    assert_int_equal(fsys_write(d.fd, "src/a.h", STR(""), 0644, &e), 0);
    assert_int_equal(fsys_write(d.fd, "src/deep/er/c.c", STR(""), 0644, &e), 0);
    assert_int_equal(fsys_write(d.fd, "x[1]/f", STR(""), 0644, &e), 0);
    assert_int_equal(fsys_symlink(d.fd, "src", "link", &e), 0);
    assert_int_equal(fsys_symlink(d.fd, "..", "src/deep/up", &e), 0);
    finds(d.path, "src/*.c", "src/a.c src/b.c");
    finds(d.path, "**/*.c", "src/a.c src/b.c src/deep/er/c.c");
    finds(d.path, "src/**", "src/a.c src/a.h src/b.c src/deep/er/c.c src/deep/up");
    finds(d.path, "src/**/", "src/deep src/deep/er");
    finds(d.path, "*", "link");
    finds(d.path, "*/", "src x[1]");
    finds(d.path, "*/a.c", "src/a.c");
    finds(d.path, "link/*.h", "link/a.h");
    finds(d.path, "src/../src/./a.h", "src/../src/a.h");
    finds(d.path, "src/{a,b}.c", "src/a.c src/b.c");
    finds(d.path, "{src/a*,src/*.c}", "src/a.c src/a.h src/b.c");
    finds(d.path, "x\\[1]/*", "x[1]/f");
    finds(d.path, "absent/*", "");
    finds(d.path, "src/a.c/x", "");
    finds(d.path, "src/a.c/*", "");
    finds(d.path, "src", "");
    finds(d.path, "src/", "src");
    finds("/", arena_fmt(&a, "%s/src/*.h", d.path), arena_fmt(&a, "%s/src/a.h", d.path));
    assert_int_equal(glob_find(d.path, STR("a[b"), &a, &v, &n, &e), E_RECIPE);
    assert_string_equal(e.msg, "pattern \"a[b\": [ is never closed");
    assert_int_equal(glob_find(d.path, STR("a{b"), &a, &v, &n, &e), E_RECIPE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_match),
        cmocka_unit_test(folders_match),
        cmocka_unit_test(alternatives_match),
        cmocka_unit_test(hostile_patterns_end),
        cmocka_unit_test(bases),
        cmocka_unit_test(finds_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
