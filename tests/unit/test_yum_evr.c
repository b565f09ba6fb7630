/* SPDX-License-Identifier: Apache-2.0 */
#include "os/child.h"
#include "repo/yum_evr.h"
#include "unit/cmocka_all.h"

static const char *const versions[] = {
    "0",       "1",        "01",      "1.0",    "1.0.0", "1.00",     "1.1",      "1.10",  "1.2",
    "1.9",     "2",        "10",      "1a",     "1b",    "1aa",      "1.a",      "a",     "a1",
    "A",       "b",        "1.0a",    "1.0.a",  "1..0",  "1._0",     "1_0",      "1.0~",  "1.0~rc1",
    "1.0~rc2", "1.0~~",    "1.0^",    "1.0^1",  "1.0^a", "1.0^^",    "1.0~^",    "1.0^~", "~",
    "^",       "~1",       "^1",      "1.0~rc", "1~rc1", "1.0~rc10", "20260101", "5.5p1", "5.5p10",
    "10xyz",   "10.1xyz",  "xyz.4",   "xyz10",  "1.x",   "6.0.rc1",  "6.0",      "10b2",  "10a1",
    "1.0+git", "1.0+git1", "2.0.1",   "2.0.1a", "fc4",   "FC5",      "1+",       "1++",   "+",
    "0.0",     "000",      "1000001", "4.999",  "5.0",   "2.01",     "1.0rc1",
};

/* One run of rpm compares all pairs; nothing that compares versions for real is ours. */
static void rpm_says_the_same(void **state) {
    AUTO(buf) lua = BUF_NONE;
    AUTO(buf) out = BUF_NONE;
    const char *argv[] = {"rpm", "--eval", NULL, NULL};
    struct child_opts o = {.output = &out};
    struct err e = {0};
    size_t at = 0;

    (void)state;
    buf_init(&lua, 1 << 20);
    buf_init(&out, 1 << 20);
    buf_z(&lua, "%{lua: v = {");
    for (size_t i = 0; i < COUNT(versions); i++)
        buf_fmt(&lua, "\"%s\",", versions[i]);
    buf_z(&lua, "} for i, a in ipairs(v) do for k, b in ipairs(v) do "
                "c = rpm.vercmp(a, b) print(c < 0 and \"<\" or c > 0 and \">\" or \"=\") end end}");
    argv[2] = lua.p;
    assert_int_equal(child_run(argv, &o, NULL, &e), OK);
    for (size_t i = 0; i < COUNT(versions); i++)
        for (size_t k = 0; k < COUNT(versions); k++) {
            int d = yum_evr_segments(str_of(versions[i]), str_of(versions[k]));

            while (at < out.n && out.p[at] == '\n')
                at++;
            assert_true(at < out.n);
            if ("<=>"[d + 1] != out.p[at])
                fail_msg("\"%s\" and \"%s\": rpm says %c, we say %c", versions[i], versions[k],
                         out.p[at], "<=>"[d + 1]);
            at++;
        }
}

static void epochs_go_first(void **state) {
    struct yum_evr a = {STR("1"), STR("1.0"), STR("1")}, b = {{0}, STR("2.0"), STR("1")};
    struct yum_evr c = {STR("0"), STR("2.0"), STR("1")}, d = {STR("0"), STR("2.0"), STR("1.fc9")};

    (void)state;
    assert_int_equal(yum_evr_cmp(&a, &b), 1);
    assert_int_equal(yum_evr_cmp(&b, &c), 0);
    assert_int_equal(yum_evr_cmp(&c, &d), -1);
}

static void a_version_is_named_with_or_without_release(void **state) {
    struct yum_evr v = {STR("0"), STR("1.0"), STR("2")};

    (void)state;
    assert_true(yum_evr_is(&v, STR("1.0")));
    assert_true(yum_evr_is(&v, STR("1.0-2")));
    assert_true(yum_evr_is(&v, STR("0:1.0-2")));
    assert_false(yum_evr_is(&v, STR("1:1.0-2")));
    assert_false(yum_evr_is(&v, STR("1.0-3")));
    assert_false(yum_evr_is(&v, STR("1.0-")));
    assert_false(yum_evr_is(&v, STR("")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rpm_says_the_same),
        cmocka_unit_test(epochs_go_first),
        cmocka_unit_test(a_version_is_named_with_or_without_release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
