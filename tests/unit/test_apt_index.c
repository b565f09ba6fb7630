/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/apt_index.h"
#include "unit/cmocka_all.h"

#define PARA(name, version, file)                                                                  \
    "Package: " name "\nVersion: " version "\nArchitecture: amd64\nFilename: " file                \
    "\nSize: 1\nSHA256: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"

static void sorted_as_dpkg_orders(void **state) {
    static const char text[] =
        PARA("b", "1.10", "pool/b10") "\n" PARA("b", "1.9", "pool/b9") "\n" PARA(
            "a", "2", "./pool/a") "Description: two\n lines\n\n\n" PARA("b", "1.9", "pool/b9");
    AUTO(arena) mem = {0};
    struct apt_index ix = {.mem = &mem};
    struct err e = {0};

    (void)state;
    assert_int_equal(apt_index_parse(STR(text), "Packages", &ix, &e), OK);
    assert_int_equal(ix.n, 4);
    apt_index_sort(&ix);
    assert_int_equal(ix.n, 3); /* the same twice is one */
    assert_true(str_is(ix.v[0].filename, "pool/a"));
    assert_true(str_ends(ix.v[0].text, "Description: two\n lines\n"));
    assert_true(str_is(ix.v[1].version, "1.9"));
    assert_true(str_is(ix.v[2].version, "1.10"));
}

static void refused(const char *text, const char *why) {
    AUTO(arena) mem = {0};
    struct apt_index ix = {.mem = &mem};
    struct err e = {0};

    if (apt_index_parse(str_of(text), "Packages", &ix, &e) != (int)E_INPUT ||
        !str_has(str_of(e.msg), why))
        fail_msg("%s: %s", text, e.msg);
}

static void what_is_no_paragraph_is_refused(void **state) {
    (void)state;
    refused(PARA("a/../../b", "1", "pool/a"), "is no package name");
    refused(PARA("", "1", "pool/a"), "is no package name");
    refused(PARA("a", "one", "pool/a"), "is no version");
    refused(PARA("a", "1", "../a"), "Filename of a");
    refused(PARA("a", "1", "/etc/passwd"), "Filename of a");
    refused(PARA("a", "1", ""), "Filename of a");
    refused("Package: a\nVersion: 1\nArchitecture: all\nFilename: x\n", "has no Size");
    refused("Package: a\nVersion: 1\nArchitecture: a b\nFilename: x\nSize: 1\n",
            "is no architecture");
    refused("Package: a\nVersion: 1\nArchitecture: all\nFilename: x\nSize: 1\nSHA256: 12\n",
            "SHA256 of a");
    refused("\1\2\3", "is no package name");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorted_as_dpkg_orders),
        cmocka_unit_test(what_is_no_paragraph_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
