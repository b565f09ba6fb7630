/* SPDX-License-Identifier: Apache-2.0 */
#include "os/infile.h"
#include "os/tmpdir.h"
#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct world {
    struct tmpdir dir;
    struct err e;
};

static int setup(void **state) {
    struct world *w = calloc(1, sizeof *w);

    *state = w;
    return tmpdir_open(&w->dir, "infile", &w->e);
}

static int teardown(void **state) {
    struct world *w = *state;

    tmpdir_drop(&w->dir);
    free(w);
    return 0;
}

static void reads_exactly_or_says_where_it_ends(void **state) {
    struct world *w = *state;
    char b[16] = {0};
    struct infile f;
    size_t got;

    assert_int_equal(fsys_write(w->dir.fd, "x", STR("0123456789"), 0600, &w->e), 0);
    assert_int_equal(infile_open(&f, w->dir.fd, "x", &w->e), 0);
    assert_int_equal(f.size, 10);
    assert_int_equal(f.st.mode, 0600);
    assert_int_equal(infile_read(&f, 4, b, 6, &w->e), 0);
    assert_string_equal(b, "456789");
    assert_int_equal(infile_read_some(&f, 8, b, 16, &got, &w->e), 0);
    assert_int_equal(got, 2);
    assert_int_equal(infile_read(&f, 8, b, 5, &w->e), E_INPUT);
    assert_string_equal(w->e.msg, "x: ends at byte 10, 3 more expected");
    infile_drop(&f);
    infile_drop(&f);
}

static void only_regular_files(void **state) {
    struct world *w = *state;
    struct infile f;

    assert_int_equal(infile_open(&f, w->dir.fd, ".", &w->e), E_INPUT);
    assert_non_null(strstr(w->e.msg, "is a folder"));
    assert_int_equal(mkfifoat(w->dir.fd, "fifo", 0600), 0);
    assert_int_equal(infile_open(&f, w->dir.fd, "fifo", &w->e), E_INPUT); /* and does not wait */
    assert_non_null(strstr(w->e.msg, "fifo: is not a regular file"));
    assert_int_equal(infile_open(&f, w->dir.fd, "none", &w->e), E_INPUT);
    assert_string_equal(w->e.msg, "none: No such file or directory");
    assert_int_equal(f.fd, -1);
}

static void changes_are_noticed(void **state) {
    struct world *w = *state;
    struct timespec old[2] = {{1000, 0}, {1000, 0}};
    struct infile f;

    assert_int_equal(fsys_write(w->dir.fd, "x", STR("one"), 0600, &w->e), 0);
    assert_int_equal(infile_open(&f, w->dir.fd, "x", &w->e), 0);
    assert_int_equal(infile_check_unchanged(&f, &w->e), 0);
    assert_int_equal(utimensat(w->dir.fd, "x", old, 0), 0);
    assert_int_equal(infile_check_unchanged(&f, &w->e), E_INPUT);
    assert_string_equal(w->e.msg, "x: changed while it was read");
    infile_drop(&f);
}

static void long_names_are_cut_in_the_middle(void **state) {
    struct world *w = *state;
    char path[1000];
    struct infile f;

    memset(path, 'a', sizeof path);
    memcpy(path + sizeof path - 5, ".deb", 5);
    memcpy(path, "start", 5);
    assert_int_equal(infile_open(&f, w->dir.fd, path, &w->e), E_INPUT);
    assert_true(strlen(f.name) < sizeof f.name);
    assert_true(str_starts(str_of(f.name), "start"));
    assert_true(str_ends(str_of(f.name), ".deb"));
    assert_true(str_utf8(str_of(f.name)));
}

int main(void) {
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(reads_exactly_or_says_where_it_ends),
        CASE(only_regular_files),
        CASE(changes_are_noticed),
        CASE(long_names_are_cut_in_the_middle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
