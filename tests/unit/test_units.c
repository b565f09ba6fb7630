/* SPDX-License-Identifier: Apache-2.0 */
#include "os/child.h"
#include "os/fsys.h"
#include "os/tmpdir.h"
#include "stage/units.h"
#include "unit/cmocka_all.h"

#include <string.h>

static struct str env[] = {{"GREETING=hello \"you\" 100%", 25}, {"PLAIN=1", 7}};
static struct str after[] = {{"network-online.target", 21}};

static struct recipe_service service(void) {
    return (struct recipe_service){.at = {"slipway.yaml", 7, 5},
                                   .name = STR("hellod"),
                                   .exec = STR("/bin/sleep"),
                                   .args = STR("--verbose 'a b' 1"),
                                   .restart = STR("on-failure"),
                                   .working_dir = STR("/var"),
                                   .env = env,
                                   .n_env = 2,
                                   .after = after,
                                   .n_after = 1};
}

static int add(struct recipe_service *s, struct arena *a, struct tree *made, struct err *e) {
    struct recipe r = {.file = "slipway.yaml",
                       .name = STR("hello"),
                       .title = STR("Hello 100%"),
                       .homepage = STR("https://example.com/"),
                       .services = s,
                       .n_services = 1};
    struct target t = {.os = OS_LINUX};
    struct tree app = {.mem = a};

    *made = (struct tree){.mem = a};
    tree_add_data(&app, STR("bin/hellod"), 0755, STR("x"));
    tree_add_data(&app, STR("bin/plain"), 0644, STR("x"));
    return units_add(&r, &t, &app, made, e);
}

static void verify(struct str unit) {
    AUTO(arena) a = {0};
    AUTO(tmpdir) d = TMPDIR_NONE;
    AUTO(buf) out = BUF_NONE;
    struct err e = {0};
    int status = -1;
    const char *path;

    buf_init(&out, 1 << 20);
    assert_int_equal(tmpdir_open(&d, "units", &e), 0);
    path = arena_fmt(&a, "%s/hellod.service", d.path);
    assert_int_equal(fsys_write(FSYS_HERE, path, unit, 0644, &e), 0);
    if (child_run((const char *const[]){"systemd-analyze", "verify", "--man=no", path, NULL},
                  &(struct child_opts){.output = &out, .errors = &out}, &status, &e))
        fail_msg("%s", e.msg);
    if (status || str_has(buf_get(&out), "hellod.service"))
        fail_msg("systemd-analyze: %d: " STR_F, status, STR_A(buf_get(&out)));
}

static void systemd_takes_the_unit(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct recipe_service s = service();
    struct tree made;
    struct err e = {0};

    assert_int_equal(add(&s, &a, &made, &e), 0);
    assert_int_equal(made.n, 1);
    assert_true(str_is(made.v[0].path, "lib/systemd/system/hellod.service"));
    assert_int_equal(made.v[0].marks, TREE_MADE);
    struct str text = made.v[0].bytes.data;
    assert_true(str_has(text, "\nExecStart=/bin/sleep --verbose 'a b' 1\n"));
    assert_true(str_has(text, "\nEnvironment=\"GREETING=hello \\\"you\\\" 100%%\"\n"));
    assert_true(str_has(text, "Description=Hello 100%%\n"));
    verify(text);
    s.exec = STR("bin/hellod");
    assert_int_equal(add(&s, &a, &made, &e), 0);
    assert_true(str_has(made.v[0].bytes.data, "\nExecStart=/usr/bin/hellod --verbose"));
}

static void a_user_gets_an_account(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct recipe_service s = service();
    struct tree made;
    struct err e = {0};

    s.user = STR("daemon");
    assert_int_equal(add(&s, &a, &made, &e), 0);
    assert_int_equal(made.n, 2);
    assert_true(str_is(made.v[1].path, "lib/sysusers.d/hello.conf"));
    assert_true(str_is(made.v[1].bytes.data, "u daemon - \"Service of hello\" -\n"));
    assert_true(str_has(made.v[0].bytes.data, "\nUser=daemon\nNoNewPrivileges=yes\n"));
    verify(made.v[0].bytes.data);
}

static void mistakes_name_the_row(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct recipe_service s = service();
    struct tree made;
    struct err e = {0};

    s.exec = STR("bin/none");
    assert_int_equal(add(&s, &a, &made, &e), E_RECIPE);
    assert_non_null(
        strstr(e.msg, "slipway.yaml:7:5: service \"hellod\": \"bin/none\" is not among"));
    s.exec = STR("bin/plain");
    assert_int_equal(add(&s, &a, &made, &e), E_RECIPE);
    assert_non_null(strstr(e.msg, "is not executable"));
    s.exec = STR("bin/hellod");
    s.args = STR("a\nExecStartPre=/bin/false");
    assert_int_equal(add(&s, &a, &made, &e), E_RECIPE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(systemd_takes_the_unit),
        cmocka_unit_test(a_user_gets_an_account),
        cmocka_unit_test(mistakes_name_the_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
