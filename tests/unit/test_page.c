/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/page.h"
#include "unit/cmocka_all.h"

#include <string.h>

struct fixture {
    struct arena mem;
    struct release ledger, before;
    struct recipe recipe;
    struct page_release releases[2];
    struct page_job job;
};

static void add(struct release *r, const char *name, enum artifact_role role, const char *format,
                const char *os, const char *arch, uint64_t size) {
    struct artifact a = {.name = str_of(name),
                         .role = role,
                         .format = str_of(format),
                         .os = str_of(os),
                         .arch = str_of(arch),
                         .size = size};

    memset(a.digests.sha256, 0xab, sizeof a.digests.sha256);
    release_add(r, &a);
}

static void begin(struct fixture *f) {
    *f = (struct fixture){0};
    f->ledger.mem = f->before.mem = &f->mem;
    add(&f->ledger, "a-1.1.0+b-linux-x86_64.tar.gz", ROLE_PACKAGE, "tar.gz", "linux", "x86_64",
        999);
    add(&f->ledger, "a_1.1.0+b_amd64.deb", ROLE_PACKAGE, "deb", "linux", "x86_64", 123456);
    add(&f->ledger, "a_1.1.0+b_amd64.deb.asc", ROLE_SIGNATURE, "asc", "", "", 200);
    add(&f->ledger, "a-1.1.0+b-1.aarch64.rpm", ROLE_PACKAGE, "rpm", "linux", "aarch64",
        UINT64_C(5000000000));
    add(&f->ledger, "checksums.sha256", ROLE_CHECKSUMS, "sha256", "", "", 100);
    add(&f->before, "a_1.0.0_amd64.deb", ROLE_PACKAGE, "deb", "linux", "x86_64", 1);
    f->recipe = (struct recipe){.name = STR("a"), .title = STR("A"), .dir = "/"};
    f->releases[0] = (struct page_release){STR("1.1.0+b"), STR("stable"), 1767225600, &f->ledger,
                                           "releases/v1.1.0+b"};
    f->releases[1] =
        (struct page_release){STR("1.0.0"), STR("beta"), 0, &f->before, "releases/v1.0.0"};
    f->job =
        (struct page_job){.recipe = &f->recipe, .releases = f->releases, .n = 2, .mem = &f->mem};
}

/* The page, in the fixture's memory. */
static struct str page(struct fixture *f) {
    AUTO(buf) html = BUF_NONE;
    struct err e = {0};

    buf_init(&html, 1 << 20);
    if (page_write(&f->job, &html, &e))
        fail_msg("%s", e.msg);
    return str_dup(&f->mem, buf_get(&html));
}

static size_t place(struct str s, const char *z) {
    const char *p = strstr(s.p, z);

    if (!p)
        fail_msg("\"%s\" is not on the page", z);
    return (size_t)(p - s.p);
}

static void files_stand_by_system_and_kind(void **state) {
    (void)state;
    struct fixture f;
    struct str s;

    begin(&f);
    s = page(&f);
    assert_true(place(s, "id=\"linux-x86_64\"") < place(s, "a_1.1.0+b_amd64.deb</span>"));
    assert_true(place(s, "a_1.1.0+b_amd64.deb</span>") < place(s, ".tar.gz</span>"));
    assert_true(place(s, ".tar.gz</span>") < place(s, "id=\"linux-aarch64\""));
    /* '+' is a blank to some servers */
    place(s, "href=\"releases/v1.1.0%2Bb/a_1.1.0%2Bb_amd64.deb\"");
    place(s, "href=\"releases/v1.1.0%2Bb/a_1.1.0%2Bb_amd64.deb.asc\"");
    place(s, "title=\"123456 bytes\"");
    place(s, ">999 bytes<");
    place(s, ">5.0 GB<");
    place(s, "abababababababababababababababababababababababababababababababab");
    place(s, "<time datetime=\"2026-01-01\">1 January 2026</time>");
    place(s, "<span class=\"number\">1.0.0</span> <span class=\"tag\">beta</span></summary>");
    assert_true(str_eq(s, page(&f)));
    arena_drop(&f.mem);
}

