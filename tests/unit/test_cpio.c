/* SPDX-License-Identifier: Apache-2.0 */
#include "container/cpio.h"
#include "unit/cmocka_all.h"

#include <string.h>

static const struct cpio_entry given[] = {
    {.path = {"./a", 3}, .ino = 1, .mode = 0100644, .nlink = 2, .mtime = 1767225600, .size = 0},
    {.path = {"./ab", 4}, .ino = 1, .mode = 0100644, .nlink = 2, .mtime = 1767225600, .size = 5},
    {.path = {"./\xc3\xbc x", 6}, .ino = 2, .mode = 0120777, .nlink = 1, .size = 3},
    {.path = {"./folder", 8}, .ino = 3, .mode = 040755, .nlink = 1},
    {.stripped = true, .index = 0x1234abcd, .size = 7},
};

static void put_all(struct buf *out) {
    uint64_t n = 0;
    struct err e = {0};
    struct sink s;

    sink_buf(&s, out);
    for (size_t i = 0; i < COUNT(given); i++) {
        cpio_put(&s, &given[i]);
        sink_put(&s, "content", (size_t)given[i].size);
        cpio_pad(&s, given[i].size);
        n += cpio_size(&given[i]);
        assert_int_equal(s.at, n);
    }
    cpio_end(&s);
    assert_int_equal(s.at, cpio_total(n));
    assert_int_equal(sink_close(&s, &e), OK);
}

/* How many entries can be read. */
static size_t read_all(struct str bytes, bool *end, struct err *e) {
    AUTO(arena) mem = {0};
    struct source_bytes left;
    struct source s;
    size_t n = 0;

    source_str(&s, &left, bytes);
    for (;; n++) {
        struct cpio_entry x;

        if (cpio_next(&s, &mem, &x, end, e) || *end)
            break;
        if (x.stripped)
            x.size = given[4].size;
        if (x.size > bytes.n || !source_skip(&s, x.size) || !cpio_skip_pad(&s, x.size)) {
            *e = s.err;
            break;
        }
    }
    source_drop(&s);
    return n;
}

static void entries_read_back(void **state) {
    AUTO(arena) mem = {0};
    AUTO(buf) b;
    struct source_bytes left;
    struct source s;
    struct err e = {0};
    struct cpio_entry x;
    bool end;

    (void)state;
    buf_init(&b, 10000);
    put_all(&b);
    source_str(&s, &left, buf_get(&b));
    for (size_t i = 0; i < COUNT(given); i++) {
        const struct cpio_entry *g = &given[i];

        assert_int_equal(cpio_next(&s, &mem, &x, &end, &e), OK);
        assert_false(end);
        assert_int_equal(x.stripped, g->stripped);
        assert_true(str_eq(x.path, g->path));
        assert_int_equal(x.index, g->index);
        assert_int_equal(x.ino, g->ino);
        assert_int_equal(x.mode, g->mode);
        assert_int_equal(x.nlink, g->nlink);
        assert_int_equal(x.mtime, g->mtime);
        assert_int_equal(x.size, g->stripped ? 0 : g->size);
        assert_true(source_skip(&s, g->size) && cpio_skip_pad(&s, g->size));
    }
    assert_int_equal(cpio_next(&s, &mem, &x, &end, &e), OK);
    assert_true(end);
    source_drop(&s);
}

static void damage_is_an_error(void **state) {
    AUTO(buf) b;
    struct err e = {0};
    bool end;
    char *p;

    (void)state;
    buf_init(&b, 10000);
    put_all(&b);
    for (size_t n = 0; n < b.n; n++) {
        e = (struct err){0};
        read_all(str_cut(buf_get(&b), 0, n), &end, &e);
        assert_int_equal(e.code, E_INPUT);
    }
    e = (struct err){0};
    assert_int_equal(read_all(buf_get(&b), &end, &e), COUNT(given));
    b.p[3] = 'x';
    assert_int_equal(read_all(buf_get(&b), &end, &e), 0);
    assert_true(str_has(str_of(e.msg), "no entry at byte 0"));
    b.p[3] = '7';
    b.p[6] = 'g'; /* no hexadecimal digit */
    read_all(buf_get(&b), &end, &e);
    assert_true(str_has(str_of(e.msg), "damaged entry"));
    b.p[6] = '0';
    p = b.p + 94; /* the size of the name */
    memcpy(p, "ffffffff", 8);
    read_all(buf_get(&b), &end, &e);
    assert_true(str_has(str_of(e.msg), "a name of 4294967295 bytes"));
    memcpy(p, "00000000", 8);
    read_all(buf_get(&b), &end, &e);
    assert_true(str_has(str_of(e.msg), "a name of 0 bytes"));
    memcpy(p, "00000003", 8); /* its NUL is behind it */
    read_all(buf_get(&b), &end, &e);
    assert_true(str_has(str_of(e.msg), "a damaged name"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_read_back),
        cmocka_unit_test(damage_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
