/* SPDX-License-Identifier: Apache-2.0 */
#include "model/sysdirs.h"
#include "unit/cmocka_all.h"

static void an_application_names_them_below_its_root(void **state) {
    (void)state;
    static const char *const yes[] = {"bin",
                                      "share/man/man1",
                                      "share/man/de/man3",
                                      "share/icons/hicolor/9x9/apps",
                                      "lib/systemd",
                                      "lib/x86_64-linux-gnu",
                                      "share/lintian/overrides",
                                      "/usr/share/doc",
                                      "/etc",
                                      "/etc/apt/sources.list.d",
                                      "/var/lib",
                                      "/usr/local/bin"};
    static const char *const no[] = {"",
                                     "share/hello",
                                     "share/man/x/y",
                                     "lib/hello",
                                     "share/doc/hello",
                                     "etc",
                                     "/opt/hello",
                                     "lib/-linux-gnu/hello",
                                     "usr",
                                     "share/icons/hicolor/9x9/apps/own",
                                     "a/b/c/d/e/f/g/h"};

    for (size_t i = 0; i < COUNT(yes); i++)
        if (!sysdirs_app(str_of(yes[i])))
            fail_msg("%s is not owned", yes[i]);
    for (size_t i = 0; i < COUNT(no); i++)
        if (sysdirs_app(str_of(no[i])))
            fail_msg("%s is owned", no[i]);
}

static void rpm_packages_own_fewer(void **state) {
    (void)state;
    assert_true(sysdirs_rpm(STR("usr")));
    assert_true(sysdirs_rpm(STR("usr/share/icons/hicolor/48x48/apps")));
    assert_true(sysdirs_rpm(STR("usr/share/locale/de/LC_MESSAGES")));
    assert_false(sysdirs_rpm(STR("usr/share/icons/hicolor/48x48/apps/own")));
    assert_false(sysdirs_rpm(STR("usr/lib/x86_64-linux-gnu")));
    assert_false(sysdirs_rpm(STR("usr/lib/hello")));
    assert_false(sysdirs_rpm(STR("opt/hello")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_application_names_them_below_its_root),
        cmocka_unit_test(rpm_packages_own_fewer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
