/* SPDX-License-Identifier: Apache-2.0 */
#include "container/tar.h"
#include "unit/cmocka_all.h"

#include <string.h>

enum { ARCHIVE_MAX = 1 << 20 };

struct seen {
    struct arena mem;
    struct tar_entry v[32];
    struct str data[32];
    size_t n;
};

static int note(void *self, const struct tar_entry *t, struct source *data, struct err *e) {
    struct seen *s = self;
    struct tar_entry *x = &s->v[s->n];
    char *p = arena_alloc(&s->mem, 4096);
    size_t n = source_get(data, p, 4096);

    (void)e;
    *x = *t;
    x->path = str_dup(&s->mem, t->path);
    x->target = str_dup(&s->mem, t->target);
    x->owner = str_dup(&s->mem, t->owner);
    s->data[s->n++] = (struct str){p, n};
    return OK;
}

static int read_back(struct str bytes, struct seen *s, struct err *e) {
    struct source_bytes b;
    struct source in = SOURCE_NONE;

    memset(s, 0, sizeof *s);
    source_str(&in, &b, bytes);
    return tar_read(&in, note, s, e);
}

static struct str repeat(struct arena *a, char c, size_t n) {
    char *p = arena_alloc(a, n + 1);

    memset(p, c, n);
    return (struct str){p, n};
}

static void put(struct sink *s, const struct tar_entry *t, struct str data) {
    uint64_t from = s->at;

    tar_put(s, t);
    if (t->kind == TAR_FILE) {
        sink_str(s, data);
        tar_pad(s, data.n);
    }
    assert_int_equal(s->at - from, tar_size(t));
}

static void every_length_around_the_headers_room_comes_back(void **state) {
    static const size_t lengths[] = {1, 98, 99, 100, 101, 255, 511, 512, 513, 3000};
    AUTO(arena) a = {0};
    AUTO(buf) out;
    struct sink s = SINK_NONE;
    struct seen seen;
    struct err e = {0};
    uint64_t sum = 0;
    size_t n = 0;

    (void)state;
    buf_init(&out, ARCHIVE_MAX);
    sink_buf(&s, &out);
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct tar_entry t = {.path = repeat(&a, 'p', lengths[i]),
                              .kind = (enum tar_kind)(i % 4),
                              .mode = 04751,
                              .owner = STR("www"),
                              .group = STR("root"),
                              .size = i % 4 == TAR_FILE ? 5 : 0,
                              .mtime = 1767225600};

        if (t.kind == TAR_SYMLINK || t.kind == TAR_HARDLINK)
            t.target = repeat(&a, 't', lengths[COUNT(lengths) - 1 - i]);
        put(&s, &t, STR("bytes"));
        sum += tar_size(&t);
    }
    tar_end(&s);
    assert_int_equal(sink_close(&s, &e), OK);
    assert_int_equal(out.n, tar_total(sum));
    assert_int_equal(read_back(buf_get(&out), &seen, &e), OK);
    assert_int_equal(seen.n, COUNT(lengths));
    for (; n < seen.n; n++) {
        const struct tar_entry *t = &seen.v[n];

        assert_int_equal(t->kind, n % 4);
        assert_int_equal(t->path.n, lengths[n] + (t->kind == TAR_DIR));
        assert_int_equal(t->mtime, 1767225600);
        assert_true(str_is(t->owner, "www"));
        if (t->kind == TAR_FILE)
            assert_true(str_is(seen.data[n], "bytes"));
        if (t->kind == TAR_SYMLINK || t->kind == TAR_HARDLINK)
            assert_int_equal(t->target.n, lengths[COUNT(lengths) - 1 - n]);
        if (t->kind != TAR_HARDLINK)
            assert_int_equal(t->mode, 04751);
    }
    arena_drop(&seen.mem);
}

static struct str header_of(struct buf *out, const struct tar_entry *t) {
    struct sink s = SINK_NONE;
    struct err e = {0};

    buf_init(out, ARCHIVE_MAX);
    sink_buf(&s, out);
    tar_put(&s, t);
    assert_int_equal(sink_close(&s, &e), OK);
    assert_int_equal(out->n, 512);
    return buf_get(out);
}

/* From 8 GiB on octal digits do not suffice; GNU tar and dpkg read base 256. */
static void sizes_are_octal_below_8_gib_and_base_256_from_there(void **state) {
    struct tar_entry t = {.path = STR("big"), .size = UINT64_C(8589934591), .mtime = -5};
    static const char large[12] = "\x80\0\0\0\0\0\0\2\0\0\0\0";
    AUTO(buf) small;
    AUTO(buf) big;
    struct str h;

    (void)state;
    h = header_of(&small, &t);
    assert_memory_equal(h.p + 124, "77777777777", 12);
    assert_memory_equal(h.p + 136, "00000000000", 12); /* no time before 1970 */
    assert_memory_equal(h.p + 257, "ustar  ", 8);
    t.size++;
    h = header_of(&big, &t);
    assert_memory_equal(h.p + 124, large, 12);
}

static void damage_is_told(void **state) {
    struct tar_entry t = {.path = STR("a"), .size = 600, .mode = 0644};
    AUTO(arena) a = {0};
    AUTO(buf) out;
    struct sink s = SINK_NONE;
    struct seen seen;
    struct err e = {0};

    (void)state;
    buf_init(&out, ARCHIVE_MAX);
    sink_buf(&s, &out);
    put(&s, &t, repeat(&a, 'x', 600));
    assert_int_equal(sink_close(&s, &e), OK);
    for (size_t n = 1; n < 512 + 600; n += 37) {
        int rc = read_back(str_cut(buf_get(&out), 0, n), &seen, &e);

        /* Either the archive is damaged, or the content is too short: never whole. */
        assert_true(rc == E_INPUT || (seen.n == 1 && seen.data[0].n < 600));
        arena_drop(&seen.mem);
    }
    out.p[0] ^= 1; /* the header's sum is wrong now */
    assert_int_equal(read_back(buf_get(&out), &seen, &e), E_INPUT);
    arena_drop(&seen.mem);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_around_the_headers_room_comes_back),
        cmocka_unit_test(sizes_are_octal_below_8_gib_and_base_256_from_there),
        cmocka_unit_test(damage_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
