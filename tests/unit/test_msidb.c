/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "container/msidb.h"
#include "container/msisum.h"
#include "unit/cmocka_all.h"

#include <string.h>

enum { STREAMS = 32 };

struct streams { /* what a compound file would hold */
    struct arena mem;
    struct str name[STREAMS], bytes[STREAMS];
    struct buf buf[STREAMS];
    size_t n;
};

static int open_stream(void *self, struct str name, struct sink *to, struct err *e) {
    struct streams *s = self;

    (void)e;
    assert_true(s->n < STREAMS);
    s->name[s->n] = str_dup(&s->mem, name);
    buf_init(&s->buf[s->n], 1 << 24);
    sink_buf(to, &s->buf[s->n++]);
    return OK;
}

static int put_all(struct msidb *db, struct streams *s, struct err *e) {
    int rc = msidb_write(db, open_stream, s, e);

    for (size_t i = 0; i < s->n; i++) {
        s->bytes[i] = s->buf[i].p ? str_dup(&s->mem, buf_get(&s->buf[i])) : s->bytes[i];
        buf_drop(&s->buf[i]);
    }
    return rc;
}

static int get(void *self, struct str name, struct arena *mem, struct str *bytes, struct err *e) {
    const struct streams *s = self;

    (void)mem;
    (void)e;
    *bytes = (struct str){0};
    for (size_t i = 0; i < s->n; i++)
        if (str_eq(s->name[i], name))
            *bytes = s->bytes[i];
    return OK;
}

static void tables(struct msidb *db) {
    struct msidb_table *file = msidb_add(db, "File", "File:s72! Name:l255 Size:i4 Flags:I2");
    struct msidb_table *icon = msidb_add(db, "Icon", "Name:s72! Data:v0");
    struct msidb_cell *row;

    msidb_put(db, file, "ssii", "b.txt", "B\xc3\xa9", -1, -32767);
    msidb_put(db, file, "ssi-", "a.txt", "A", 2147483647);
    row = msidb_row(db, icon);
    row[0] = (struct msidb_cell){.kind = MSIDB_STR, .s = STR("x.ico")};
    row[1] = (struct msidb_cell){.kind = MSIDB_BIN, .s = STR("pixels")};
}

static void what_is_written_is_read(void **state) {
    (void)state;
    struct streams s = {0};
    struct msidb out = {.mem = &s.mem, .codepage = 65001}, in = {.mem = &s.mem};
    const struct msidb_table *t;
    struct err e = {0};
    bool table;

    tables(&out);
    assert_int_equal(put_all(&out, &s, &e), OK);
    assert_int_equal(msidb_read(&in, get, &s, &e), OK);
    assert_int_equal(in.codepage, 65001);
    t = msidb_find(&in, STR("File"));
    assert_non_null(t);
    assert_int_equal(t->n_rows, 2);
    assert_int_equal(t->n_keys, 1);
    assert_int_equal(t->column[0].type, 0x2d48); /* what installers of others have for s72! */
    assert_int_equal(t->column[1].type, 0x0fff);
    assert_int_equal(t->column[2].type, 0x0104);
    assert_int_equal(t->column[3].type, 0x1502);
    assert_true(str_is(t->cell[0].s, "b.txt")); /* by the numbers of strings, as they came */
    assert_true(str_is(t->cell[1].s, "B\xc3\xa9"));
    assert_int_equal(t->cell[2].i, -1);
    assert_int_equal(t->cell[3].i, -32767);
    assert_int_equal(t->cell[4 + 2].i, 2147483647);
    assert_int_equal(t->cell[4 + 3].kind, MSIDB_NULL);
    t = msidb_find(&in, STR("Icon"));
    assert_int_equal(t->cell[1].kind, MSIDB_BIN);
    assert_true(str_is(msidb_plain_name(&s.mem, s.name[s.n - 1], &table), "Icon.x.ico"));
    assert_false(table);
    assert_true(str_is(s.bytes[s.n - 1], "pixels"));
    arena_drop(&s.mem);
}

/* Names as they lie in an installer package that others made. */
static void streams_are_called_as_others_call_them(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    bool table;

    /* "File" is U+4840 U+430F U+422F: F=15 i=44 l=47 e=40 */
    assert_string_equal(msidb_stream_name(&a, STR("File"), true).p,
                        "\xe4\xa1\x80\xe4\x8c\x8f\xe4\x88\xaf");
    assert_string_equal(msidb_plain_name(&a, STR("\xe4\xa1\x80\xe4\x8c\x8f\xe4\x88\xaf"), &table).p,
                        "File");
    assert_true(table);
    assert_string_equal(msidb_stream_name(&a, STR("a"), false).p, "\xe4\xa0\xa4");
    assert_string_equal(msidb_plain_name(&a, STR("\005Summary"), &table).p, "\005Summary");
    assert_false(table);
}

static void a_string_may_be_longer_than_64_kib(void **state) {
    (void)state;
    struct streams s = {0};
    struct msidb out = {.mem = &s.mem, .codepage = 65001}, in = {.mem = &s.mem};
    struct str text = {arena_alloc(&s.mem, 70000), 70000};
    struct err e = {0};

    memset((void *)(uintptr_t)text.p, 'x', text.n);
    msidb_put(&out, msidb_add(&out, "T", "K:s72! V:L0"), "sS", "k", text);
    assert_int_equal(put_all(&out, &s, &e), OK);
    assert_int_equal(msidb_read(&in, get, &s, &e), OK);
    assert_true(str_eq(msidb_find(&in, STR("T"))->cell[1].s, text));
    arena_drop(&s.mem);
}

