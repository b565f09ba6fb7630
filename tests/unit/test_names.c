/* SPDX-License-Identifier: Apache-2.0 */
#include "model/names.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* SemVer 2.0.0, section 11, and what people write besides. */
static const char *const ladder[] = {
    "1.0.0-1",    "1.0.0-alpha",  "1.0.0-alpha.1", "1.0.0-alpha.beta",
    "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",
    "1.0.0",      "1.0.1",        "1.2.0-beta.1",  "1.2.0",
    "1.2.10",     "1.10.0-rc.1",  "2.0.0"};

static void semver_takes_and_refuses(void **state) {
    (void)state;
    static const char *const good[] = {"0.0.4",
                                       "1.1.2-prerelease+meta",
                                       "1.0.0-alpha-a.b-c-somethinglong+build.1-aef.1-its-okay",
                                       "1.0.0-0A.is.legal",
                                       "1.2.3----RC-SNAPSHOT.12.9.1--.12+788",
                                       "1.0.0+0.build.1-rc.10000aaa-kk-0.1",
                                       "1.0.0-0"};
    static const char *const bad[] = {"",           "1",
                                      "1.2",        "1.2.3-",
                                      "1.2.3-0123", "1.2.3+",
                                      "01.1.1",     "1.01.1",
                                      "1.1.01",     "1.2.3.4",
                                      "v1.2.3",     "1.2.3-a..b",
                                      "1.2.3-a.",   "1.2.3-+b",
                                      "1.2.-3",     "1.2.3-a_b",
                                      "1.2.3+a+b",  "99999999999999999999.0.0",
                                      "1.2.3 ",     "1.2.3-\xc3\xa9"};
    struct names_semver v;

    for (size_t i = 0; i < COUNT(good); i++)
        if (!names_semver(str_of(good[i]), &v))
            fail_msg("%s is refused", good[i]);
    for (size_t i = 0; i < COUNT(bad); i++)
        if (names_semver(str_of(bad[i]), &v))
            fail_msg("%s is taken", bad[i]);
    assert_true(names_semver(STR("1.20.3-rc.1+x.y"), &v));
    assert_int_equal(v.minor, 20);
    assert_true(str_is(v.pre, "rc.1"));
    assert_true(str_is(v.build, "x.y"));
}

static int sign(int x) {
    return (x > 0) - (x < 0);
}

static void precedence(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(ladder); i++)
        for (size_t j = 0; j < COUNT(ladder); j++)
            assert_int_equal(sign(names_semver_cmp(str_of(ladder[i]), str_of(ladder[j]))),
                             i < j ? -1 : i > j);
    assert_int_equal(names_semver_cmp(STR("1.0.0+a"), STR("1.0.0+b")), 0);
}

static const char *deb(struct arena *a, const char *v) {
    AUTO(buf) b;

    buf_init(&b, 1000);
    names_version_deb(str_of(v), (struct str){0}, &b);
    return str_z(a, buf_get(&b));
}

static const char *rpm(struct arena *a, const char *v) {
    AUTO(buf) b;

    buf_init(&b, 1000);
    names_version_rpm(str_of(v), &b);
    return str_z(a, buf_get(&b));
}

static void mapping(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    AUTO(buf) b;

    assert_string_equal(deb(&a, "1.2.0-beta.1+b5"), "1.2.0~beta.1+b5");
    assert_string_equal(rpm(&a, "1.2.0-beta.1+b5"), "1.2.0~beta.1^b5");
    assert_string_equal(deb(&a, "1.2.0-rc-1"), "1.2.0~rc.1");
    assert_string_equal(rpm(&a, "1.2.0-rc-1"), "1.2.0~rc.1");
    assert_string_equal(deb(&a, "1.2.0+a-b"), "1.2.0+a.b");
    assert_string_equal(rpm(&a, "1.2.0"), "1.2.0");
    buf_init(&b, 100);
    names_version_deb(STR("1.2.0-beta.1"), STR("2"), &b);
    assert_string_equal(b.p, "1.2.0~beta.1-2");
}

