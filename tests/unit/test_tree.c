/* SPDX-License-Identifier: Apache-2.0 */
#include "model/tree.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

static struct str s(const char *z) {
    return str_of(z);
}

static struct tree_entry *file(struct tree *t, const char *path, unsigned line) {
    struct tree_entry *e = tree_add_data(t, s(path), 0644, STR("x"));

    e->at = (struct pos){"slipway.yaml", line, 9};
    return e;
}

static const char *listing(struct arena *a, const struct tree *t) {
    const char *all = "";

    for (size_t i = 0; i < t->n; i++)
        all =
            arena_fmt(a, "%s" STR_F "%s%s ", all, STR_A(t->v[i].path),
                      t->v[i].kind == TREE_DIR ? "/" : "", t->v[i].marks & TREE_IMPLIED ? "?" : "");
    return all;
}

static void sorts_and_adds_parents(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct tree t = {.mem = &a};
    struct err e = {0};

    file(&t, "share/b/x", 1);
    file(&t, "share/b-c", 2);
    file(&t, "/etc/hello.conf", 3);
    file(&t, "bin/hello", 4);
    tree_add_dir(&t, s("share"), 0755);
    tree_add_dir(&t, s("share"), 0755);
    assert_int_equal(tree_finish(&t, false, &e), 0);
    assert_string_equal(listing(&a, &t), "/etc/? /etc/hello.conf bin/? bin/hello share/ share/b/? "
                                         "share/b-c share/b/x ");
    assert_non_null(tree_find(&t, s("share/b/x")));
    assert_null(tree_find(&t, s("share/b/")));
    assert_non_null(tree_find(&t, s("bin/hello"))->digests);
    assert_int_equal(tree_size(&t), 4);
}

static void refused(const char *const *paths, bool no_case, const char *words) {
    AUTO(arena) a = {0};
    struct tree t = {.mem = &a};
    struct err e = {0};

    for (unsigned i = 0; paths[i]; i++)
        file(&t, paths[i], i + 1);
    assert_int_equal(tree_finish(&t, no_case, &e), E_RECIPE);
    if (!strstr(e.msg, words))
        fail_msg("\"%s\" lacks \"%s\"", e.msg, words);
}

static void refuses_what_cannot_be(void **state) {
    (void)state;
    refused((const char *const[]){"a", "b", "a", NULL}, false,
            "slipway.yaml:3:9: \"a\" is there twice; the other is \"a\", which came from "
            "slipway.yaml:1:9");
    refused((const char *const[]){"a/b", "a", NULL}, false, "\"a\", which is no folder");
    refused((const char *const[]){"a/x", "A/y", NULL}, true, "upper and lower case");
    refused((const char *const[]){"\xc3\x84rger", "\xc3\xa4rger", NULL}, true, "upper and lower");
    refused((const char *const[]){"\xd0\x96", "\xd0\xb6", NULL}, true, "upper and lower");
    AUTO(arena) a = {0};
    struct tree t = {.mem = &a};
    struct err e = {0};
    file(&t, "a/x", 1);
    file(&t, "A/y", 2);
    assert_int_equal(tree_finish(&t, false, &e), 0);
}

static void folders_must_agree(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct tree t = {.mem = &a};
    struct err e = {0};

    tree_add_dir(&t, s("var"), 0755);
    tree_add_dir(&t, s("var"), 0700);
    assert_int_equal(tree_finish(&t, false, &e), E_RECIPE);
    assert_non_null(strstr(e.msg, "another mode or owner"));
}

/* A named folder wins over one that a file's path implied, whichever came first. */
static void named_wins_over_implied(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct tree t = {.mem = &a};
    struct err e = {0};

    file(&t, "var/x", 1);
    assert_int_equal(tree_finish(&t, false, &e), 0);
    tree_add_dir(&t, s("var"), 0700);
    assert_int_equal(tree_finish(&t, false, &e), 0);
    assert_int_equal(t.n, 2);
    assert_int_equal(t.v[0].mode, 0700);
    assert_int_equal(t.v[0].marks & TREE_IMPLIED, 0);
}

/* Whatever order they came in, the first in path order is the file and the others name it. */
static void hard_links_follow_the_sort(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct tree t = {.mem = &a};
    struct err e = {0};

    file(&t, "z", 1);
    file(&t, "m", 2)->link = 1;
    file(&t, "b", 3)->link = 1;
    file(&t, "a/other", 4);
    tree_add_dir(&t, s("a"), 0755);
    tree_add_dir(&t, s("a"), 0755);
    assert_int_equal(tree_finish(&t, false, &e), 0);
    const struct tree_entry *b = tree_find(&t, s("b"));
    assert_int_equal(b->link, 0);
    assert_int_equal(tree_find(&t, s("m"))->link, 1 + (size_t)(b - t.v));
    assert_int_equal(tree_find(&t, s("z"))->link, 1 + (size_t)(b - t.v));
    assert_int_equal(tree_find(&t, s("a/other"))->link, 0);
    assert_int_equal(tree_size(&t), 2);
}