static void what_a_column_does_not_hold_is_refused(void **state) {
    (void)state;
    struct streams s = {0};
    struct msidb db = {.mem = &s.mem};
    struct msidb_table *t = msidb_add(&db, "T", "K:s4! N:i2");
    struct err e = {0};

    msidb_put(&db, t, "si", "toolong", 1);
    assert_int_equal(put_all(&db, &s, &e), E_INPUT);
    assert_string_equal(e.msg, "table T, row 1: K does not hold so long a text");
    t->n_rows = 0;
    msidb_put(&db, t, "si", "k", 40000);
    assert_int_equal(put_all(&db, &s, &e), E_BUG);
    t->n_rows = 0;
    msidb_put(&db, t, "si", "k", 1);
    msidb_put(&db, t, "si", "k", 2);
    assert_int_equal(put_all(&db, &s, &e), E_INPUT);
    assert_string_equal(e.msg, "table T has the key k twice");
    arena_drop(&s.mem);
}

/* Every table cut and every byte of the pool turned: an error or another table, never more. */
static void texts_that_no_row_was_given_are_in_the_pool_too(void **state) {
    (void)state;
    struct streams s = {0};
    struct msidb out = {.mem = &s.mem, .codepage = 65001}, in = {.mem = &s.mem};
    struct msidb_table *t = msidb_add(&out, "T", "Key:s72!");
    struct err e = {0};

    for (int i = 0; i < 3000; i++) /* past every size at which the pool moves */
        *msidb_row(&out, t) =
            (struct msidb_cell){.kind = MSIDB_STR, .s = str_fmt(&s.mem, "text %d", i)};
    assert_int_equal(put_all(&out, &s, &e), OK);
    assert_int_equal(msidb_read(&in, get, &s, &e), OK);
    assert_int_equal(msidb_find(&in, STR("T"))->n_rows, 3000);
    arena_drop(&s.mem);
}

static void damaged_tables_are_refused(void **state) {
    (void)state;
    struct streams s = {0};
    struct msidb out = {.mem = &s.mem, .codepage = 65001};
    struct err e = {0};

    tables(&out);
    assert_int_equal(put_all(&out, &s, &e), OK);
    for (size_t i = 0; i < s.n; i++) {
        struct str whole = s.bytes[i];
        char *p = (char *)(uintptr_t)whole.p;

        for (size_t k = 0; k < whole.n; k++) {
            struct msidb in = {.mem = &s.mem}, turned = {.mem = &s.mem};

            s.bytes[i].n = k;
            if (msidb_read(&in, get, &s, &e))
                assert_int_equal(e.code, E_INPUT);
            s.bytes[i].n = whole.n;
            p[k] = (char)~p[k];
            if (msidb_read(&turned, get, &s, &e))
                assert_int_equal(e.code, E_INPUT);
            p[k] = (char)~p[k];
        }
    }
    arena_drop(&s.mem);
}

static void the_summary_is_read_back(void **state) {
    (void)state;
    struct msisum in, out = {.title = STR("Title"),
                             .template = STR("x64;1033"),
                             .revision = STR("{00000000-0000-0000-0000-000000000000}"),
                             .program = STR("p"),
                             .time = 1800000000,
                             .pages = 200,
                             .words = 2,
                             .security = 2};
    AUTO(buf) b = BUF_NONE;
    struct err e = {0};

    buf_init(&b, 4096);
    msisum_write(&out, &b);
    assert_int_equal(msisum_read(buf_get(&b), &in, &e), OK);
    assert_true(str_is(in.template, "x64;1033"));
    assert_true(str_eq(in.revision, out.revision));
    assert_int_equal(in.pages, 200);
    assert_int_equal(in.time, 1800000000);
    for (size_t n = 0; n < b.n; n++)
        if (msisum_read((struct str){b.p, n}, &in, &e))
            assert_int_equal(e.code, E_INPUT);
    assert_int_equal(msisum_read((struct str){b.p, 47}, &in, &e), E_INPUT);
}

static void the_summary_is_in_the_code_page_that_holds_it(void **state) {
    (void)state;
    struct msisum in, out = {.subject = STR("Caf\xc3\xa9 \xe2\x82\xac"), .author = STR("A")};
    AUTO(buf) b = BUF_NONE;
    struct err e = {0};

    buf_init(&b, 4096);
    msisum_write(&out, &b);
    assert_int_equal(msisum_read(buf_get(&b), &in, &e), OK);
    assert_true(str_is(in.subject, "Caf\xe9 \x80"));
    out.author = STR("\xe3\x83\xa6");
    buf_clear(&b);
    msisum_write(&out, &b);
    assert_int_equal(msisum_read(buf_get(&b), &in, &e), OK);
    assert_true(str_eq(in.subject, out.subject));
    assert_true(str_eq(in.author, out.author));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(streams_are_called_as_others_call_them),
        cmocka_unit_test(a_string_may_be_longer_than_64_kib),
        cmocka_unit_test(what_a_column_does_not_hold_is_refused),
        cmocka_unit_test(texts_that_no_row_was_given_are_in_the_pool_too),
        cmocka_unit_test(damaged_tables_are_refused),
        cmocka_unit_test(the_summary_is_read_back),
        cmocka_unit_test(the_summary_is_in_the_code_page_that_holds_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
