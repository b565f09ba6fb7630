/* SPDX-License-Identifier: Apache-2.0 */
#include "os/fsys.h"
#include "os/tmpdir.h"
#include "pack/nsis.h"
#include "unit/cmocka_all.h"

#include <string.h>

/* What a signature is to whoever packs: bytes behind the program. */
static const char signature[] = "SIGNED-BY-A-TEST-SIGNED-BY-A-TEST-SIGNED";

static int sign(void *self, int dir, const char *name, struct err *e) {
    unsigned *calls = self;
    AUTO(arena) a = {0};
    AUTO(buf) both = BUF_NONE;
    struct str program;

    ++*calls;
    if (fsys_read(dir, name, 1 << 24, &a, &program, e))
        return (int)e->code;
    if (!str_starts(program, "MZ"))
        return err_set(e, E_BUG, "%s is no program", name);
    buf_init(&both, 1 << 24);
    buf_str(&both, program);
    buf_put(&both, signature, sizeof signature);
    return fsys_write(dir, name, buf_get(&both), 0600, e);
}

static bool has_bytes(struct str s, const char *bytes, size_t n) {
    for (size_t i = 0; i + n <= s.n; i++)
        if (!memcmp(s.p + i, bytes, n))
            return true;
    return false;
}

/* Not compressed, so that one can look inside. */
static void uninstallers_are_signed(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    AUTO(tmpdir) dir = TMPDIR_NONE;
    AUTO(outfile) out = OUTFILE_NONE;
    struct recipe r = {.file = "slipway.yaml", .dir = "/", .name = STR("app")};
    struct target t = {.os = OS_WINDOWS, .arch = ARCH_X86_64};
    struct value *section = value_new(&a, VALUE_MAP);
    struct pack_job j = {
        .recipe = &r, .target = &t, .section = section, .jobs = 1, .mem = &a, .spool = -1};
    struct tree app = {.mem = &a}, pkg = {.mem = &a};
    struct err e = {0};
    struct str made = {0};
    unsigned calls = 0;

    r.title = STR("App");
    r.version = STR("1.0.0");
    value_set(&a, section, "compression", value_str(&a, STR("none")));
    tree_add_data(&app, STR("data.txt"), 0644, STR("this is the file"));
    assert_int_equal(tree_finish(&app, false, &e), 0);
    j.sign_program = sign;
    j.sign_self = &calls;
    if (tmpdir_open(&dir, "test", &e) || outfile_open(&out, dir.fd, "x.exe", &e) ||
        nsis_packager.check(&j, &e) || nsis_packager.layout(&j, &app, &pkg, &e) ||
        nsis_packager.write(&j, &pkg, &out, &e) || outfile_commit(&out, &e) ||
        fsys_read(dir.fd, "x.exe", 1 << 24, &a, &made, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(calls, 1);
    assert_true(has_bytes(made, "this is the file", 16));
    assert_true(has_bytes(made, signature, sizeof signature));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(uninstallers_are_signed)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
