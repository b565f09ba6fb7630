/* SPDX-License-Identifier: Apache-2.0 */
#include "os/fsys.h"
#include "os/tmpdir.h"
#include "stage/steps.h"
#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

struct world {
    struct tmpdir dir;
    struct arena mem;
    struct recipe recipe;
    struct recipe_step step[2];
    struct steps_opts opts;
    struct buf seen, tail;
    struct err e;
};

static void seen_begin(void *self, struct str name) {
    struct world *w = self;

    buf_fmt(&w->seen, "<" STR_F, STR_A(name));
}

static void seen_line(void *self, struct str text) {
    struct world *w = self;

    buf_fmt(&w->seen, " " STR_F, STR_A(text));
}

static void seen_end(void *self, struct str name, bool skipped, double seconds) {
    struct world *w = self;

    (void)name;
    assert_true(seconds >= 0);
    buf_z(&w->seen, skipped ? " skipped>" : ">");
}

static int setup(void **state) {
    struct world *w = calloc(1, sizeof *w);

    *state = w;
    w->dir = TMPDIR_NONE;
    assert_int_equal(tmpdir_open(&w->dir, "steps", &w->e), 0);
    w->recipe =
        (struct recipe){.file = "slipway.yaml", .dir = w->dir.path, .steps = w->step, .n_steps = 1};
    w->opts = (struct steps_opts){.state_dir = arena_fmt(&w->mem, "%s/dist/.slipway", w->dir.path),
                                  .begin = seen_begin,
                                  .line = seen_line,
                                  .end = seen_end,
                                  .self = w,
                                  .tail = &w->tail};
    buf_init(&w->seen, 10000);
    buf_init(&w->tail, 10000);
    w->step[0].name = STR("one");
    w->step[0].at = (struct pos){"slipway.yaml", 3, 5};
    return 0;
}

static int teardown(void **state) {
    struct world *w = *state;

    tmpdir_drop(&w->dir);
    arena_drop(&w->mem);
    buf_drop(&w->seen);
    buf_drop(&w->tail);
    free(w);
    return 0;
}

static void file(struct world *w, const char *path, const char *text) {
    assert_int_equal(fsys_write(w->dir.fd, path, str_of(text), 0644, &w->e), 0);
}

static void runs(struct world *w, const char *want) {
    buf_clear(&w->seen);
    if (steps_run(&w->recipe, &w->opts, &w->e))
        fail_msg("%s", w->e.msg);
    assert_string_equal(w->seen.p, want);
}

static void skips_what_is_unchanged(void **state) {
    struct world *w = *state;
    struct recipe_step *s = &w->step[0];
    struct str inputs[] = {STR("src/**")}, outputs[] = {STR("out/x")}, env[] = {STR("WHO=you")};

    assert_int_equal(fsys_mkdirs(w->dir.fd, "src", &w->e), 0);
    file(w, "src/a", "1");
    s->run = STR("mkdir -p out; cp src/a out/x; echo built $WHO");
    s->inputs = inputs;
    s->n_inputs = 1;
    s->outputs = outputs;
    s->n_outputs = 1;
    runs(w, "<one built>");
    runs(w, "<one skipped>");
    file(w, "src/a", "2");
    runs(w, "<one built>");
    runs(w, "<one skipped>");
    file(w, "src/b", "");
    runs(w, "<one built>");
    assert_int_equal(fsys_chmod(w->dir.fd, "src/b", 0755, &w->e), 0);
    runs(w, "<one built>");
    assert_int_equal(fsys_unlink(w->dir.fd, "out/x", &w->e), 0);
    runs(w, "<one built>");
    s->env = env;
    s->n_env = 1;
    runs(w, "<one built you>");
    runs(w, "<one skipped>");
    s->run = STR("echo only");
    runs(w, "<one only>");
    s->dir = STR("src");
    runs(w, "<one only>");
    runs(w, "<one skipped>");
    w->opts.force = true;
    runs(w, "<one only>");
    w->opts.force = false;
    s->n_inputs = 0;
    runs(w, "<one only>");
    runs(w, "<one only>");
}

static void vectors_are_no_shell(void **state) {
    struct world *w = *state;
    struct str argv[] = {STR("printf"), STR("%s|"), STR("$HOME; a"), STR("")};

    w->step[0].argv = argv;
    w->step[0].n_argv = COUNT(argv);
    runs(w, "<one $HOME; a||>");
}

static void failures_stop_and_tell(void **state) {
    struct world *w = *state;
    struct str text;
    struct str inputs[] = {STR("in")};

    file(w, "in", "");
    w->recipe.n_steps = 2;
    w->step[0].inputs = inputs;
    w->step[0].n_inputs = 1;
    w->step[0].run = STR("for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo $i; done\nfalse\necho no");
    w->step[1].run = STR("echo two");
    for (int i = 0; i < 2; i++) { /* a failure is never taken for done */
        buf_clear(&w->tail);
        buf_clear(&w->seen);
        assert_int_equal(steps_run(&w->recipe, &w->opts, &w->e), E_TOOL);
        assert_string_equal(w->e.msg,
                            arena_fmt(&w->mem,
                                      "slipway.yaml:3:5: build step \"one\": ended with status 1 "
                                      "(all of its output: %s/logs/one.log)",
                                      w->opts.state_dir));
        assert_string_equal(w->tail.p, "3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n");
        assert_string_equal(w->seen.p, "<one 1 2 3 4 5 6 7 8 9 10 11 12");
    }
    assert_int_equal(
        fsys_read(w->dir.fd, "dist/.slipway/logs/one.log", 1000, &w->mem, &text, &w->e), 0);
    assert_true(str_starts(text, "1\n2\n3\n") && str_ends(text, "\n12\n"));
    w->opts.only = "step-2";
    runs(w, "<step-2 two>");
    w->opts.only = "three";
    assert_int_equal(steps_run(&w->recipe, &w->opts, &w->e), E_USAGE);
}

static void what_else_goes_wrong(void **state) {
    struct world *w = *state;
    struct str outputs[] = {STR("out/"), STR("no*.o")}, argv[] = {STR("/no/such/program")};

    w->step[0].name = STR("a/b");
    w->step[0].run = STR("mkdir out");
    w->step[0].outputs = outputs;
    w->step[0].n_outputs = 2;
    assert_int_equal(steps_run(&w->recipe, &w->opts, &w->e), E_TOOL);
    assert_non_null(strstr(w->e.msg, "step \"a/b\": made nothing that matches \"no*.o\""));
    assert_non_null(strstr(w->e.msg, "/logs/a%2fb.log"));
    w->step[0].run = (struct str){0};
    w->step[0].argv = argv;
    w->step[0].n_argv = 1;
    assert_int_equal(steps_run(&w->recipe, &w->opts, &w->e), E_TOOL);
    assert_non_null(strstr(w->e.msg, "/no/such/program"));
    w->step[0].n_argv = 0;
    assert_int_equal(steps_run(&w->recipe, &w->opts, &w->e), E_RECIPE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(skips_what_is_unchanged, setup, teardown),
        cmocka_unit_test_setup_teardown(vectors_are_no_shell, setup, teardown),
        cmocka_unit_test_setup_teardown(failures_stop_and_tell, setup, teardown),
        cmocka_unit_test_setup_teardown(what_else_goes_wrong, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
