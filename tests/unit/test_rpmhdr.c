/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "container/rpmhdr.h"
#include "os/tmpdir.h"
#include "unit/cmocka_all.h"

#include <string.h>

enum { PLACE = 8 }; /* headers do not begin at the start of a file */

struct shelf { /* a header as bytes, and the file it is read from */
    struct arena mem;
    struct tmpdir dir;
    struct buf bytes;
    struct rpmhdr h;
    struct str raw;
    uint64_t end;
    struct err e;
};

static int open_shelf(void **state) {
    struct shelf *s = mem_alloc(sizeof *s);

    s->dir = TMPDIR_NONE;
    buf_init(&s->bytes, 1 << 20);
    *state = s;
    return tmpdir_open(&s->dir, "rpmhdr", &s->e);
}

static int close_shelf(void **state) {
    struct shelf *s = *state;

    buf_drop(&s->bytes);
    tmpdir_drop(&s->dir);
    arena_drop(&s->mem);
    mem_free(s);
    return 0;
}

static void make(struct shelf *s, enum rpmhdr_region region) {
    struct rpmhdr h = {.mem = &s->mem};

    rpmhdr_add_texts(&h, 1117, (struct str[]){STR("one"), STR(""), STR("three")}, 3);
    rpmhdr_add_u64(&h, 5008, (uint64_t[]){1, (uint64_t)5 << 32}, 2);
    rpmhdr_add_text(&h, 1000, STR("hello"));
    rpmhdr_add_u16(&h, 1030, (uint16_t[]){0100644, 040755, 7}, 3);
    rpmhdr_add_u32(&h, 1028, (uint32_t[]){0xfffffffe}, 1);
    rpmhdr_add_i18n(&h, 1004, STR("Says hello"));
    rpmhdr_add_bin(&h, 1146, STR("\0\1\2"));
    buf_clear(&s->bytes);
    buf_zero(&s->bytes, PLACE);
    assert_int_equal(rpmhdr_write(&h, region, &s->bytes, &s->e), OK);
}

static int read_back(struct shelf *s, enum rpmhdr_region region) {
    AUTO(infile) f = INFILE_NONE;

    s->e = (struct err){0};
    assert_int_equal(fsys_write(s->dir.fd, "h", buf_get(&s->bytes), 0644, &s->e), OK);
    assert_int_equal(infile_open(&f, s->dir.fd, "h", &s->e), OK);
    return rpmhdr_read(&f, PLACE, region, &s->mem, &s->h, &s->raw, &s->end, &s->e);
}

static void a_header_reads_back(void **state) {
    struct shelf *s = *state;
    struct str *names;
    size_t n;

    make(s, RPMHDR_IMMUTABLE);
    assert_int_equal(read_back(s, RPMHDR_IMMUTABLE), OK);
    assert_int_equal(s->end, s->bytes.n);
    assert_true(str_eq(s->raw, str_cut(buf_get(&s->bytes), PLACE, s->bytes.n)));
    assert_int_equal(s->h.n, 7);
    for (size_t i = 1; i < s->h.n; i++)
        assert_true(s->h.v[i - 1].tag < s->h.v[i].tag);
    assert_true(str_is(rpmhdr_text(&s->h, 1000), "hello"));
    assert_true(str_is(rpmhdr_text(&s->h, 1004), "Says hello"));
    names = rpmhdr_texts(&s->h, 1117, &s->mem, &n);
    assert_int_equal(n, 3);
    assert_true(str_is(names[0], "one") && !names[1].n && str_is(names[2], "three"));
    assert_int_equal(rpmhdr_number(&s->h, 1030, 1, 0), 040755);
    assert_int_equal(rpmhdr_number(&s->h, 1028, 0, 0), 0xfffffffe);
    assert_int_equal(rpmhdr_number(&s->h, 5008, 1, 0), (uint64_t)5 << 32);
    assert_int_equal(rpmhdr_number(&s->h, 5008, 2, 9), 9); /* behind the last */
    assert_int_equal(rpmhdr_number(&s->h, 1000, 0, 9), 9); /* a text is no number */
    assert_int_equal(rpmhdr_text(&s->h, 1028).n, 0);
    assert_null(rpmhdr_texts(&s->h, 1028, &s->mem, &n));
    assert_null(rpmhdr_find(&s->h, 1001));
    assert_memory_equal(rpmhdr_find(&s->h, 1146)->bytes.p, "\0\1\2", 3);
}

static void what_cannot_be_written(void **state) {
    struct shelf *s = *state;
    struct rpmhdr h = {.mem = &s->mem};

    rpmhdr_add_text(&h, 1000, STR("a\0b"));
    assert_int_equal(rpmhdr_write(&h, RPMHDR_IMMUTABLE, &s->bytes, &s->e), E_RECIPE);
    h.n = 0;
    rpmhdr_add_text(&h, 1000, STR("a"));
    rpmhdr_add_text(&h, 1000, STR("b"));
    assert_int_equal(rpmhdr_write(&h, RPMHDR_IMMUTABLE, &s->bytes, &s->e), E_BUG);
}