static void commands_need_an_address(void **state) {
    (void)state;
    struct fixture f;
    struct str s;

    begin(&f);
    f.job.apt = f.job.yum = f.job.script = true;
    s = page(&f);
    assert_false(str_has(s, "apt-get update") || str_has(s, "dnf install") ||
                 str_has(s, "install.sh"));
    f.job.url = STR("https://example.com/a");
    s = page(&f);
    place(s, "https://example.com/a/apt/a.sources");
    place(s, "sudo apt-get install a");
    place(s, "https://example.com/a/yum/a.repo");
    place(s, "curl -fsSL https://example.com/a/install/install.sh | sh");
    place(s, "id=\"way-apt\" checked");
    assert_false(str_has(s, "id=\"way-dnf\" checked"));
    place(s, "not signed");
    f.job.fingerprint = STR("0123456789ABCDEF");
    place(page(&f), "0123 4567 89AB CDEF");
    arena_drop(&f.mem);
}

static void what_people_wrote_stays_text(void **state) {
    (void)state;
    struct fixture f;
    struct str s;

    begin(&f);
    f.recipe.title = STR("</title><script>alert(1)</script>");
    f.recipe.summary = STR("\" onload=\"alert(1)\n\x01\xff{{ url }}");
    f.recipe.description = STR("one\ntwo\n\n- <b>\n* more\nlast");
    f.recipe.homepage = STR("javascript:alert(1)");
    f.recipe.vendor = STR("<i>");
    s = page(&f);
    assert_false(str_has(s, "<script>alert"));
    assert_false(str_has(s, "\" onload"));
    assert_false(str_has(s, "javascript:"));
    assert_false(str_has(s, "<i>"));
    place(s, "<p>one two</p>");
    place(s, "<li>&lt;b&gt;</li>");
    place(s, "<li>more</li>");
    place(s, "<p>last</p>");
    place(s, "{{ url }}");
    assert_true(str_utf8(s));
    arena_drop(&f.mem);
}

static void without_a_release_there_is_no_page(void **state) {
    (void)state;
    struct fixture f;
    struct err e = {0};
    AUTO(buf) html = BUF_NONE;

    begin(&f);
    buf_init(&html, 1 << 20);
    f.job.n = 0;
    assert_int_equal(page_write(&f.job, &html, &e), E_BUG);
    f.job.n = 1;
    f.releases[0].ledger = &(struct release){.mem = &f.mem};
    place(page(&f), "no files to download");
    arena_drop(&f.mem);
}

static void a_file_for_every_linux_has_its_way(void **state) {
    (void)state;
    struct fixture f;
    struct str s;

    begin(&f);
    f.job.url = STR("https://example.com/a");
    add(&f.ledger, "a-1.1.0+b-aarch64.AppImage", ROLE_PACKAGE, "appimage", "linux", "aarch64", 9);
    add(&f.ledger, "a-1.1.0+b-x86_64.AppImage", ROLE_PACKAGE, "appimage", "linux", "x86_64", 9);
    add(&f.ledger, "a_1.1.0+b_arm64.snap", ROLE_PACKAGE, "snap", "linux", "aarch64", 9);
    s = page(&f);
    place(s, "curl -fLO https://example.com/a/releases/v1.1.0+b/a-1.1.0+b-x86_64.AppImage\n"
             "chmod +x a-1.1.0+b-x86_64.AppImage\n./a-1.1.0+b-x86_64.AppImage");
    place(s, "sudo snap install --dangerous ./a_1.1.0+b_arm64.snap");
    place(s, "sudo snap remove a");
    arena_drop(&f.mem);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_stand_by_system_and_kind),
        cmocka_unit_test(a_file_for_every_linux_has_its_way),
        cmocka_unit_test(commands_need_an_address),
        cmocka_unit_test(what_people_wrote_stays_text),
        cmocka_unit_test(without_a_release_there_is_no_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
