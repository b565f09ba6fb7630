/* SPDX-License-Identifier: Apache-2.0 */
#include "os/fault.h"
#include "os/fsys.h"
#include "os/tmpdir.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct world {
    struct tmpdir dir;
    struct arena mem;
    struct err e;
};

static int setup(void **state) {
    struct world *w = calloc(1, sizeof *w);

    *state = w;
    return tmpdir_open(&w->dir, "fsys", &w->e);
}

static int teardown(void **state) {
    struct world *w = *state;

    fault_setup(NULL);
    tmpdir_drop(&w->dir);
    arena_drop(&w->mem);
    free(w);
    return 0;
}

static void put(struct world *w, const char *path, const char *text) {
    assert_int_equal(fsys_write(w->dir.fd, path, str_of(text), 0644, &w->e), 0);
}

static void has(struct world *w, const char *path, const char *text) {
    struct str got;

    assert_int_equal(fsys_read(w->dir.fd, path, 1000, &w->mem, &got, &w->e), 0);
    assert_true(str_is(got, text));
}

static enum fsys_kind kind(struct world *w, const char *path) {
    struct fsys_stat st;

    assert_int_equal(fsys_lstat(w->dir.fd, path, &st, &w->e), 0);
    return st.kind;
}

static void write_replaces_and_leaves_nothing(void **state) {
    struct world *w = *state;
    struct fsys_name *names;
    struct fsys_stat st;
    size_t n;
    mode_t before = umask(0077);

    put(w, "a", "one");
    put(w, "a", "two");
    umask(before);
    has(w, "a", "two");
    assert_int_equal(fsys_lstat(w->dir.fd, "a", &st, &w->e), 0);
    assert_int_equal(st.mode, 0644); /* whatever the umask */
    assert_int_equal(fsys_list(w->dir.fd, ".", &w->mem, &names, &n, &w->e), 0);
    assert_int_equal(n, 1);
}

static void list_is_sorted_by_bytes(void **state) {
    struct world *w = *state;
    static const char *const want[] = {"B", "a", "a-", "a.", "b", "\xc3\xa9"};
    struct fsys_name *names;
    size_t n;

    for (size_t i = COUNT(want); i-- > 0;)
        put(w, want[i], "");
    assert_int_equal(fsys_list(w->dir.fd, ".", &w->mem, &names, &n, &w->e), 0);
    assert_int_equal(n, COUNT(want));
    for (size_t i = 0; i < n; i++)
        assert_true(str_is(names[i].name, want[i]));
}

static void remove_tree_follows_no_link(void **state) {
    struct world *w = *state;

    assert_int_equal(fsys_mkdirs(w->dir.fd, "keep/deep", &w->e), 0);
    put(w, "keep/deep/file", "here");
    assert_int_equal(fsys_mkdirs(w->dir.fd, "gone/x/y/z", &w->e), 0);
    put(w, "gone/x/file", "");
    assert_int_equal(fsys_symlink(w->dir.fd, "../../keep", "gone/x/link", &w->e), 0);
    assert_int_equal(fsys_symlink(w->dir.fd, "keep", "link", &w->e), 0);
    assert_int_equal(fsys_remove_tree(w->dir.fd, "gone", &w->e), 0);
    assert_int_equal(fsys_remove_tree(w->dir.fd, "link", &w->e), 0);
    assert_int_equal(fsys_remove_tree(w->dir.fd, "gone", &w->e), 0);
    assert_int_equal(kind(w, "gone"), FSYS_NONE);
    assert_int_equal(kind(w, "link"), FSYS_NONE);
    has(w, "keep/deep/file", "here");
}

static void mkdirs_names_what_is_in_the_way(void **state) {
    struct world *w = *state;

    put(w, "file", "");
    assert_int_equal(fsys_mkdirs(w->dir.fd, "a/b/c", &w->e), 0);
    assert_int_equal(fsys_mkdirs(w->dir.fd, "a/b/c", &w->e), 0);
    assert_int_equal(fsys_mkdirs(w->dir.fd, "file/x", &w->e), E_INPUT);
    assert_non_null(strstr(w->e.msg, "file: is there and is not a folder"));
}

