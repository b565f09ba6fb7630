/* SPDX-License-Identifier: Apache-2.0 */
#include "os/outfile.h"
#include "os/tmpdir.h"
#include "unit/cmocka_all.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct world {
    struct tmpdir dir;
    struct arena mem;
    struct err e;
};

static int setup(void **state) {
    struct world *w = calloc(1, sizeof *w);

    *state = w;
    return tmpdir_open(&w->dir, "outfile", &w->e);
}

static int teardown(void **state) {
    struct world *w = *state;

    tmpdir_drop(&w->dir);
    arena_drop(&w->mem);
    free(w);
    return 0;
}

static size_t names(struct world *w) {
    struct fsys_name *v;
    size_t n;

    assert_int_equal(fsys_list(w->dir.fd, ".", &w->mem, &v, &n, &w->e), 0);
    return n;
}

static void appears_by_commit_only(void **state) {
    struct world *w = *state;
    struct fsys_stat st;
    struct outfile f;
    struct str got;
    mode_t before = umask(0777);

    assert_int_equal(outfile_open(&f, w->dir.fd, "x", &w->e), 0);
    umask(before);
    assert_int_equal(outfile_append(&f, "hello", 5, &w->e), 0);
    assert_int_equal(outfile_pwrite(&f, 1, "EL", 2, &w->e), 0);
    assert_int_equal(outfile_pwrite(&f, 7, "!", 1, &w->e), 0);
    assert_int_equal(f.size, 8);
    assert_int_equal(fsys_lstat(w->dir.fd, "x", &st, &w->e), 0);
    assert_int_equal(st.kind, FSYS_NONE);
    assert_int_equal(outfile_commit(&f, &w->e), 0);
    assert_int_equal(fsys_read(w->dir.fd, "x", 100, &w->mem, &got, &w->e), 0);
    assert_true(str_eq(got, (struct str){"hELlo\0\0!", 8}));
    assert_int_equal(fsys_lstat(w->dir.fd, "x", &st, &w->e), 0);
    assert_int_equal(st.mode, 0644);
    assert_int_equal(names(w), 1);
}

static void drop_leaves_nothing(void **state) {
    struct world *w = *state;
    struct outfile f, spool;

    assert_int_equal(outfile_open(&f, w->dir.fd, "x", &w->e), 0);
    assert_int_equal(outfile_spool(&spool, w->dir.fd, &w->e), 0);
    assert_int_equal(names(w), 1); /* the spool has no name */
    outfile_drop(&f);
    outfile_drop(&spool);
    outfile_drop(&f);
    assert_int_equal(names(w), 0);
}

/* Two of one name may be in the making; what a killed process left goes with the next. */
static void leftovers_go_and_living_stay(void **state) {
    struct world *w = *state;
    struct outfile live, next;
    int how;
    pid_t pid = fork();

    if (!pid) {
        struct outfile f;

        _exit(outfile_open(&f, w->dir.fd, "x", &w->e) ? 1 : 0);
    }
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_int_equal(how, 0);
    assert_int_equal(names(w), 1);
    assert_int_equal(outfile_open(&live, w->dir.fd, "x", &w->e), 0);
    assert_int_equal(names(w), 1);
    assert_int_equal(outfile_open(&next, w->dir.fd, "x", &w->e), 0);
    assert_int_equal(names(w), 2);
    assert_int_equal(outfile_commit(&live, &w->e), 0);
    assert_int_equal(outfile_commit(&next, &w->e), 0);
    assert_int_equal(names(w), 1);
}

static int open_two_and_die(struct world *w) {
    int how = -1;
    pid_t pid = fork();

    if (!pid) {
        struct outfile f, g;

        _exit(outfile_open(&f, w->dir.fd, "x", &w->e) || outfile_open(&g, w->dir.fd, "x", &w->e));
    }
    assert_int_equal(waitpid(pid, &how, 0), pid);
    return how;
}

