/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/latest_yml.h"
#include "feed/yaml_dump.h"
#include "unit/cmocka_all.h"

#include <string.h>

struct made { /* what make() gave */
    struct arena *mem;
    struct str name[16], text[16];
    size_t n;
};

static int keep(void *self, struct str name, struct str bytes, uint64_t cache, struct err *e) {
    struct made *m = self;

    (void)e;
    assert_int_equal(cache, 300);
    assert_true(m->n < COUNT(m->name));
    m->name[m->n] = str_dup(m->mem, name);
    m->text[m->n++] = str_dup(m->mem, bytes);
    return OK;
}

static void add(struct release *r, const char *name, const char *format, const char *os,
                const char *arch, uint64_t map) {
    struct artifact a = {
        .name = str_of(name),
        .role = ROLE_PACKAGE,
        .format = str_of(format),
        .os = str_of(os),
        .arch = str_of(arch),
        .size = 1000 + strlen(name),
        .blockmap_size = map,
    };

    a.digests.kinds = DIGEST_SHA256 | DIGEST_SHA512;
    memset(a.digests.sha512, name[strlen(name) - 1], sizeof a.digests.sha512);
    release_add(r, &a);
}

static struct made feed(struct arena *a, const struct recipe *recipe, const struct release *r,
                        const char *section) {
    struct made m = {.mem = a};
    struct value *v = NULL;
    struct feeder_job j = {.recipe = recipe, .release = r, .mem = a, .put = keep, .self = &m};
    struct err e = {0};

    if (section) {
        assert_int_equal(value_yaml(str_of(section), "feed", a, &v, &e), OK);
        j.section = v;
    }
    assert_int_equal(latest_yml_feeder.make(&j, &e), OK);
    return m;
}

static const char *names(struct arena *a, const struct made *m) {
    const char *all = "";

    for (size_t i = 0; i < m->n; i++)
        all = arena_fmt(a, "%s%s" STR_F, all, i ? " " : "", STR_A(m->name[i]));
    return all;
}

static void writes_what_electron_builder_writes(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct str items[] = {STR("first: thing"), STR("second thing\n")};
    struct recipe_change change = {.version = STR("1.10.0"), .items = items, .n_items = 2};
    struct recipe recipe = {.changes = &change, .n_changes = 1};
    struct release r = {.mem = &a, .version = STR("1.10.0"), .time = 1800000000};
    struct made m;

    add(&r, "app.deb", "deb", "linux", "x86_64", 0);
    add(&r, "app.rpm", "rpm", "linux", "x86_64", 0);
    add(&r, "app.tar.gz", "tar.gz", "linux", "x86_64", 0);
    add(&r, "z.AppImage", "appimage", "linux", "x86_64", 77);
    m = feed(&a, &recipe, &r, "{staging-percentage: 10, minimum-system-version: '6.1'}");
    assert_int_equal(m.n, 1);
    assert_string_equal(m.name[0].p, "latest-linux.yml");
    assert_string_equal(
        m.text[0].p,
        "version: 1.10.0\n"
        "files:\n"
        "  - url: z.AppImage\n"
        "    sha512: ZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVl"
        "ZWVlZWVlZQ==\n"
        "    size: 1010\n"
        "    blockMapSize: 77\n"
        "  - url: app.deb\n"
        "    sha512: YmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJi"
        "YmJiYmJiYg==\n"
        "    size: 1007\n"
        "  - url: app.rpm\n"
        "    sha512: bW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1t"
        "bW1tbW1tbQ==\n"
        "    size: 1007\n"
        "path: z.AppImage\n"
        "sha512: ZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVl"
        "ZWVlZWVlZQ==\n"
        "releaseNotes: |\n"
        "  - first: thing\n"
        "  - second thing\n"
        "stagingPercentage: 10\n"
        "minimumSystemVersion: '6.1'\n"
        "releaseDate: '2027-01-15T08:00:00.000Z'\n");
}

