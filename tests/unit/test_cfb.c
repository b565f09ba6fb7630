/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "container/cfb.h"
#include "os/tmpdir.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

static struct cfb_name name_of(const char *z) {
    struct cfb_name n;

    assert_true(cfb_name_of(&n, str_of(z)));
    return n;
}

static void names_are_sorted_by_length_and_upper_case(void **state) {
    static const char *const ascending[] = {"z", "aa", "aB", "z\xc3\xa4", "_c", "\xc3\x84z", "aaa"};
    struct cfb_name a, b;

    (void)state;
    for (size_t i = 1; i < COUNT(ascending); i++) {
        a = name_of(ascending[i - 1]);
        b = name_of(ascending[i]);
        assert_int_equal(cfb_name_cmp(&a, &b), -1);
        assert_int_equal(cfb_name_cmp(&b, &a), 1);
    }
    a = name_of("\xc3\xa4");
    b = name_of("\xc3\x84");
    assert_int_equal(cfb_name_cmp(&a, &b), 0);
    assert_false(cfb_name_of(&a, STR("")));
    assert_false(cfb_name_of(&a, STR("a/b")));
    assert_false(cfb_name_of(&a, STR("12345678901234567890123456789012")));
    assert_false(cfb_name_of(&a, STR("\xff")));
}

/* Letters that tell where a byte comes from. */
static void put_pattern(struct sink *s, size_t n, unsigned seed) {
    static unsigned char p[5000];

    for (size_t at = 0; at < n; at += sizeof p) {
        size_t k = n - at < sizeof p ? n - at : sizeof p;

        for (size_t i = 0; i < k; i++)
            p[i] = (unsigned char)((at + i) * 31 / 7 + seed + (at + i) / 4096);
        sink_put(s, p, k);
    }
}

static void check_pattern(const struct cfb_file *c, ptrdiff_t at, size_t n, unsigned seed,
                          bool patched) {
    static unsigned char want[4000000], got[4000000 + 1];
    struct err e = {0};
    struct buf b;
    struct sink to;
    struct source s;
    struct cfb_at where;

    assert_true(at > 0);
    assert_int_equal(c->entry[at].size, n);
    buf_init(&b, sizeof want);
    sink_buf(&to, &b);
    put_pattern(&to, n, seed);
    assert_int_equal(sink_close(&to, &e), OK);
    if (n)
        memcpy(want, b.p, n);
    buf_drop(&b);
    if (patched)
        memcpy(want + 4090, "patched", 7);
    cfb_source(&s, &where, c, (size_t)at);
    for (size_t k = 1, all = 0; all <= n; k = k * 3 % 70001) { /* pieces of all sizes */
        size_t more = source_get(&s, got + all, k < n + 1 - all ? k : n + 1 - all);

        all += more;
        if (more < k) {
            assert_int_equal(all, n);
            break;
        }
    }
    assert_int_equal(source_close(&s, &e), OK);
    assert_memory_equal(want, got, n);
    for (size_t k = 0, from = n / 2; k < 40 && n; k++, from = (from * 7 + 4099) % n) {
        size_t many = n - from < 5000 ? n - from : 5000;

        assert_int_equal(cfb_read_at(&where, from, got, many, &e), OK);
        assert_memory_equal(want + from, got, many);
    }
}

static const size_t sizes[] = {0,    1,    63,   64,    65,      511,    512,
                               4095, 4096, 4097, 65536, 3000001, 131072, 131073};

static void make(struct outfile *f, unsigned version) {
    const struct cfb_opts o = {.version = version, .clsid = {1, 2, 3}};
    struct err e = {0};
    struct cfb *c;
    size_t storage;

    assert_int_equal(cfb_begin(&c, f, &o, &e), OK);
    assert_int_equal(cfb_storage(c, 0, STR("Folder"), o.clsid, &storage, &e), OK);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        char name[20];
        struct sink s;

        snprintf(name, sizeof name, "\5stream %zu", sizes[i]);
        assert_int_equal(cfb_stream(c, i % 3 == 2 ? storage : 0, str_of(name), &s, &e), OK);
        put_pattern(&s, sizes[i], (unsigned)i);
        if (i == 11 || i == 9) /* in the file, in memory */
            assert_int_equal(cfb_patch(c, 4090, "patched", 7, &e), OK);
        assert_int_equal(sink_close(&s, &e), OK);
    }
    assert_int_equal(cfb_end(c, &e), OK);
    cfb_free(c);
}

static void check(struct outfile *f, unsigned version, bool without_one) {
    AUTO(infile) view = INFILE_NONE;
    AUTO(arena) mem = {0};
    struct err e = {0};
    struct cfb_file c;
    ptrdiff_t storage;

    assert_int_equal(outfile_view(f, &view, &e), OK);
    assert_int_equal(cfb_open(&c, &view, &mem, &e), OK);
    assert_int_equal(c.version, version);
    assert_memory_equal(c.entry[0].clsid, "\1\2\3\0", 4);
    storage = cfb_find(&c, 0, STR("folder"));
    assert_true(storage > 0);
    assert_memory_equal(c.entry[storage].clsid, "\1\2\3\0", 4);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        char name[20];
        ptrdiff_t at;

        snprintf(name, sizeof name, "\5Stream %zu", sizes[i]);
        at = cfb_find(&c, i % 3 == 2 ? (size_t)storage : 0, str_of(name));
        if (without_one && (i == 4 || i == 12))
            assert_int_equal(at, CFB_NONE);
        else
            check_pattern(&c, at, sizes[i], (unsigned)i, i == 11 || i == 9);
    }
}