static void knows_good_paths(void **state) {
    (void)state;
    static const struct {
        const char *path, *words;
    } bad[] = {
        {"", "is empty"},
        {"/a", "is absolute"},
        {"a/", "ends with a slash"},
        {"a//b", "empty part"},
        {"a/../b", "\"..\" part"},
        {"./a", "\".\" part"},
        {"a\nb", "control character"},
        {"a\xff", "UTF-8"},
        {NULL, NULL},
    };
    struct err e = {0};
    char longest[400];

    for (size_t i = 0; bad[i].path; i++) {
        assert_int_equal(tree_path_ok(s(bad[i].path), &e), E_RECIPE);
        assert_non_null(strstr(e.msg, bad[i].words));
    }
    memset(longest, 'x', sizeof longest);
    assert_int_equal(tree_path_ok((struct str){longest, 256}, &e), E_RECIPE);
    assert_int_equal(tree_path_ok((struct str){longest, 255}, &e), 0);
    assert_int_equal(tree_path_ok(s("a b/\xe2\x82\xac..x"), &e), 0);
    assert_int_equal(tree_path_ok((struct str){"a\0b", 3}, &e), E_RECIPE);
}

static void rebases(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct tree t = {.mem = &a}, out;
    struct err e = {0};

    file(&t, "bin/hello", 1);
    file(&t, "/etc/hello.conf", 2);
    assert_int_equal(tree_finish(&t, false, &e), 0);
    assert_int_equal(tree_rebase(&t, "usr/", "", &a, &out, &e), 0);
    assert_int_equal(tree_finish(&out, false, &e), 0);
    assert_string_equal(listing(&a, &out), "etc/? etc/hello.conf usr/? usr/bin/? usr/bin/hello ");
    assert_ptr_equal(tree_find(&out, s("usr/bin/hello"))->digests,
                     tree_find(&t, s("bin/hello"))->digests);
    assert_int_equal(tree_rebase(&t, "", NULL, &a, &out, &e), E_RECIPE);
    file(&t, "../x", 3);
    assert_int_equal(tree_rebase(&t, "usr/", "", &a, &out, &e), E_RECIPE);
}

static void links_lead_somewhere(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    static const char *const cases[][3] = {
        /* path, target, where it leads; NULL: out of the tree */
        {"bin/x", "y", "bin/y"},
        {"bin/x", "../lib/./y", "lib/y"},
        {"bin/x", "..", ""},
        {"bin/x", "../../y", NULL},
        {"/etc/x", "../y/z", "/y/z"},
        {"bin/x", "/usr/y", NULL},
        {"a/b/c", "../d/../../e//f/", "e/f"},
    };
    static const char *const between[][3] = {
        {"usr/bin/x", "usr/lib/h/x", "../lib/h/x"},
        {"usr/bin/x", "usr/bin/y", "y"},
        {"x", "y/z", "y/z"},
        {"a/b/c", "a", ".."},
        {"a/b/c", "a/b", "."},
        {"a/bc/x", "a/b/x", "../b/x"},
        {"a/a/x", "a/y", "../y"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct tree_entry x = {.path = s(cases[i][0]), .target = s(cases[i][1])};
        struct str leads;

        assert_int_equal(tree_link_leads(&x, &a, &leads), cases[i][2] != NULL);
        if (cases[i][2])
            assert_string_equal(str_z(&a, leads), cases[i][2]);
    }
    for (size_t i = 0; i < COUNT(between); i++)
        assert_string_equal(str_z(&a, tree_link_target(s(between[i][0]), s(between[i][1]), &a)),
                            between[i][2]);
}

static void takes_many(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct tree t = {.mem = &a};
    struct err e = {0};

    for (unsigned i = 20000; i-- > 0;)
        tree_add_data(&t, str_fmt(&a, "d%u/e%u/f%u", i % 7, i % 101, i), 0644, STR("x"));
    assert_int_equal(tree_finish(&t, true, &e), 0);
    assert_int_equal(t.n, 20000 + 7 + 707);
    for (size_t i = 1; i < t.n; i++)
        assert_true(str_cmp(t.v[i - 1].path, t.v[i].path) < 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_and_adds_parents),
        cmocka_unit_test(refuses_what_cannot_be),
        cmocka_unit_test(folders_must_agree),
        cmocka_unit_test(named_wins_over_implied),
        cmocka_unit_test(hard_links_follow_the_sort),
        cmocka_unit_test(knows_good_paths),
        cmocka_unit_test(rebases),
        cmocka_unit_test(links_lead_somewhere),
        cmocka_unit_test(takes_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
