/* SPDX-License-Identifier: Apache-2.0 */
#include "os/child.h"
#include "os/envvar.h"
#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

static int sh(const char *script, const struct child_opts *o, int *status, struct err *e) {
    const char *argv[] = {"sh", "-c", script, "sh", "a b", "$(c)", NULL};

    return child_run(argv, o, status, e);
}

static void arguments_and_input_arrive_whole(void **state) {
    struct buf out, errors;
    struct child_opts o = {.input = STR("in\n"), .output = &out, .errors = &errors};
    struct err e = {0};

    (void)state;
    buf_init(&out, 1000);
    buf_init(&errors, 1000);
    assert_int_equal(sh("cat; printf '%s|' \"$@\"; echo bad >&2", &o, NULL, &e), 0);
    assert_true(str_is(buf_get(&out), "in\na b|$(c)|"));
    assert_true(str_is(buf_get(&errors), "bad\n"));
    buf_drop(&out);
    buf_drop(&errors);
}

/* More than a pipe holds, in both directions at once, and a child that does not read. */
static void nobody_waits_for_the_other(void **state) {
    enum { BIG = 1 << 20 };
    char *big = malloc(BIG);
    struct buf out;
    struct child_opts o = {.input = {big, BIG}, .output = &out};
    struct err e = {0};

    (void)state;
    memset(big, 'x', BIG);
    buf_init(&out, 2 * BIG);
    assert_int_equal(sh("cat", &o, NULL, &e), 0);
    assert_int_equal(out.n, BIG);
    buf_clear(&out);
    assert_int_equal(sh("exec <&-; echo done", &o, NULL, &e), 0);
    assert_true(str_is(buf_get(&out), "done\n"));
    buf_drop(&out);
    free(big);
}

static void endings_are_told(void **state) {
    static const char *const missing[] = {"no-such-program-here", NULL};
    struct child_opts o = {0};
    struct err e = {0};
    int status = -1;

    (void)state;
    assert_int_equal(sh("exit 3", &o, NULL, &e), E_TOOL);
    assert_string_equal(e.msg, "sh: ended with status 3");
    assert_int_equal(sh("exit 3", &o, &status, &e), 0);
    assert_int_equal(status, 3);
    assert_int_equal(sh("kill -9 $$", &o, &status, &e), E_TOOL);
    assert_non_null(strstr(e.msg, "sh: was killed by signal 9"));
    assert_int_equal(child_run(missing, &o, &status, &e), E_TOOL);
    assert_string_equal(e.msg, "no-such-program-here: cannot be run: No such file or directory");
    o.dir = "/no/such/folder";
    assert_int_equal(sh("true", &o, NULL, &e), E_TOOL);
    assert_true(child_found("sh"));
    assert_true(child_found("/bin/sh"));
    assert_false(child_found("no-such-program-here"));
}

static void see(void *self, struct str text) {
    buf_fmt(self, "<" STR_F ">", STR_A(text));
}

static void lines_come_whole(void **state) {
    struct buf seen;
    struct child_opts o = {.line = see, .self = &seen};
    struct err e = {0};
    size_t x = 0;

    (void)state;
    buf_init(&seen, 100000);
    assert_int_equal(sh("printf 'on'; sleep 0.1; printf 'e\\ntwo\\n\\nlast'", &o, NULL, &e), 0);
    assert_true(str_is(buf_get(&seen), "<one><two><><last>"));
    buf_clear(&seen);
    /* A line without an end is given in parts, and nothing of it is lost. */
    assert_int_equal(sh("head -c 50000 /dev/zero | tr '\\0' x", &o, NULL, &e), 0);
    for (size_t i = 0; i < seen.n; i++)
        x += seen.p[i] == 'x';
    assert_int_equal(x, 50000);
    buf_drop(&seen);
}

static void environment_is_laid_over(void **state) {
    static const struct str add[] = {{"PATH_X=1", 8}, {"HOME=/new", 9}};
    struct arena a = {0};
    struct buf out;
    struct child_opts o = {.output = &out};
    struct err e = {0};

    (void)state;
    setenv("HOME", "/old", 1);
    setenv("PATH_XY", "kept", 1);
    buf_init(&out, 1000);
    o.env = envvar_with(&a, add, COUNT(add));
    assert_int_equal(sh("echo $HOME $PATH_X $PATH_XY; env | grep -c ^HOME=", &o, NULL, &e), 0);
    assert_true(str_is(buf_get(&out), "/new 1 kept\n1\n"));
    buf_drop(&out);
    arena_drop(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_and_input_arrive_whole),
        cmocka_unit_test(nobody_waits_for_the_other),
        cmocka_unit_test(endings_are_told),
        cmocka_unit_test(lines_come_whole),
        cmocka_unit_test(environment_is_laid_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