static void exchange_and_links(void **state) {
    struct world *w = *state;
    struct str target;

    assert_int_equal(fsys_mkdirs(w->dir.fd, "in/new", &w->e), 0);
    assert_int_equal(fsys_mkdirs(w->dir.fd, "out/old", &w->e), 0);
    put(w, "in/new/f", "new");
    put(w, "out/old/f", "old");
    assert_int_equal(fsys_exchange(w->dir.fd, "in/new", "out/old", &w->e), 0);
    has(w, "in/new/f", "old");
    has(w, "out/old/f", "new");
    assert_int_equal(fsys_symlink_over(w->dir.fd, "one", "l", &w->e), 0);
    assert_int_equal(fsys_symlink_over(w->dir.fd, "two", "l", &w->e), 0);
    assert_int_equal(fsys_readlink(w->dir.fd, "l", &w->mem, &target, &w->e), 0);
    assert_true(str_is(target, "two"));
}

static void read_keeps_the_cap(void **state) {
    struct world *w = *state;
    struct str got;

    put(w, "ten", "0123456789");
    assert_int_equal(fsys_read(w->dir.fd, "ten", 10, &w->mem, &got, &w->e), 0);
    assert_int_equal(fsys_read(w->dir.fd, "ten", 9, &w->mem, &got, &w->e), E_INPUT);
    assert_non_null(strstr(w->e.msg, "ten: has 10 bytes"));
    assert_int_equal(fsys_read(w->dir.fd, "none", 9, &w->mem, &got, &w->e), E_INPUT);
    assert_string_equal(w->e.msg, "none: No such file or directory");
    assert_int_equal(fsys_read(w->dir.fd, ".", 9, &w->mem, &got, &w->e), E_INPUT);
}

static void a_lock_is_held_once(void **state) {
    struct world *w = *state;
    struct fsys_lock a, b;
    bool got;

    assert_int_equal(fsys_lock(&a, w->dir.fd, "lock", false, &got, &w->e), 0);
    assert_true(got);
    assert_int_equal(fsys_lock(&b, w->dir.fd, "lock", false, &got, &w->e), 0);
    assert_false(got);
    fsys_lock_drop(&a);
    assert_int_equal(fsys_lock(&b, w->dir.fd, "lock", false, &got, &w->e), 0);
    assert_true(got);
    fsys_lock_drop(&b);
}

/* Each counted call of a replacement fails in turn: the file has the old or the new text, never
 * another, and success is said only of the new one. */
static void replacing_survives_every_fault(void **state) {
    struct world *w = *state;
    bool done = false;
    unsigned faults = 0;

    for (unsigned i = 1; !done && i < 50; i++) {
        struct err e = {0};
        struct fsys_name *names;
        unsigned long before;
        char n[16];
        size_t m;
        int rc;

        put(w, "f", "old");
        before = fault_count();
        snprintf(n, sizeof n, "%lu", before + i);
        fault_setup(n);
        rc = fsys_write(w->dir.fd, "f", STR("new"), 0644, &e);
        done = fault_count() < before + i;
        fault_setup(NULL);
        faults += rc != 0;
        has(w, "f", rc ? "old" : "new");
        assert_int_equal(fsys_list(w->dir.fd, ".", &w->mem, &names, &m, &w->e), 0);
        assert_int_equal(m, 1);
    }
    assert_true(done);
    assert_true(faults >= 4); /* open, write, fsync, rename */
}

int main(void) {
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(write_replaces_and_leaves_nothing),
        CASE(list_is_sorted_by_bytes),
        CASE(remove_tree_follows_no_link),
        CASE(mkdirs_names_what_is_in_the_way),
        CASE(exchange_and_links),
        CASE(read_keeps_the_cap),
        CASE(a_lock_is_held_once),
        CASE(replacing_survives_every_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