static void one_manifest_for_each_system(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct recipe recipe = {0};
    struct release r = {.mem = &a, .version = STR("2.0.0-beta.3"), .time = 1};
    struct made m;

    add(&r, "a.zip", "zip", "linux", "x86_64", 0);
    add(&r, "a.dmg", "dmg", "macos", "aarch64", 0);
    m = feed(&a, &recipe, &r, NULL);
    assert_string_equal(names(&a, &m), ""); /* a mac is updated from a zip, Linux never is */
    add(&r, "a-arm64.zip", "zip", "macos", "aarch64", 0);
    add(&r, "b-x64.zip", "zip", "macos", "x86_64", 0);
    add(&r, "a-arm.deb", "deb", "linux", "armv7", 0);
    add(&r, "a-arm64.deb", "deb", "linux", "aarch64", 0);
    add(&r, "a-ia32.deb", "deb", "linux", "i686", 0);
    add(&r, "a-arm64.exe", "nsis", "windows", "aarch64", 0);
    add(&r, "a-x64.exe", "nsis", "windows", "x86_64", 0);
    add(&r, "a-z.exe", "nsis", "windows", "any", 0);
    m = feed(&a, &recipe, &r, NULL);
    assert_string_equal(names(&a, &m), "beta.yml beta-mac.yml beta-linux-ia32.yml "
                                       "beta-linux-arm.yml beta-linux-arm64.yml");
    assert_non_null(strstr(m.text[0].p, "path: a-z.exe\n"));
    assert_true(strstr(m.text[0].p, "url: a-x64.exe") < strstr(m.text[0].p, "url: a-arm64.exe"));
    assert_non_null(strstr(m.text[1].p, "path: b-x64.zip\n"));
    m = feed(&a, &recipe, &r, "{enabled: false}");
    assert_int_equal(m.n, 0);
    m = feed(&a, &recipe, &r, "{all-channels: true, channel: beta}");
    assert_int_equal(m.n, 10);
    assert_string_equal(m.name[1].p, "alpha.yml");
    assert_true(str_eq(m.text[0], m.text[1]));
}

/* A manifest for Windows: setup programs come first, by which electron-updater goes. */
static void installer_packages_stand_behind_setup_programs(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct target target = {.os = OS_WINDOWS, .arch = ARCH_X86_64};
    struct recipe recipe = {.targets = &target, .n_targets = 1};
    struct release r = {.mem = &a, .version = STR("1.0.0"), .time = 1};
    struct value *root;
    struct err e = {0};
    struct made m;

    assert_int_equal(value_yaml(STR("nsis: {per-machine: 'true'}"), "r", &a, &root, &e), OK);
    recipe.root = root;
    add(&r, "a-arm64.msi", "msi", "windows", "aarch64", 0);
    add(&r, "a-x64-de.msi", "msi", "windows", "x86_64", 0);
    add(&r, "a-x64-en.msi", "msi", "windows", "x86_64", 0);
    m = feed(&a, &recipe, &r, NULL);
    assert_string_equal(names(&a, &m), "latest.yml");
    add(&r, "b-x64-setup.exe", "nsis", "windows", "x86_64", 0);
    add(&r, "b-x64-portable.exe", "portable", "windows", "x86_64", 0);
    m = feed(&a, &recipe, &r, NULL);
    assert_non_null(strstr(m.text[0].p, "files:\n  - url: b-x64-setup.exe\n"));
    assert_true(strstr(m.text[0].p, "-de.msi") < strstr(m.text[0].p, "-en.msi"));
    assert_true(strstr(m.text[0].p, "-en.msi") < strstr(m.text[0].p, "a-arm64.msi"));
    assert_null(strstr(m.text[0].p, "portable"));
    assert_null(strstr(m.text[0].p, "isAdminRightsRequired"));
    assert_int_equal(value_yaml(STR("nsis: {per-machine: 'true', elevate-helper: true}"), "r", &a,
                                &root, &e),
                     OK);
    recipe.root = root;
    m = feed(&a, &recipe, &r, NULL);
    assert_non_null(
        strstr(m.text[0].p, "    size: 1015\n    isAdminRightsRequired: true\n  - url"));
    assert_int_equal(latest_yml_feeder.way(&r.v[0]), FEEDER_NOT);
}

