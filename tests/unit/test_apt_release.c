/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/apt_release.h"
#include "unit/cmocka_all.h"

#define D1 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define D2 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static void read_and_written_again(void **state) {
    static const char text[] =
        "Origin: Others\nSuite: stable\nMD5Sum:\n x 1 y\nX-Own: kept\nSHA256:\n " D1
        "  12 main/binary-amd64/Packages\n " D2 " 7 contrib/x\n";
    AUTO(arena) mem = {0};
    AUTO(buf) out = BUF_NONE;
    struct apt_release r = {.mem = &mem};
    struct err e = {0};

    (void)state;
    assert_int_equal(apt_release_read(STR(text), "Release", &r, &e), OK);
    assert_true(str_is(apt_release_get(&r, "X-Own"), "kept"));
    assert_int_equal(r.n, 2);
    assert_int_equal(apt_release_find(&r, STR("main/binary-amd64/Packages"))->size, 12);
    apt_release_drop(&r, STR("contrib/"));
    apt_release_put(&r, &(struct apt_release_file){STR("a"), STR(D2), 3});
    buf_init(&out, 10000);
    apt_release_write(&r, &out);
    assert_string_equal(out.p, "Origin: Others\nSuite: stable\nX-Own: kept\nSHA256:\n " D2
                               "                3 a\n " D1
                               "               12 main/binary-amd64/Packages\n");
}

static void refused(const char *text, const char *why) {
    AUTO(arena) mem = {0};
    struct apt_release r = {.mem = &mem};
    struct err e = {0};

    if (apt_release_read(str_of(text), "Release", &r, &e) != (int)E_INPUT ||
        !str_has(str_of(e.msg), why))
        fail_msg("%s: %s", text, e.msg);
}

static void what_leads_out_is_refused(void **state) {
    (void)state;
    refused("SHA256:\n " D1 " 1 ../../etc/passwd\n", "SHA256: ");
    refused("SHA256:\n " D1 " 1 /etc/passwd\n", "SHA256: ");
    refused("SHA256:\n " D1 " -1 x\n", "no digest, size and path");
    refused("SHA256:\n abc 1 x\n", "no digest, size and path");
    refused("no field\n", "Release:1");
    refused("A: b\n\nC: d\n", "is no Release file");
    refused("", "is no Release file");
}

static void dates(void **state) {
    AUTO(arena) mem = {0};
    int64_t s;

    (void)state;
    assert_true(apt_release_date(STR("Sat, 21 Nov 2026 02:55:37 UTC"), &s));
    assert_int_equal(s, 1795229737);
    assert_true(str_is(apt_release_time(&mem, s), "Sat, 21 Nov 2026 02:55:37 UTC"));
    assert_true(apt_release_date(STR("Thu,  1 Jan 1970 00:00:00 +0000"), &s));
    assert_int_equal(s, 0);
    assert_false(apt_release_date(STR("Sat, 21 Nov 2026 02:55:37 CEST"), &s));
    assert_false(apt_release_date(STR("Sat, 21 Nov 2026"), &s));
    assert_false(apt_release_date(STR("yesterday"), &s));
    assert_false(apt_release_date(STR(""), &s));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_and_written_again),
        cmocka_unit_test(what_leads_out_is_refused),
        cmocka_unit_test(dates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
