/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/der.h"
#include "unit/cmocka_all.h"

#include <string.h>

#define BYTES(lit) ((struct str){(lit), sizeof(lit) - 1})

static void same(struct str got, struct str want) {
    assert_int_equal(got.n, want.n);
    assert_memory_equal(got.p, want.p, want.n);
}

static void elements_are_written(void **state) {
    AUTO(arena) mem = {0};
    static char large[70000];
    struct str all;

    (void)state;
    same(der_int(&mem, 0), BYTES("\2\1\0"));
    same(der_int(&mem, 127), BYTES("\2\1\x7f"));
    same(der_int(&mem, 128), BYTES("\2\2\0\x80"));
    same(der_int(&mem, UINT64_MAX), BYTES("\2\x9\0\xff\xff\xff\xff\xff\xff\xff\xff"));
    same(der_oid(&mem, "1.3.6.1.4.1.311.2.1.4"), BYTES("\6\x0a\x2b\6\1\4\1\x82\x37\2\1\4"));
    same(der_oid(&mem, "2.16.840.1.101.3.4.2.1"), BYTES("\6\x9\x60\x86\x48\1\x65\3\4\2\1"));
    same(DER(&mem, DER_SEQ, der_int(&mem, 1), (struct str){0}, STR("\5\0")),
         BYTES("\x30\5\2\1\1\5\0"));
    all = der_of(&mem, DER_OCTETS, &(struct str){large, 128}, 1);
    assert_memory_equal(all.p, "\4\x81\x80", 3);
    all = der_of(&mem, DER_OCTETS, &(struct str){large, sizeof large}, 1);
    assert_memory_equal(all.p, "\4\x83\x01\x11\x70", 5);
    assert_int_equal(all.n, sizeof large + 5);
    same(der_set_of(
             &mem, (const struct str[]){STR("\2\1\3"), STR("\2\1\1"), STR("\4\0"), STR("\2\0")}, 4),
         BYTES("\x31\x0a\2\0\2\1\1\2\1\3\4\0"));
}

static void what_is_damaged_is_no_element(void **state) {
    static const struct str bad[] = {{"", 0},
                                     {"\x30", 1},
                                     {"\x30\1", 2},
                                     {"\x30\x80", 2},
                                     {"\x30\x81", 2},
                                     {"\x30\x82\0", 3},
                                     {"\x1f\1\0", 3},
                                     {"\x30\x85\0\0\0\0\0", 7},
                                     {"\x30\x84\xff\xff\xff\xff\0", 7}};
    struct str rest = BYTES("\2\1\5\4\2hi\0\0");
    struct der d;
    uint64_t v = 7;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct str s = bad[i];

        assert_false(der_next(&s, &d));
        assert_int_equal(s.n, bad[i].n);
    }
    assert_false(der_take(&rest, DER_SEQ, &d));
    assert_true(der_take(&rest, DER_INT, &d));
    assert_true(der_u64(d.body, &v));
    assert_int_equal(v, 5);
    assert_true(der_next(&rest, &d));
    assert_true(str_is(d.body, "hi"));
    assert_false(der_u64(BYTES("\xff"), &v));
    assert_false(der_u64(BYTES(""), &v));
    assert_false(der_u64(BYTES("\1\0\0\0\0\0\0\0\0"), &v));
}

static void identifiers_are_compared_and_shown(void **state) {
    AUTO(arena) mem = {0};
    struct str s = BYTES("\x2a\x86\x48\x86\xf7\x0d\1\7\2");

    (void)state;
    assert_true(der_oid_is(s, "1.2.840.113549.1.7.2"));
    assert_false(der_oid_is(s, "1.2.840.113549.1.7.3"));
    assert_false(der_oid_is(s, "1.2.840.113549.1.7"));
    assert_string_equal(der_dotted(&mem, s), "1.2.840.113549.1.7.2");
    assert_string_equal(der_dotted(&mem, BYTES("\x60\x86\x48")), "2.16.840");
    assert_string_equal(der_dotted(&mem, BYTES("\x2a\x86")), "?");
    assert_string_equal(der_dotted(&mem, BYTES("")), "?");
    assert_string_equal(der_dotted(&mem, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\1")), "?");
}

static int64_t at(unsigned tag, const char *text) {
    struct der d = {.tag = tag, .body = str_of(text)};
    int64_t v = -1;

    return der_time(&d, &v) ? v : -1;
}

static void times_are_read(void **state) {
    (void)state;
    assert_int_equal(at(DER_UTC_TIME, "700101000000Z"), 0);
    assert_int_equal(at(DER_TIME, "20200518210457Z"), 1589835897);
    assert_int_equal(at(DER_TIME, "20200518210457.123Z"), 1589835897);
    assert_int_equal(at(DER_UTC_TIME, "200518210457Z"), 1589835897);
    assert_int_equal(at(DER_UTC_TIME, "20051821045Z"), -1);
    assert_int_equal(at(DER_UTC_TIME, "200518210457"), -1);
    assert_int_equal(at(DER_UTC_TIME, "201318210457Z"), -1);
    assert_int_equal(at(DER_UTC_TIME, "200518210457+0100"), -1);
    assert_int_equal(at(DER_TIME, "2020051821045xZ"), -1);
    assert_int_equal(at(DER_INT, "20200518210457Z"), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(elements_are_written),
                                       cmocka_unit_test(what_is_damaged_is_no_element),
                                       cmocka_unit_test(identifiers_are_compared_and_shown),
                                       cmocka_unit_test(times_are_read)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