/* Also where more living ones than have numbers are in the way. */
static void many_of_one_name(void **state) {
    enum { MANY = 40 };
    struct world *w = *state;
    struct outfile f[MANY], last;

    assert_int_equal(open_two_and_die(w), 0);
    assert_int_equal(names(w), 2);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(outfile_open(&f[i], w->dir.fd, "x", &w->e), 0);
    assert_int_equal(names(w), MANY);
    assert_int_equal(open_two_and_die(w), 0);
    for (size_t i = 0; i < MANY; i++)
        outfile_drop(&f[i]);
    assert_int_equal(names(w), 2); /* random names: no one looks for them */
    assert_int_equal(outfile_open(&last, w->dir.fd, "x", &w->e), 0);
    assert_int_equal(outfile_commit(&last, &w->e), 0);
}

/* A planted link is neither followed nor removed. */
static void links_in_the_way(void **state) {
    struct world *w = *state;
    struct outfile f;

    assert_int_equal(fsys_write(w->dir.fd, "victim", STR("v"), 0644, &w->e), 0);
    assert_int_equal(fsys_symlink(w->dir.fd, "victim", ".x.slipway-000000000000", &w->e), 0);
    assert_int_equal(outfile_open(&f, w->dir.fd, "x", &w->e), 0);
    assert_int_equal(outfile_append(&f, "new", 3, &w->e), 0);
    assert_int_equal(outfile_commit(&f, &w->e), 0);
    assert_int_equal(names(w), 3);
}

static void bad_names_are_refused(void **state) {
    struct world *w = *state;
    struct outfile f;

    assert_int_equal(outfile_open(&f, w->dir.fd, "", &w->e), E_INPUT);
    assert_int_equal(outfile_open(&f, w->dir.fd, "../x", &w->e), E_INPUT);
    assert_int_equal(f.fd, -1);
}

static void append_from_copies_a_part(void **state) {
    struct world *w = *state;
    struct infile in;
    struct outfile f;
    struct str got;

    assert_int_equal(fsys_write(w->dir.fd, "in", STR("0123456789"), 0644, &w->e), 0);
    assert_int_equal(infile_open(&in, w->dir.fd, "in", &w->e), 0);
    assert_int_equal(outfile_open(&f, w->dir.fd, "x", &w->e), 0);
    assert_int_equal(outfile_append(&f, "<", 1, &w->e), 0);
    assert_int_equal(outfile_append_from(&f, in.fd, 3, 4, &w->e), 0);
    assert_int_equal(outfile_append(&f, ">", 1, &w->e), 0);
    assert_int_equal(outfile_append_from(&f, in.fd, 8, 3, &w->e), E_INPUT);
    assert_non_null(strstr(w->e.msg, "became shorter"));
    assert_int_equal(outfile_truncate(&f, 6, &w->e), 0);
    assert_int_equal(outfile_commit(&f, &w->e), 0);
    infile_drop(&in);
    assert_int_equal(fsys_read(w->dir.fd, "x", 100, &w->mem, &got, &w->e), 0);
    assert_true(str_is(got, "<3456>"));
}

/* /dev/full stands for a file system without room. */
static void a_full_disk_is_said_with_the_name(void **state) {
    struct world *w = *state;
    struct outfile f;
    int full;

    assert_int_equal(outfile_open(&f, w->dir.fd, "big.deb", &w->e), 0);
    full = open("/dev/full", O_RDWR);
    assert_int_equal(dup2(full, f.fd), f.fd);
    close(full);
    assert_int_equal(outfile_append(&f, "x", 1, &w->e), E_INPUT);
    assert_string_equal(w->e.msg, "big.deb: No space left on device");
    outfile_drop(&f);
    assert_int_equal(names(w), 0);
}

int main(void) {
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(appears_by_commit_only),
        CASE(drop_leaves_nothing),
        CASE(leftovers_go_and_living_stay),
        CASE(bad_names_are_refused),
        CASE(many_of_one_name),
        CASE(links_in_the_way),
        CASE(append_from_copies_a_part),
        CASE(a_full_disk_is_said_with_the_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