static size_t findings(struct arena *a, const struct release *r, struct str text) {
    struct report bad = {.mem = a};
    struct err e = {0};

    assert_int_equal(
        latest_yml_feeder.verify(STR("latest-linux.yml"), text, r, &bad, "dist", a, &e), OK);
    return bad.total;
}

static struct str swapped(struct arena *a, struct str s, const char *from, const char *to) {
    char *p = arena_dup(a, s.p, s.n), *at = strstr(p, from);

    assert_non_null(at);
    assert_int_equal(strlen(from), strlen(to));
    memcpy(at, to, strlen(to));
    return (struct str){p, s.n};
}

static void verify_sees_every_change(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct recipe recipe = {0};
    struct release r = {.mem = &a, .version = STR("1.0.0"), .time = 1};
    struct made m;

    add(&r, "app.deb", "deb", "linux", "x86_64", 0);
    add(&r, "a.AppImage", "appimage", "linux", "x86_64", 55);
    m = feed(&a, &recipe, &r, NULL);
    assert_int_equal(findings(&a, &r, m.text[0]), 0);
    assert_int_equal(findings(&a, &r, swapped(&a, m.text[0], "1.0.0", "1.0.1")), 1);
    assert_int_equal(findings(&a, &r, swapped(&a, m.text[0], "size: 1007", "size: 1008")), 1);
    assert_int_equal(findings(&a, &r, swapped(&a, m.text[0], "Size: 55", "Size: 56")), 1);
    assert_int_equal(findings(&a, &r, swapped(&a, m.text[0], "url: app", "url: abb")), 1);
    assert_int_equal(findings(&a, &r, swapped(&a, m.text[0], "sha512: Y", "sha512: Z")), 1);
    assert_int_equal(findings(&a, &r, swapped(&a, m.text[0], "path: a.A", "path: b.A")), 1);
    assert_int_equal(findings(&a, &r, STR("version: 1.0.0\n")), 1);
    assert_int_equal(findings(&a, &r, STR("a: [\n")), 1);
    assert_int_equal(findings(&a, &r, STR("[1]\n")), 2);
}

static void strings_stay_strings(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"", "''"},
        {"1.0.1", "1.0.1"},
        {"1.10", "'1.10'"},
        {"1e3", "'1e3'"},
        {"0x1F", "'0x1F'"},
        {"yes", "'yes'"},
        {"~", "'~'"},
        {"2026-11-21", "'2026-11-21'"},
        {"12:30:45", "'12:30:45'"},
        {"a: b", "'a: b'"},
        {"a:b", "a:b"},
        {"a #b", "'a #b'"},
        {"a#b", "a#b"},
        {"- a", "'- a'"},
        {"it's", "it's"},
        {"'x'", "'''x'''"},
        {"a ", "'a '"},
        {"end:", "'end:'"},
        {"tab\there", "\"tab\\there\""},
        {"\x01\"\\", "\"\\x01\\\"\\\\\""},
        {"a\xc2\xa0z", "\"a\\_z\""},
        {"bad\xff", "\"bad\xef\xbf\xbd\""},
        {"\xf0\x9f\x9a\xa2 ü", "\xf0\x9f\x9a\xa2 ü"},
        {"a\nb", "|-\n  a\n  b"},
        {"a\n\nb\n", "|\n  a\n\n  b"},
        {" a\nb\n\n", "|2+\n   a\n  b\n"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO(buf) b = BUF_NONE;

        buf_init(&b, 1000);
        yaml_dump(str_of(cases[i][0]), 2, &b);
        assert_string_equal(b.p, cases[i][1]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_what_electron_builder_writes),
        cmocka_unit_test(one_manifest_for_each_system),
        cmocka_unit_test(installer_packages_stand_behind_setup_programs),
        cmocka_unit_test(verify_sees_every_change),
        cmocka_unit_test(strings_stay_strings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