static void streams_come_back(void **state) {
    struct err e = {0};

    (void)state;
    for (unsigned version = 3; version <= 4; version++) {
        AUTO(outfile) f = OUTFILE_NONE;

        assert_int_equal(outfile_spool(&f, FSYS_HERE, &e), OK);
        make(&f, version);
        check(&f, version, false);
    }
}

static void changes_leave_the_rest_alone(void **state) {
    static char large[9000];
    struct cfb_change v[] = {{STR("\5Stream 65"), {0}, true}, /* not there: it is in a folder */
                             {STR("\5stream 65"), {0}, true},
                             {STR("\5DigitalSignature"), {large, sizeof large}, false},
                             {STR("\5MsiDigitalSignatureEx"), STR("small"), false},
                             {STR("\5stream 131072"), {0}, true}};
    struct err e = {0};

    (void)state;
    memset(large, 'L', sizeof large);
    for (unsigned version = 3; version <= 4; version++) {
        AUTO(outfile) f = OUTFILE_NONE;
        AUTO(infile) view = INFILE_NONE;
        AUTO(arena) mem = {0};
        struct cfb_file c;
        uint64_t size;
        ptrdiff_t at;

        assert_int_equal(outfile_spool(&f, FSYS_HERE, &e), OK);
        make(&f, version);
        size = f.size;
        for (int again = 0; again < 3; again++) { /* what is put in place of itself takes no room */
            assert_int_equal(cfb_change(&f, v, COUNT(v), &e), OK);
            check(&f, version, true);
            assert_true(f.size <= size);
        }
        assert_int_equal(outfile_view(&f, &view, &e), OK);
        assert_int_equal(cfb_open(&c, &view, &mem, &e), OK);
        at = cfb_find(&c, 0, STR("\5DigitalSignature"));
        assert_true(at > 0 && c.entry[at].size == sizeof large);
        at = cfb_find(&c, 0, STR("\5MsiDigitalSignatureEx"));
        assert_true(at > 0 && c.entry[at].size == 5);
    }
}

static void a_name_twice_is_refused(void **state) {
    const struct cfb_opts o = {.version = 3};
    AUTO(outfile) f = OUTFILE_NONE;
    struct err e = {0};
    struct cfb *c;
    struct sink s;

    (void)state;
    assert_int_equal(outfile_spool(&f, FSYS_HERE, &e), OK);
    assert_int_equal(cfb_begin(&c, &f, &o, &e), OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(cfb_stream(c, 0, i ? STR("Name") : STR("nAME"), &s, &e), OK);
        assert_int_equal(sink_close(&s, &e), OK);
    }
    assert_int_equal(cfb_end(c, &e), E_INPUT);
    assert_non_null(strstr(e.msg, "two streams"));
    cfb_free(c);
}

/* Every field of the tables and the directory set to what leads astray. */
static void damage_is_seen(void **state) {
    static const uint32_t lies[] = {0,          1,          2,          7,         0x7fffffff,
                                    0xfffffffa, 0xfffffffc, 0xfffffffe, 0xffffffff};
    AUTO(outfile) f = OUTFILE_NONE;
    struct err e = {0};
    size_t refused = 0, taken = 0;

    (void)state;
    assert_int_equal(outfile_spool(&f, FSYS_HERE, &e), OK);
    {
        const struct cfb_opts o = {.version = 3};
        struct cfb *c;
        struct sink s;

        assert_int_equal(cfb_begin(&c, &f, &o, &e), OK);
        for (unsigned i = 0; i < 9; i++) {
            char name[2] = {(char)('a' + i), 0};

            assert_int_equal(cfb_stream(c, 0, str_of(name), &s, &e), OK);
            put_pattern(&s, i == 3 ? 4200 : i * 20, i);
            assert_int_equal(sink_close(&s, &e), OK);
        }
        assert_int_equal(cfb_end(c, &e), OK);
        cfb_free(c);
    }
    for (uint64_t at = 0; at < f.size; at += 4) {
        unsigned char was[4], lie[4];

        assert_int_equal(outfile_read(&f, at, was, 4, &e), OK);
        for (size_t i = 0; i < COUNT(lies); i++) {
            AUTO(infile) view = INFILE_NONE;
            AUTO(arena) mem = {0};
            struct cfb_file c;

            bytes_put_le32(lie, lies[i]);
            assert_int_equal(outfile_pwrite(&f, at, lie, 4, &e), OK);
            assert_int_equal(outfile_view(&f, &view, &e), OK);
            if (cfb_open(&c, &view, &mem, &e)) {
                refused++;
                e = (struct err){0};
            }
            for (size_t k = 0; k < c.n_entries; k++) {
                static char block[10000];
                struct cfb_at where;
                struct source s;

                cfb_source(&s, &where, &c, k);
                taken += source_get(&s, block, sizeof block);
                source_drop(&s);
            }
        }
        assert_int_equal(outfile_pwrite(&f, at, was, 4, &e), OK);
    }
    assert_true(refused > 300 && taken);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_sorted_by_length_and_upper_case),
        cmocka_unit_test(streams_come_back),
        cmocka_unit_test(changes_leave_the_rest_alone),
        cmocka_unit_test(a_name_twice_is_refused),
        cmocka_unit_test(damage_is_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
