/* SPDX-License-Identifier: Apache-2.0 */
#include "os/child.h"
#include "os/git.h"
#include "os/tmpdir.h"
#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

/* The git program makes the repositories that libgit2 reads. */
struct world {
    struct tmpdir dir;
    struct arena mem;
    struct err e;
};

static void git(struct world *w, const char *script) {
    const char *argv[] = {"sh", "-ec", script, NULL};
    struct child_opts o = {.dir = w->dir.path};

    if (child_run(argv, &o, NULL, &w->e))
        fail_msg("%s: %s", script, w->e.msg);
}

static int setup(void **state) {
    struct world *w = calloc(1, sizeof *w);

    *state = w;
    setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
    setenv("GIT_AUTHOR_NAME", "Ann", 1);
    setenv("GIT_AUTHOR_EMAIL", "ann@example.com", 1);
    setenv("GIT_COMMITTER_NAME", "Bob", 1);
    setenv("GIT_COMMITTER_EMAIL", "bob@example.com", 1);
    return tmpdir_open(&w->dir, "git", &w->e);
}

static int teardown(void **state) {
    struct world *w = *state;

    tmpdir_drop(&w->dir);
    arena_drop(&w->mem);
    free(w);
    return 0;
}

#define AT(t) "export GIT_AUTHOR_DATE='" #t " +0200' GIT_COMMITTER_DATE='" #t " +0200'; "

static void no_repository_is_no_error(void **state) {
    struct world *w = *state;
    struct git_facts f;

    assert_int_equal(git_facts(w->dir.path, &w->mem, &f, &w->e), 0);
    assert_false(f.found);
    git(w, "git init -q -b main .");
    assert_int_equal(git_facts(w->dir.path, &w->mem, &f, &w->e), 0);
    assert_true(f.found);
    assert_int_equal(f.commit.n, 0);
}

static void facts_of_a_tagged_commit(void **state) {
    struct world *w = *state;
    struct git_facts f;
    bool dirty;

    git(w, "git init -q -b main .; echo x >file; git add file");
    git(w, AT(1700000000) "git commit -qm one; git tag -a v1.0.0 -m 'first words'");
    git(w, AT(1700001000) "git commit -q --allow-empty -m two; git tag v1.2.0-rc.1");
    git(w, AT(1700002000) "git tag -a v1.2.0-rc.2 -m x; git tag not-a-version; git tag v01.0.0");
    git(w, "git checkout -qb side HEAD~1; git commit -q --allow-empty -m s; git tag v9.0.0");
    git(w, "git checkout -q main");
    assert_int_equal(git_facts(w->dir.path, &w->mem, &f, &w->e), 0);
    assert_true(str_is(f.tag, "v1.2.0-rc.2")); /* v9.0.0 does not lead to HEAD */
    assert_true(str_is(f.version, "1.2.0-rc.2"));
    assert_true(str_is(f.previous, "v1.2.0-rc.1"));
    assert_true(str_is(f.branch, "main"));
    assert_true(f.exact);
    assert_int_equal(f.commit_time, 1700001000);
    assert_int_equal(f.tag_time, 1700002000);
    assert_int_equal(f.commit.n, 40);
    git(w, "echo untracked >new");
    assert_int_equal(git_dirty(w->dir.path, &dirty, &w->e), 0);
    assert_false(dirty);
    git(w, "echo y >file; git commit -q --allow-empty -m three");
    assert_int_equal(git_facts(w->dir.path, &w->mem, &f, &w->e), 0);
    assert_false(f.exact);
    assert_int_equal(git_dirty(w->dir.path, &dirty, &w->e), 0);
    assert_true(dirty);
}

/* SemVer 2.0.0, section 11, in its own order of examples. */
static void tags_are_sorted_by_precedence(void **state) {
    static const char *const want[] = {"v10.0.0",           "1.0.0",          "v1.0.0-rc.1",
                                       "v1.0.0-beta.11",    "v1.0.0-beta.2",  "v1.0.0-beta",
                                       "v1.0.0-alpha.beta", "v1.0.0-alpha.1", "v1.0.0-alpha",
                                       "v0.9.10",           "v0.9.9"};
    struct world *w = *state;
    struct git_tag *v;
    size_t n;

    git(w, "git init -q -b main .; git commit -q --allow-empty -m one");
    for (size_t i = 0; i < COUNT(want); i++)
        git(w, arena_fmt(&w->mem, "git tag %s", want[(i * 7) % COUNT(want)]));
    assert_int_equal(git_tags(w->dir.path, &w->mem, &v, &n, &w->e), 0);
    assert_int_equal(n, COUNT(want));
    for (size_t i = 0; i < n; i++)
        assert_true(str_is(v[i].name, want[i]));
}

static void changes_between_two_tags(void **state) {
    struct world *w = *state;
    struct git_change *v;
    size_t n;

    git(w, "git init -q -b main .");
    git(w, AT(1700000000) "git commit -q --allow-empty -m zero; git tag v1.0.0");
    git(w, AT(1700000100) "git commit -q --allow-empty -m 'one\n\nbody text'");
    git(w, AT(1700000200) "git checkout -qb side; git commit -q --allow-empty -m side");
    git(w, AT(1700000300) "git checkout -q main; git commit -q --allow-empty -m two");
    git(w, AT(1700000400) "git merge -q --no-ff -m merged side; git tag -a v1.1.0 -m x");
    git(w, AT(1700000500) "git commit -q --allow-empty -m later");
    assert_int_equal(
        git_changes(w->dir.path, STR("v1.0.0"), STR("v1.1.0"), 100, &w->mem, &v, &n, &w->e), 0);
    assert_int_equal(n, 3); /* without the merge */
    assert_true(str_is(v[0].subject, "two"));
    assert_true(str_is(v[1].subject, "side"));
    assert_true(str_is(v[2].subject, "one"));
    assert_true(str_is(v[2].body, "body text"));
    assert_true(str_is(v[2].author, "Ann"));
    assert_int_equal(v[2].time, 1700000100);
    assert_int_equal(git_changes(w->dir.path, STR(""), STR(""), 2, &w->mem, &v, &n, &w->e), 0);
    assert_int_equal(n, 2);
    assert_true(str_is(v[0].subject, "later"));
    assert_int_equal(git_changes(w->dir.path, STR("v7"), STR(""), 2, &w->mem, &v, &n, &w->e),
                     E_INPUT);
    assert_non_null(strstr(w->e.msg, "v7"));
}

static void a_broken_repository_is_an_error(void **state) {
    struct world *w = *state;
    struct git_facts f;

    git(w, "git init -q -b main .; git commit -q --allow-empty -m one; echo '[' >.git/config");
    assert_int_equal(git_facts(w->dir.path, &w->mem, &f, &w->e), E_INPUT);
    assert_true(str_starts(str_of(w->e.msg), "git: "));
}

int main(void) {
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(no_repository_is_no_error),       CASE(facts_of_a_tagged_commit),
        CASE(tags_are_sorted_by_precedence),   CASE(changes_between_two_tags),
        CASE(a_broken_repository_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
