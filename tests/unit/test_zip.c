/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "container/zip.h"
#include "os/tmpdir.h"
#include "unit/cmocka_all.h"

#include <string.h>

enum { PIECE = 1024 * 1024, MOST = 5 * PIECE };

enum content { TEXT, NOISE, ZEROS, TEXT_IN_NOISE };

struct given {
    const char *name;
    enum zip_kind kind;
    uint32_t mode;
    size_t size;
    enum content content;
    const char *target;
};

/* Around the sizes at which files are handled in other ways. */
static const struct given given[] = {
    {"a folder", ZIP_DIR, 0755, 0, TEXT, NULL},
    {"a folder/empty", ZIP_FILE, 0600, 0, TEXT, NULL},
    {"a folder/one", ZIP_FILE, 0644, 1, TEXT, NULL},
    {"large code", ZIP_FILE, 0755, 3 * PIECE + 17, TEXT, NULL},
    {"large noise", ZIP_FILE, 0644, 2 * PIECE + 1, NOISE, NULL},
    {"large tail", ZIP_FILE, 0644, MOST, TEXT_IN_NOISE, NULL},
    {"link", ZIP_LINK, 0777, 0, TEXT, "a folder/one"},
    {"noise", ZIP_FILE, 0644, 5000, NOISE, NULL},
    {"piece", ZIP_FILE, 0644, PIECE, TEXT, NULL},
    {"piece and one", ZIP_FILE, 04755, PIECE + 1, ZEROS, NULL},
    {"ü\xe2\x82\xac", ZIP_FILE, 0644, 3000, TEXT, NULL},
};

static void fill(char *p, const struct given *g) {
    uint32_t x = 99;

    for (size_t i = 0; i < g->size; i++) {
        bool noise = g->content == NOISE || (g->content == TEXT_IN_NOISE && i < 4 * PIECE);

        x = x * 1664525 + 1013904223;
        p[i] = noise                 ? (char)(x >> 24)
               : g->content == ZEROS ? 0
                                     : "lorem ipsum dolor "[(i + (x >> 30)) % 18];
    }
}

static int put(void *self, size_t i, struct sink *s, struct err *e) {
    static char p[MOST];
    size_t n = given[i].size;

    (void)self, (void)e;
    fill(p, &given[i]);
    for (size_t at = 0; at < n; at += 70001)
        sink_put(s, p + at, n - at < 70001 ? n - at : 70001);
    return OK;
}

static void make(struct tmpdir *dir, const char *name, struct zip_opts o,
                 const struct zip_files *z) {
    AUTO(outfile) f = OUTFILE_NONE;
    struct err e = {0};

    assert_int_equal(outfile_open(&f, dir->fd, name, &e), OK);
    assert_int_equal(zip_write(&f, &o, z, &e), OK);
    assert_int_equal(outfile_commit(&f, &e), OK);
}

static void make_given(struct tmpdir *dir, const char *name, struct zip_opts o) {
    struct zip_entry v[COUNT(given)];
    const struct zip_files z = {v, COUNT(given), put, NULL};

    for (size_t i = 0; i < COUNT(given); i++)
        v[i] = (struct zip_entry){.name = str_of(given[i].name),
                                  .kind = given[i].kind,
                                  .mode = given[i].mode,
                                  .size = given[i].size,
                                  .target = str_of(given[i].target)};
    make(dir, name, o, &z);
}

static struct str text_of(struct tmpdir *dir, const char *name, struct arena *mem) {
    struct err e = {0};
    struct str s;

    assert_int_equal(fsys_read(dir->fd, name, 64 << 20, mem, &s, &e), OK);
    return s;
}

struct checker {
    size_t i;
    bool look;
};

static int see(void *self, const struct zip_entry *x, struct source *data, struct err *e) {
    static char want[MOST], got[MOST];
    struct checker *c = self;
    const struct given *g = &given[c->i++];

    (void)e;
    assert_true(str_is(x->name, g->name));
    assert_int_equal(x->kind, g->kind);
    assert_int_equal(x->mode, g->mode);
    assert_int_equal(x->size, g->size);
    assert_true(str_is(x->target, g->target ? g->target : ""));
    if (!c->look)
        return OK;
    fill(want, g);
    assert_int_equal(source_get(data, got, sizeof got), g->size);
    assert_memory_equal(want, got, g->size);
    return OK;
}

