/* SPDX-License-Identifier: Apache-2.0 */
#include "io/source.h"
#include "os/tmpdir.h"
#include "unit/cmocka_all.h"

#include <string.h>

static void bytes_come_in_order(void **state) {
    struct source_bytes bytes;
    struct err e = {0};
    struct source s;
    char p[8];

    (void)state;
    source_str(&s, &bytes, STR("0123456789"));
    assert_int_equal(source_get(&s, p, 4), 4);
    assert_memory_equal(p, "0123", 4);
    assert_true(source_skip(&s, 3));
    assert_int_equal(source_get(&s, p, 8), 3);
    assert_memory_equal(p, "789", 3);
    assert_true(s.end);
    assert_int_equal(s.at, 10);
    assert_int_equal(source_get(&s, p, 8), 0);
    assert_int_equal(source_close(&s, &e), OK);
}

static void too_little_is_an_error_once_and_for_all(void **state) {
    struct source_bytes bytes;
    struct err e = {0};
    struct source s;
    char p[8];

    (void)state;
    source_str(&s, &bytes, STR("abc"));
    assert_false(source_need(&s, p, 4));
    assert_int_equal(source_get(&s, p, 1), 0);
    assert_int_equal(source_close(&s, &e), E_INPUT);
    assert_non_null(strstr(e.msg, "too early"));
    source_str(&s, &bytes, STR("abc"));
    assert_false(source_skip(&s, UINT64_MAX));
    assert_int_equal(source_close(&s, &e), E_INPUT);
}

/* Gives a byte a time, then fails. */
static int drip(struct source *s, void *p, size_t n, size_t *got, struct err *e) {
    int *left = s->self;

    (void)n;
    if (!*left)
        return err_set(e, E_NET, "the line broke");
    --*left;
    *(char *)p = 'd';
    *got = 1;
    return OK;
}

static void what_came_before_a_failure_is_given(void **state) {
    static const struct source_ops ops = {drip, NULL};
    struct err e = {0};
    struct source s;
    char p[8];
    int left = 3;

    (void)state;
    source_init(&s, &ops, &left);
    assert_int_equal(source_get(&s, p, 8), 3);
    assert_int_equal(source_get(&s, p, 8), 0);
    assert_false(s.end);
    assert_int_equal(source_close(&s, &e), E_NET);
    assert_string_equal(e.msg, "the line broke");
}

static void a_range_of_a_file_has_its_own_end(void **state) {
    AUTO(tmpdir) dir = TMPDIR_NONE;
    AUTO(infile) f = INFILE_NONE;
    struct source_range range;
    struct err e = {0};
    struct source s;
    char p[20];

    (void)state;
    assert_int_equal(tmpdir_open(&dir, "source", &e), OK);
    assert_int_equal(fsys_write(dir.fd, "f", STR("0123456789"), 0644, &e), OK);
    assert_int_equal(infile_open(&f, dir.fd, "f", &e), OK);
    source_infile(&s, &range, &f, 2, 5);
    assert_int_equal(source_get(&s, p, 20), 5);
    assert_memory_equal(p, "23456", 5);
    assert_int_equal(source_close(&s, &e), OK);
    source_infile(&s, &range, &f, 8, 5); /* says more than the file has */
    source_get(&s, p, 20);
    assert_int_equal(source_close(&s, &e), E_INPUT);
    assert_non_null(strstr(e.msg, "ends at byte 10"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_in_order),
        cmocka_unit_test(too_little_is_an_error_once_and_for_all),
        cmocka_unit_test(what_came_before_a_failure_is_given),
        cmocka_unit_test(a_range_of_a_file_has_its_own_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
