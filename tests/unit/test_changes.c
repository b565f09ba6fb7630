/* SPDX-License-Identifier: Apache-2.0 */
#include "os/clock.h"
#include "os/fsys.h"
#include "os/tmpdir.h"
#include "stage/changes.h"
#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

static const char *show(struct arena *a, const struct recipe *r) {
    const char *all = "";

    for (size_t i = 0; i < r->n_changes; i++) {
        const struct recipe_change *c = &r->changes[i];

        all = arena_fmt(a, "%s" STR_F "|" STR_F "|" STR_F "\n", all, STR_A(c->version),
                        STR_A(clock_rfc3339(a, c->time)), STR_A(c->author));
        for (size_t k = 0; k < c->n_items; k++)
            all = arena_fmt(a, "%s- " STR_F "\n", all, STR_A(c->items[k]));
    }
    return all;
}

static void file_gives(struct str text, const char *version, const char *want) {
    AUTO(tmpdir) d = TMPDIR_NONE;
    AUTO(arena) a = {0};
    struct err e = {0};
    struct recipe r = {.version = str_of(version), .maintainer = STR("M"), .time = 1767225600};

    assert_int_equal(tmpdir_open(&d, "changes", &e), 0);
    r.dir = d.path;
    assert_int_equal(fsys_write(d.fd, "CHANGES", text, 0644, &e), 0);
    if (changes_load(&r, STR("CHANGES"), &a, &e)) {
        assert_int_equal(e.code, E_RECIPE);
        assert_int_equal(r.n_changes, 0);
        assert_string_equal(e.msg, want);
    } else {
        assert_string_equal(show(&a, &r), want);
    }
}

static void keep_a_changelog(void **state) {
    (void)state;
    struct str text = STR("# Changelog\n\nAll changes. See [semver](x).\n\n"
                          "## [Unreleased]\n\n- soon\n\n"
                          "## [1.1.0] - 2026-01-02\n\n### Added\n\n- one\n  and more\tof it\n"
                          "* two\n  - below two\n\nA paragraph\nof two lines.\n\n"
                          "## [1.0.1](https://example.com/1) (2025-12-24)\n\n"
                          "## v1.0.0-rc.1\n- first\n\n[1.1.0]: https://example.com/2\n");

    file_gives(text, "1.1.0",
               "1.1.0|2026-01-02T12:00:00Z|M\n- one and more of it\n- two\n- below two\n"
               "- A paragraph of two lines.\n"
               "1.0.1|2025-12-24T12:00:00Z|M\n- Version 1.0.1.\n"
               "1.0.0-rc.1|2025-12-24T12:00:00Z|M\n- first\n");
    file_gives(text, "1.2.0",
               "1.2.0|2026-01-01T00:00:00Z|M\n- soon\n"
               "1.1.0|2026-01-02T12:00:00Z|M\n- one and more of it\n- two\n- below two\n"
               "- A paragraph of two lines.\n"
               "1.0.1|2025-12-24T12:00:00Z|M\n- Version 1.0.1.\n"
               "1.0.0-rc.1|2025-12-24T12:00:00Z|M\n- first\n");
}

static void debian_changelog(void **state) {
    (void)state;
    file_gives(STR("hello (1:1.2.0~beta.1-2) unstable; urgency=medium\n\n  * One thing\n"
                   "    goes on.\n  * Two.\n\n"
                   " -- Ann Example <ann@example.com>  Sat, 21 Nov 2026 02:55:37 +0100\n\n"
                   "hello (1.1.0) unstable; urgency=low\n\n  * Old.\n\n"
                   " -- Bob <b@example.com>  Thu, 1 Jan 2026 00:00:00 +0000\n"),
               "1.2.0",
               "1.2.0-beta.1|2026-11-21T01:55:37Z|Ann Example <ann@example.com>\n"
               "- One thing goes on.\n- Two.\n"
               "1.1.0|2026-01-01T00:00:00Z|Bob <b@example.com>\n- Old.\n");
    file_gives(STR("hello (1.0) unstable; urgency=low\n  * x\n -- A <a@b>  yesterday\n"), "1",
               "CHANGES:3: not a date: \"yesterday\"");
}

static void what_cannot_be_read(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct err e = {0};
    struct recipe r = {.dir = "/"};

    file_gives(STR("Just text\n"), "1.0.0",
               "CHANGES: names no version; a heading like \"## [1.2.3] - 2026-01-02\" is expected");
    file_gives(STR("## 1.0.0\n- \xff\n"), "1.0.0", "CHANGES:2: not valid UTF-8");
    assert_int_equal(changes_load(&r, STR("no/such/file"), &a, &e), E_INPUT);
}

static void git_tags_are_versions(void **state) {
    (void)state;
    AUTO(tmpdir) d = TMPDIR_NONE;
    AUTO(arena) a = {0};
    struct err e = {0};
    struct recipe r = {.version = STR("1.1.0"), .time = 1767225600};

    assert_int_equal(tmpdir_open(&d, "changes", &e), 0);
    r.dir = d.path;
    assert_int_equal(
        system(
            arena_fmt(&a,
                      "cd %s && export HOME=$PWD GIT_AUTHOR_NAME=Ann GIT_COMMITTER_NAME=Ann "
                      "GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_EMAIL=a@b && "
                      "GIT_CONFIG_NOSYSTEM=1 && git init -q && c() { GIT_AUTHOR_DATE=\"$2 +0000\" "
                      "GIT_COMMITTER_DATE=\"$2 +0000\" git commit -q --allow-empty -m \"$1\"; } && "
                      "c first 2025-01-01T00:00:00 && c 'fix: second' 2025-01-02T00:00:00 && "
                      "git tag v1.0.0 && git tag v1.0.1 && c third 2025-01-03T00:00:00 && "
                      "git tag v1.1.0-rc.1 && c 'chore: fourth' 2025-01-04T00:00:00",
                      d.path)),
        0);
    if (changes_load(&r, STR("git"), &a, &e))
        fail_msg("%s", e.msg);
    assert_string_equal(show(&a, &r),
                        "1.1.0|2026-01-01T00:00:00Z|Ann <a@b>\n- chore: fourth\n"
                        "1.1.0-rc.1|2025-01-03T00:00:00Z|Ann <a@b>\n- third\n"
                        "1.0.1|2025-01-02T00:00:00Z|Ann <a@b>\n- Version 1.0.1.\n"
                        "1.0.0|2025-01-02T00:00:00Z|Ann <a@b>\n- fix: second\n- first\n");
    r.version = STR("1.1.0-rc.1");
    assert_int_equal(changes_load(&r, STR("git"), &a, &e), 0);
    assert_int_equal(r.n_changes, 3);
    assert_true(str_is(r.changes[0].version, "1.1.0-rc.1"));
    r.dir = "/";
    assert_int_equal(changes_load(&r, STR("git"), &a, &e), E_RECIPE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keep_a_changelog),
        cmocka_unit_test(debian_changelog),
        cmocka_unit_test(what_cannot_be_read),
        cmocka_unit_test(git_tags_are_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
