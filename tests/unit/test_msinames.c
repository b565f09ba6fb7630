/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msinames.h"
#include "unit/cmocka_all.h"

static void guids_are_those_of_rfc_9562(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    /* python3 -c 'import uuid; print(uuid.uuid5(uuid.UUID("6b1d9f52-8c34-4e77-9a05-d13c2e60b84f"),
     * "component\ncom.example\nbin/a"))' */
    struct str g = msinames_guid(&a, "component", STR("com.example"), STR("bin/a"));

    assert_string_equal(g.p, "{3D39EE44-07FE-5896-A03C-CDE370BB616A}");
    assert_true(msinames_is_guid(g));
    assert_false(msinames_is_guid(STR("{0123}")));
    assert_false(msinames_is_guid(STR("{abcdefab-0000-0000-0000-000000000000}")));
}

static void identifiers_are_short_and_differ(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct str x = msinames_id(&a, "f_", STR("bin/h\xc3\xa4llo.exe"));
    struct str y = msinames_id(&a, "f_", STR("bin/h__llo.exe"));
    char text[300];

    assert_true(str_starts(x, "f_bin_h__llo.exe_"));
    assert_false(str_eq(x, y));
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = 'x';
    assert_int_equal(msinames_id(&a, "c_", (struct str){text, sizeof text}).n, 72);
}

static void short_names_are_of_their_folder(void **state) {
    (void)state;
    static const char *const names[][2] = {
        {"a.txt", "a.txt"},
        {"A.TXT", "A~1.TXT|A.TXT"}, /* the same to Windows */
        {"readme.markdown", "README~1.MAR|readme.markdown"},
        {"readme.markdown2", "README~2.MAR|readme.markdown2"},
        {".hidden", "~1.HID|.hidden"},
        {"with blank.x", "WITHBL~1.X|with blank.x"},
        {"\xe4\xb8\xad.exe", "~1.EXE|\xe4\xb8\xad.exe"},
        {"no suffix at all", "NOSUFF~1|no suffix at all"},
        {"a+b.c", "AB~1.C|a+b.c"},
        {"x.", "X~1|x."},
    };
    AUTO(arena) a = {0};
    struct map taken = {.mem = &a};

    for (size_t i = 0; i < COUNT(names); i++)
        assert_string_equal(msinames_file(&a, &taken, str_of(names[i][0])).p, names[i][1]);
}

/* Counted from 1 for each name, this would take minutes. */
static void many_short_names_of_one_folder(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct map taken = {.mem = &a}, seen = {.mem = &a};
    struct str last = {0};

    for (int i = 1; i <= 60000; i++) {
        last = msinames_file(&a, &taken, str_fmt(&a, "chunk-number-%05d.js", i));
        assert_null(map_put(&seen, str_cut(last, 0, str_find(last, '|')), &a));
        if (i == 10)
            assert_string_equal(last.p, "CHUNK~10.JS|chunk-number-00010.js");
    }
    assert_string_equal(last.p, "CH~60000.JS|chunk-number-60000.js");
    assert_string_equal(msinames_file(&a, &taken, STR("chunky.html")).p,
                        "CHUNKY~1.HTM|chunky.html");
}

static void later_versions_are_larger(void **state) {
    (void)state;
    static const char *const rising[][2] = {
        {"1.2.3-dev", "1.2.3.1"},
        {"1.2.3-alpha.1", "1.2.3.10002"},
        {"1.2.3-alpha.9", "1.2.3.10010"},
        {"1.2.3-beta", "1.2.3.20001"},
        {"1.2.3-beta.2", "1.2.3.20003"},
        {"1.2.3-rc.1+b7", "1.2.3.30002"},
        {"1.2.3", "1.2.3"},
        {"255.255.65535", "255.255.65535"},
    };
    AUTO(buf) b = BUF_NONE;
    struct err e = {0};

    buf_init(&b, 64);
    for (size_t i = 0; i < COUNT(rising); i++) {
        buf_clear(&b);
        assert_int_equal(msinames_version(str_of(rising[i][0]), &b, &e), OK);
        assert_string_equal(b.p, rising[i][1]);
    }
    assert_int_equal(msinames_stage(STR("1.2.3-beta.2")), 20003);
    assert_int_equal(msinames_stage(STR("1.2.3")), 65535); /* above every pre-release */
    assert_int_equal(msinames_version(STR("256.0.0"), &b, &e), E_RECIPE);
    assert_string_equal(e.msg, "Windows Installer holds versions up to 255.255.65535, not 256.0.0");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guids_are_those_of_rfc_9562),
        cmocka_unit_test(identifiers_are_short_and_differ),
        cmocka_unit_test(short_names_are_of_their_folder),
        cmocka_unit_test(many_short_names_of_one_folder),
        cmocka_unit_test(later_versions_are_larger),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