static void status_of(const char *command, int want) {
    int rc = system(command);

    if (rc != want)
        fail_msg("%s: status %d", command, rc);
}

/* dpkg agrees with the order above. So does rpm but for one thing: a number comes after a word in
 * its order, before it in SemVer's, and no spelling changes that. */
static void dpkg_and_rpm_agree(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    AUTO(buf) lua;
    size_t wrong = 0;

    buf_init(&lua, 100000);
    for (size_t i = 0; i + 1 < COUNT(ladder); i++) {
        const char *x = rpm(&a, ladder[i]), *y = rpm(&a, ladder[i + 1]);

        status_of(arena_fmt(&a, "dpkg --compare-versions %s lt %s", deb(&a, ladder[i]),
                            deb(&a, ladder[i + 1])),
                  0);
        if (!strcmp(ladder[i], "1.0.0-1") || !strcmp(ladder[i], "1.0.0-alpha.1")) {
            wrong++;
            continue;
        }
        buf_fmt(&lua, "%%{lua:print(rpm.vercmp('%s', '%s'))} ", x, y);
    }
    buf_fmt(&lua, "%%{lua:print(rpm.vercmp('%s', '%s'))}", rpm(&a, "1.2.0"), rpm(&a, "1.2.0+b"));
    status_of(arena_fmt(&a, "rpm --eval \"%s\" | tr ' ' '\\n' | grep -cx -- -1 | grep -qx %zu",
                        lua.p, COUNT(ladder) - wrong),
              0);
}

static void channels(void **state) {
    (void)state;
    assert_true(str_is(names_channel(STR("1.0.0")), "latest"));
    assert_true(str_is(names_channel(STR("1.0.0+b")), "latest"));
    assert_true(str_is(names_channel(STR("1.0.0-beta.2")), "beta"));
    assert_true(str_is(names_channel(STR("1.0.0-rc1")), "rc"));
    assert_true(str_is(names_channel(STR("1.0.0-alpha-x")), "alpha"));
    assert_true(str_is(names_channel(STR("1.0.0-0.next.1")), "next"));
    assert_true(str_is(names_channel(STR("1.0.0-1")), "pre"));
}

static void architectures(void **state) {
    (void)state;
    enum arch_kind k;
    enum os_kind os;

    for (int i = ARCH_X86_64; i <= ARCH_ANY; i++) {
        assert_true(names_arch_find(str_of(names_arch((enum arch_kind)i)), &k));
        assert_int_equal(k, i);
        if (names_arch_deb((enum arch_kind)i)) {
            assert_true(names_arch_find(str_of(names_arch_deb((enum arch_kind)i)), &k));
            assert_int_equal(k, i);
            assert_true(names_arch_find(str_of(names_arch_rpm((enum arch_kind)i)), &k));
            assert_int_equal(k, i);
        }
    }
    assert_false(names_arch_find(STR("mips"), &k));
    assert_true(names_os_find(STR("macos"), &os) && os == OS_MACOS);
    assert_false(names_os_find(STR("amiga"), &os));
}

static void lands(const char *path, const char *want) {
    struct recipe r = {.name = STR("hello")};
    AUTO(buf) b;

    buf_init(&b, 1000);
    assert_int_equal(names_linux_path(&r, str_of(path), &b), 0);
    assert_string_equal(b.p, want);
}

static void linux_paths(void **state) {
    (void)state;
    lands("bin/hello", "/usr/bin/hello");
    lands("/etc/hello.conf", "/etc/hello.conf");
    lands("lib64/x", "/usr/lib64/x");
    lands("hello", "/usr/lib/hello/hello");
    lands("binary/x", "/usr/lib/hello/binary/x");
    lands("etc/x", "/usr/lib/hello/etc/x");
    lands("bin", "/usr/bin");
    lands("bi", "/usr/lib/hello/bi");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(semver_takes_and_refuses),
        cmocka_unit_test(precedence),
        cmocka_unit_test(mapping),
        cmocka_unit_test(dpkg_and_rpm_agree),
        cmocka_unit_test(channels),
        cmocka_unit_test(architectures),
        cmocka_unit_test(linux_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
