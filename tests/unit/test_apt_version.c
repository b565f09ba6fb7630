/* SPDX-License-Identifier: Apache-2.0 */
#include "os/child.h"
#include "repo/apt_version.h"
#include "unit/cmocka_all.h"

static const char *const versions[] = {
    "0",       "1",       "1.0",     "1.00",     "1.0-1",        "1.0-1.1",   "1.0-10",
    "1.0-9",   "1.0~rc1", "1.0~~",   "1.0~~a",   "1.0+b1",       "1.0.1",     "1.0a",
    "1.0.a",   "1.0+",    "0:1.0",   "1:0.1",    "00:1.0",       "10:0",      "2:0",
    "1-1-1",   "1-1-2",   "1.0-z",   "1.0-0",    "1.0-~1",       "1.0-1~bpo", "1.0-1+deb",
    "2021.01", "2021.1",  "1a",      "1A",       "1z",           "1.z",       "1.",
    "1..0",    "1~",      "1~1",     "1+~",      "1.0-1ubuntu1", "0~0",       "0.0~git",
    "007",     "7",       "1.2.3.4", "1.2.3.10", "1.0+dfsg-1",   "1.0-1+b2",
};

/* One dpkg a pair would take minutes; one perl with dpkg's own module judges all. */
static void dpkg_says_the_same(void **state) {
    AUTO(buf) out = BUF_NONE;
    const char *argv[COUNT(versions) + 6] = {
        "perl", "-MDpkg::Version=version_compare", "-e",
        "for my $a (@ARGV) { for my $b (@ARGV) { print qw(= > <)[version_compare($a, $b)] } }"};
    struct child_opts o = {.output = &out};
    struct err e = {0};
    size_t at = 0;

    (void)state;
    buf_init(&out, 1 << 20);
    for (size_t i = 0; i < COUNT(versions); i++)
        argv[4 + i] = versions[i];
    assert_int_equal(child_run(argv, &o, NULL, &e), OK);
    assert_int_equal(out.n, COUNT(versions) * COUNT(versions));
    for (size_t i = 0; i < COUNT(versions); i++)
        for (size_t k = 0; k < COUNT(versions); k++) {
            int c = apt_version_cmp(str_of(versions[i]), str_of(versions[k]));
            char want = out.p[at++];

            if ((c < 0 ? '<' : c > 0 ? '>' : '=') != want)
                fail_msg("%s %c %s", versions[i], want, versions[k]);
        }
}

static void what_is_a_version(void **state) {
    static const char *const good[] = {"1", "1:2.0-1~x", "0+git.1", "1-1-1"};
    static const char *const bad[] = {"",    "a1", ":1", "x:1", "1 2",
                                      "1/2", "1:", "-1", "1_2", "1:a"};

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        if (!apt_version_ok(str_of(good[i])))
            fail_msg("%s is one", good[i]);
    for (size_t i = 0; i < COUNT(bad); i++)
        if (apt_version_ok(str_of(bad[i])))
            fail_msg("\"%s\" is none", bad[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dpkg_says_the_same),
        cmocka_unit_test(what_is_a_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
