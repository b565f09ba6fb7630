/* SPDX-License-Identifier: Apache-2.0 */
#include "container/ar.h"
#include "os/tmpdir.h"
#include "unit/cmocka_all.h"

#include <string.h>

/* The bytes of ar(5) for two members, the first of odd size. */
static const char sample[] = "!<arch>\n"
                             "debian-binary   1767225600  0     0     100644  3         `\n"
                             "2.0\n"
                             "data.tar        1767225600  0     0     100644  4         `\n"
                             "data";

static void file_of(struct tmpdir *d, const void *p, size_t n, struct infile *f) {
    struct err e = {0};

    if (fsys_write(d->fd, "x", (struct str){p, n}, 0644, &e) || infile_open(f, d->fd, "x", &e))
        fail_msg("%s", e.msg);
}

static int read_it(const void *p, size_t n, struct arena *mem, struct ar_entry **v, size_t *count,
                   struct err *e) {
    AUTO(tmpdir) d = TMPDIR_NONE;
    AUTO(infile) f = INFILE_NONE;

    assert_int_equal(tmpdir_open(&d, "ar", e), OK);
    file_of(&d, p, n, &f);
    return ar_read(&f, mem, v, count, e);
}

static void what_is_written_is_byte_for_byte_ar(void **state) {
    AUTO(tmpdir) d = TMPDIR_NONE;
    AUTO(outfile) f = OUTFILE_NONE;
    char got[sizeof sample - 1];
    struct err e = {0};

    (void)state;
    assert_int_equal(tmpdir_open(&d, "ar", &e), OK);
    assert_int_equal(outfile_open(&f, d.fd, "x", &e), OK);
    assert_int_equal(ar_begin(&f, &e), OK);
    assert_int_equal(ar_member(&f, "debian-binary", 1767225600, STR("2.0"), &e), OK);
    assert_int_equal(ar_member(&f, "data.tar", 1767225600, STR("data"), &e), OK);
    assert_int_equal(f.size, sizeof got);
    assert_int_equal(outfile_read(&f, 0, got, sizeof got, &e), OK);
    assert_memory_equal(got, sample, sizeof got);
    assert_int_equal(ar_head(&f, 8, "data.tar", 0, UINT64_C(10000000000), &e), E_INPUT);
}

static void members_are_found(void **state) {
    AUTO(arena) mem = {0};
    struct ar_entry *v;
    struct err e = {0};
    size_t n;

    (void)state;
    assert_int_equal(read_it(sample, sizeof sample - 1, &mem, &v, &n, &e), OK);
    assert_int_equal(n, 2);
    assert_true(str_is(v[0].name, "debian-binary") && v[0].at == 68 && v[0].size == 3);
    assert_true(str_is(v[1].name, "data.tar") && v[1].at == 132 && v[1].size == 4);
}

static void every_cut_but_that_between_members_is_damage(void **state) {
    AUTO(arena) mem = {0};
    struct ar_entry *v;
    size_t n;

    (void)state;
    for (size_t at = 0; at < sizeof sample - 1; at++) {
        struct err e = {0};
        int want = at == 8 || at == 71 || at == 72 ? OK : E_INPUT;

        assert_int_equal(read_it(sample, at, &mem, &v, &n, &e), want);
    }
}

static void sizes_that_are_none_are_damage(void **state) {
    static const char *const sizes[] = {"-1        ", "4 4       ", "0x4       ", "          ",
                                        "9999999999"};
    AUTO(arena) mem = {0};
    struct ar_entry *v;
    size_t n;

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        char bytes[sizeof sample];
        struct err e = {0};

        memcpy(bytes, sample, sizeof bytes);
        memcpy(bytes + 72 + 48, sizes[i], 10);
        assert_int_equal(read_it(bytes, sizeof bytes - 1, &mem, &v, &n, &e), E_INPUT);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_byte_for_byte_ar),
        cmocka_unit_test(members_are_found),
        cmocka_unit_test(every_cut_but_that_between_members_is_damage),
        cmocka_unit_test(sizes_that_are_none_are_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