static enum code read_back(struct tmpdir *dir, const char *name, bool look, struct err *e) {
    AUTO(infile) f = INFILE_NONE;
    struct checker c = {0, look};

    assert_int_equal(infile_open(&f, dir->fd, name, e), OK);
    if (zip_read(&f, see, &c, e))
        return e->code;
    assert_int_equal(c.i, COUNT(given));
    return OK;
}

static void same_bytes_for_any_jobs(void **state) {
    static const unsigned jobs[] = {2, 3, 7};
    AUTO(tmpdir) dir = TMPDIR_NONE;
    AUTO(arena) mem = {0};
    struct err e = {0};

    (void)state;
    assert_int_equal(tmpdir_open(&dir, "zip", &e), OK);
    for (int level = 0; level <= 6; level += 6) {
        struct zip_opts o = {.level = level, .mtime = 1700000001, .jobs = 1};
        struct str one;

        make_given(&dir, "one", o);
        one = text_of(&dir, "one", &mem);
        assert_int_equal(read_back(&dir, "one", true, &e), OK);
        assert_int_equal(read_back(&dir, "one", false, &e), OK);
        for (size_t i = 0; i < COUNT(jobs); i++) {
            o.jobs = jobs[i];
            make_given(&dir, "more", o);
            assert_true(str_eq(one, text_of(&dir, "more", &mem)));
        }
    }
}

/* The method of a local header, found by the name behind it. */
static unsigned method(struct str zip, const char *name) {
    for (size_t i = 0; i + 30 + strlen(name) < zip.n; i++)
        if (bytes_le32(zip.p + i) == 0x04034b50 && bytes_le16(zip.p + i + 26) == strlen(name) &&
            !memcmp(zip.p + i + 30, name, strlen(name)))
            return bytes_le16(zip.p + i + 8);
    fail_msg("%s is not there", name);
    return 0;
}

static void stored_where_deflate_does_not_pay(void **state) {
    AUTO(tmpdir) dir = TMPDIR_NONE;
    AUTO(arena) mem = {0};
    struct err e = {0};
    struct str z;

    (void)state;
    assert_int_equal(tmpdir_open(&dir, "zip", &e), OK);
    make_given(&dir, "z", (struct zip_opts){.level = 6, .jobs = 2});
    z = text_of(&dir, "z", &mem);
    assert_int_equal(method(z, "large noise"), 0);
    assert_int_equal(method(z, "noise"), 0);
    assert_int_equal(method(z, "a folder/empty"), 0);
    assert_int_equal(method(z, "link"), 0);
    assert_int_equal(method(z, "large tail"), 8);
    assert_int_equal(method(z, "large code"), 8);
    assert_int_equal(method(z, "piece and one"), 8);
}

static uint32_t time_in(struct tmpdir *dir, int64_t mtime, struct arena *mem) {
    make_given(dir, "t", (struct zip_opts){.mtime = mtime, .jobs = 1});
    return bytes_le32(text_of(dir, "t", mem).p + 10);
}

static void times_are_utc_and_clamped(void **state) {
    AUTO(tmpdir) dir = TMPDIR_NONE;
    AUTO(arena) mem = {0};
    struct err e = {0};

    (void)state;
    assert_int_equal(tmpdir_open(&dir, "zip", &e), OK);
    /* 2023-11-14 22:13:21 */
    assert_int_equal(time_in(&dir, 1700000001, &mem),
                     (2023u - 1980) << 25 | 11 << 21 | 14 << 16 | 22 << 11 | 13 << 5 | 10);
    assert_int_equal(time_in(&dir, 0, &mem), 1 << 21 | 1 << 16);
    assert_int_equal(time_in(&dir, INT64_C(9999999999), &mem) >> 25, 127);
}

