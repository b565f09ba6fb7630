/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/installer.h"
#include "os/child.h"
#include "os/fsys.h"
#include "os/tmpdir.h"
#include "unit/cmocka_all.h"

#include <string.h>

static void add(struct release *r, const char *name, const char *format, const char *os,
                const char *arch) {
    struct artifact a = {.name = str_of(name),
                         .role = ROLE_PACKAGE,
                         .format = str_of(format),
                         .os = str_of(os),
                         .arch = str_of(arch)};

    release_add(r, &a);
}

/* What a shell makes of the script with these arguments. */
static struct str run(struct str script, const char *argument, struct arena *mem) {
    AUTO(tmpdir) d = TMPDIR_NONE;
    AUTO(buf) out = BUF_NONE;
    struct err e = {0};
    int status = -1;
    const char *path;

    buf_init(&out, 1 << 20);
    assert_int_equal(tmpdir_open(&d, "installer", &e), 0);
    path = arena_fmt(mem, "%s/install.sh", d.path);
    assert_int_equal(fsys_write(FSYS_HERE, path, script, 0644, &e), 0);
    if (child_run((const char *const[]){"sh", path, "--prefix", d.path, argument, NULL},
                  &(struct child_opts){.output = &out, .errors = &out}, &status, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(status, 0);
    return str_dup(mem, buf_get(&out));
}

static void has(struct str s, const char *z) {
    if (!str_has(s, z))
        fail_msg("no \"%s\" in:\n" STR_F, z, STR_A(s));
}

static void names_become_patterns(void **state) {
    (void)state;
    AUTO(arena) mem = {0};
    AUTO(buf) script = BUF_NONE;
    struct err e = {0};
    struct release ledger = {.mem = &mem};
    struct recipe recipe = {.name = STR("app1.0.0"), .title = STR("App")};
    struct page_release release = {STR("1.0.0"), STR("latest"), 0, &ledger, "releases/v1.0.0"};
    struct page_job job = {.recipe = &recipe,
                           .releases = &release,
                           .n = 1,
                           .url = STR("https://example.com"),
                           .mem = &mem};

    buf_init(&script, 1 << 20);
    add(&ledger, "app1.0.0_1.0.0_amd64.deb", "deb", "linux", "x86_64");
    add(&ledger, "app1.0.0-1.0.0-windows-x86_64.zip", "zip", "windows", "x86_64");
    assert_false(installer_useful(&job));
    add(&ledger, "app1.0.0-1.0.0-linux-x86_64.tar.gz", "tar.gz", "linux", "x86_64");
    add(&ledger, "x'; rm -rf /-1.0.0.tar.gz", "tar.gz", "linux", "aarch64");
    assert_true(installer_useful(&job));
    assert_int_equal(installer_write(&job, &script, &e), 0);
    has(buf_get(&script), "\nlinux-x86_64 tar.gz app1.0.0- -linux-x86_64.tar.gz\nARCHIVES\n");
    has(buf_get(&script), "\n1.0.0 stable 1970-01-01\nVERSIONS\n");
    has(buf_get(&script), "\nsigned=false\n");
    assert_false(str_has(buf_get(&script), "windows-x86_64"));
    has(run(buf_get(&script), "--list", &mem), "linux-x86_64  tar.gz");
}

static void a_title_is_never_a_command(void **state) {
    (void)state;
    AUTO(arena) mem = {0};
    AUTO(buf) script = BUF_NONE;
    struct err e = {0};
    struct release ledger = {.mem = &mem};
    struct recipe recipe = {.name = STR("app"),
                            .title =
                                STR("It's \"$(echo ran)\" `echo ran`\n\x1b]0;x\a; echo ran\\")};
    struct page_release release = {STR("1.0.0"), STR("latest"), 0, &ledger, "releases/v1.0.0"};
    struct page_job job = {.recipe = &recipe,
                           .releases = &release,
                           .n = 1,
                           .url = STR("https://example.com/$(echo ran)'"),
                           .mem = &mem};
    struct str said;

    buf_init(&script, 1 << 20);
    add(&ledger, "app-1.0.0-linux-any.zip", "zip", "linux", "any");
    assert_int_equal(installer_write(&job, &script, &e), 0);
    said = run(buf_get(&script), "--help", &mem);
    has(said, "Installs It's \"$(echo ran)\" `echo ran`  ]0;x ; echo ran\\, or upgrades it.\n");
    job.n = 0;
    assert_int_equal(installer_write(&job, &script, &e), E_BUG);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_become_patterns),
        cmocka_unit_test(a_title_is_never_a_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