/* The entry of a tag in the bytes. */
static char *entry(struct shelf *s, uint32_t tag) {
    for (char *p = s->bytes.p + PLACE + RPMHDR_INTRO_SIZE;; p += RPMHDR_ENTRY_SIZE)
        if (bytes_be32(p) == tag)
            return p;
}

static void refused(struct shelf *s, const char *why) {
    assert_int_equal(read_back(s, RPMHDR_IMMUTABLE), E_INPUT);
    if (!str_has(str_of(s->e.msg), why))
        fail_msg("%s", s->e.msg);
}

static void damage_is_named(void **state) {
    static const struct {
        uint32_t tag;
        int field; /* of its entry: 1 kind, 2 offset, 3 count */
        uint32_t value;
        const char *why;
    } rows[] = {
        {1000, 1, 0, "tag 1000"},
        {1000, 1, 10, "tag 1000"},
        {1000, 3, 2, "tag 1000"}, /* a plain string is one */
        {1000, 3, 0, "tag 1000"},
        {1000, 2, 0x7fffffff, "tag 1000"},
        {1028, 2, 1, "tag 1028"}, /* not aligned */
        {1028, 3, 0xffffffff, "tag 1028 is longer"},
        {5008, 3, 0x20000001, "tag 5008 is longer"}, /* times 8 is small in 32 bits */
        {1117, 3, 0xffffffff, "tag 1117 is longer"},
        {1146, 3, 1000, "tag 1146 is longer"},
        {63, 0, 62, "no region 63"},
        {63, 2, 1, "region"},
        {63, 2, 0xfffffff0, "no region 63"},
        {63, 3, 15, "no region 63"},
    };
    struct shelf *s = *state;
    char *trailer;

    for (size_t i = 0; i < COUNT(rows); i++) {
        make(s, RPMHDR_IMMUTABLE);
        bytes_put_be32(entry(s, rows[i].tag) + 4 * rows[i].field, rows[i].value);
        refused(s, rows[i].why);
    }
    make(s, RPMHDR_IMMUTABLE);
    trailer = s->bytes.p + s->bytes.n - 16;
    bytes_put_be32(trailer + 8, bytes_be32(trailer + 8) + RPMHDR_ENTRY_SIZE);
    refused(s, "does not enclose"); /* the last tag lies outside */
    make(s, RPMHDR_IMMUTABLE);
    bytes_put_be32(s->bytes.p + PLACE + 8, 0xffffffff);
    refused(s, "no header at byte 8");
    make(s, RPMHDR_IMMUTABLE);
    bytes_put_be32(s->bytes.p + PLACE + 12, 0x0fffffff);
    refused(s, "no header at byte 8");
    make(s, RPMHDR_SIGNATURES);
    refused(s, "no region 63");
}

static void every_cut_and_every_flip_ends_well(void **state) {
    struct shelf *s = *state;
    size_t n;

    make(s, RPMHDR_IMMUTABLE);
    for (n = s->bytes.n; n > PLACE;) {
        s->bytes.n = --n;
        assert_int_equal(read_back(s, RPMHDR_IMMUTABLE), E_INPUT);
    }
    make(s, RPMHDR_IMMUTABLE);
    for (size_t i = PLACE; i < s->bytes.n; i++) {
        s->bytes.p[i] ^= 0x41;
        if (!read_back(s, RPMHDR_IMMUTABLE))
            for (size_t k = 0; k < s->h.n; k++)
                rpmhdr_texts(&s->h, s->h.v[k].tag, &s->mem, &n);
        s->bytes.p[i] ^= 0x41;
    }
}

static void leads(void **state) {
    AUTO(buf) lead;
    struct str name =
        STR("a-name-that-is-longer-than-the-66-bytes-that-a-lead-has-room-for-it-1-1");

    (void)state;
    buf_init(&lead, 1000);
    rpmhdr_lead(&lead, name, 1);
    assert_int_equal(lead.n, RPMHDR_LEAD_SIZE);
    assert_true(rpmhdr_lead_ok(lead.p, lead.n));
    assert_false(rpmhdr_lead_ok(lead.p, lead.n - 1));
    assert_int_equal(lead.p[10 + 65], 0);
    lead.p[3] = 0;
    assert_false(rpmhdr_lead_ok(lead.p, lead.n));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_reads_back),
        cmocka_unit_test(what_cannot_be_written),
        cmocka_unit_test(damage_is_named),
        cmocka_unit_test(every_cut_and_every_flip_ends_well),
        cmocka_unit_test(leads),
    };
    struct CMUnitTest with[COUNT(tests)];

    for (size_t i = 0; i < COUNT(tests); i++) {
        with[i] = tests[i];
        with[i].setup_func = open_shelf;
        with[i].teardown_func = close_shelf;
    }
    return cmocka_run_group_tests(with, NULL, NULL);
}