static int put_small(void *self, size_t i, struct sink *s, struct err *e) {
    (void)self, (void)e;
    for (int k = 0; k < 20; k++)
        sink_str(s, i ? STR("second words ") : STR("the first file\n"));
    return OK;
}

static struct str small(struct tmpdir *dir, struct arena *mem) {
    static const struct zip_entry v[] = {
        {.name = {"one", 3}, .mode = 0644, .size = 300},
        {.name = {"two", 3}, .mode = 0644, .size = 260},
    };
    const struct zip_files z = {v, 2, put_small, NULL};

    make(dir, "small", (struct zip_opts){.level = 9, .jobs = 1}, &z);
    return text_of(dir, "small", mem);
}

static int see_any(void *self, const struct zip_entry *x, struct source *data, struct err *e) {
    (void)x, (void)data, (void)e;
    ++*(int *)self;
    return OK;
}

static enum code read_bytes(struct tmpdir *dir, const char *p, size_t n, struct err *e) {
    AUTO(infile) f = INFILE_NONE;
    int seen = 0;

    assert_int_equal(fsys_write(dir->fd, "bytes", (struct str){p, n}, 0644, e), OK);
    assert_int_equal(infile_open(&f, dir->fd, "bytes", e), OK);
    return zip_read(&f, see_any, &seen, e) ? e->code : OK;
}

/* What may change unseen: times, versions, attributes, and what deflate leaves open. */
static void damage_is_noticed(void **state) {
    AUTO(tmpdir) dir = TMPDIR_NONE;
    AUTO(arena) mem = {0};
    struct err e = {0};
    size_t unseen = 0;
    struct str z;
    char *copy;

    (void)state;
    assert_int_equal(tmpdir_open(&dir, "zip", &e), OK);
    z = small(&dir, &mem);
    copy = arena_dup(&mem, z.p, z.n);
    assert_int_equal(read_bytes(&dir, copy, z.n, &e), OK);
    for (size_t i = 0; i < z.n; i++) {
        copy[i] = (char)(copy[i] ^ 0x81);
        unseen += read_bytes(&dir, copy, z.n, &e) == OK;
        copy[i] = z.p[i];
    }
    assert_true(unseen <= 2 * (4 + 4 + 1 + 2 + 4 + 4 + 2 + 4));
    for (size_t n = 0; n < z.n; n++)
        assert_int_equal(read_bytes(&dir, copy, n, &e), E_INPUT);
}

static void entries_may_not_share_bytes(void **state) {
    AUTO(tmpdir) dir = TMPDIR_NONE;
    AUTO(arena) mem = {0};
    struct err e = {0};
    char *copy, *one, *two;
    struct str z;

    (void)state;
    assert_int_equal(tmpdir_open(&dir, "zip", &e), OK);
    z = small(&dir, &mem);
    copy = arena_dup(&mem, z.p, z.n);
    two = copy + z.n - 22 - 49;
    one = two - 49;
    assert_int_equal(bytes_le32(one), 0x02014b50);
    memcpy(two, one, 49); /* the larger one twice */
    assert_int_equal(read_bytes(&dir, copy, z.n, &e), E_INPUT);
    assert_non_null(strstr(e.msg, "lies over another"));
}

static void a_program_may_stand_in_front(void **state) {
    AUTO(tmpdir) dir = TMPDIR_NONE;
    AUTO(arena) mem = {0};
    struct err e = {0};
    struct buf b = BUF_NONE;

    (void)state;
    assert_int_equal(tmpdir_open(&dir, "zip", &e), OK);
    buf_init(&b, 1 << 20);
    buf_zero(&b, 1234);
    buf_str(&b, small(&dir, &mem));
    assert_int_equal(read_bytes(&dir, b.p, b.n, &e), OK);
    buf_drop(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_bytes_for_any_jobs),
        cmocka_unit_test(stored_where_deflate_does_not_pay),
        cmocka_unit_test(times_are_utc_and_clamped),
        cmocka_unit_test(damage_is_noticed),
        cmocka_unit_test(entries_may_not_share_bytes),
        cmocka_unit_test(a_program_may_stand_in_front),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
