/* SPDX-License-Identifier: Apache-2.0 */
#include "io/codec.h"
#include "unit/cmocka_all.h"

#include <string.h>

enum { BIG = 9 * 1024 * 1024 };

static const enum codec_kind kinds[] = {CODEC_GZIP, CODEC_XZ, CODEC_ZSTD};

struct bytes {
    char *p;
    size_t n;
};

/* Code-like: short words of few kinds with numbers in between. */
static char *text(size_t n) {
    char *p = mem_alloc(n);
    uint32_t x = 7;

    for (size_t i = 0; i < n; i++) {
        x = x * 1664525 + 1013904223;
        p[i] = i % 8 < 5 ? "push mov call ret "[(x >> 20) % 18] : (char)(i >> 9);
    }
    return p;
}

static enum code pack(struct codec_opts o, const char *p, size_t n, size_t step, struct buf *out) {
    struct sink below, s;
    struct err e = {0};

    buf_init(out, BIG * 2);
    sink_buf(&below, out);
    if (codec_sink(&s, &below, &o, &e))
        return e.code;
    for (size_t i = 0; i < n; i += step)
        sink_put(&s, p + i, n - i < step ? n - i : step);
    if (sink_close(&s, &e))
        return e.code;
    return OK;
}

/* Unpacks; the bytes go through a comparison instead of into memory. */
static enum code unpack(enum codec_kind k, struct str z, const char *p, size_t n, size_t step,
                        struct err *e) {
    struct source below, s;
    struct source_bytes bytes;
    char *block = mem_alloc(step);
    size_t at = 0, got;

    source_str(&below, &bytes, z);
    assert_int_equal(codec_source(&s, &below, k, e), OK);
    while ((got = source_get(&s, block, step)) > 0) {
        assert_true(got <= n - at);
        assert_memory_equal(block, p + at, got);
        at += got;
    }
    mem_free(block);
    if (source_close(&s, e))
        return e->code;
    assert_int_equal(at, n);
    return OK;
}

static void names_and_levels(void **state) {
    (void)state;
    assert_int_equal(codec_find(STR("zst")), CODEC_ZSTD);
    assert_int_equal(codec_find(STR("gzip")), CODEC_GZIP);
    assert_int_equal(codec_find(STR("bzip2")), CODEC_BAD);
    assert_string_equal(codec_suffix(CODEC_XZ), ".xz");
    assert_true(codec_level_ok(CODEC_ZSTD, 22));
    assert_false(codec_level_ok(CODEC_XZ, 10));
    assert_int_equal(codec_crc32(0, "123456789", 9), 0xcbf43926);
}

static void jobs_change_no_byte(void **state) {
    static const size_t sizes[] = {0, 1, 100000, 3 * 1024 * 1024, BIG};
    static const unsigned jobs[] = {2, 4, 7};
    char *p = text(BIG);

    (void)state;
    for (size_t k = 0; k < COUNT(kinds); k++)
        for (size_t i = 0; i < COUNT(sizes); i++) {
            struct codec_opts o = {
                .kind = kinds[k], .level = 1, .filter = CODEC_BCJ_X86, .size = sizes[i], .jobs = 1};
            struct buf one = BUF_NONE;
            struct err e = {0};

            assert_int_equal(pack(o, p, sizes[i], 65536, &one), OK);
            assert_int_equal(codec_sniff(one.p, one.n), kinds[k]);
            assert_int_equal(unpack(kinds[k], buf_get(&one), p, sizes[i], 50000, &e), OK);
            for (size_t j = 0; j < COUNT(jobs); j++) {
                struct buf more = BUF_NONE;

                o.jobs = jobs[j];
                /* pieces of other sizes must not show either */
                assert_int_equal(pack(o, p, sizes[i], 77777 * (j + 1), &more), OK);
                assert_int_equal(more.n, one.n);
                assert_memory_equal(more.p, one.p, one.n);
                buf_drop(&more);
            }
            buf_drop(&one);
        }
    mem_free(p);
}

/* Two processors must both have work even for a small program. */
static void small_streams_are_shared(void **state) {
    struct codec_opts o = {.kind = CODEC_GZIP, .level = 1, .size = BIG, .jobs = 1};
    struct buf z = BUF_NONE;
    char *p = text(BIG);
    size_t members = 0;

    (void)state;
    assert_int_equal(pack(o, p, BIG, 65536, &z), OK);
    for (size_t i = 0; i + 10 < z.n; i++)
        members += !memcmp(z.p + i, "\x1f\x8b\x08\0\0\0\0\0\2\xff", 10);
    assert_int_equal(members, 4);
    buf_drop(&z);
    mem_free(p);
}

static void streams_in_a_row_are_one(void **state) {
    static const char both[] = "first, second";

    (void)state;
    for (size_t k = 0; k < COUNT(kinds); k++) {
        struct codec_opts o = {.kind = kinds[k], .jobs = 2};
        struct buf a = BUF_NONE, b = BUF_NONE;
        struct err e = {0};

        assert_int_equal(pack(o, both, 6, 6, &a), OK);
        assert_int_equal(pack(o, both + 6, 7, 7, &b), OK);
        buf_put(&a, b.p, b.n);
        assert_int_equal(unpack(kinds[k], buf_get(&a), both, 13, 5, &e), OK);
        assert_int_equal(unpack(kinds[k], buf_get(&a), both, 13, 500, &e), OK);
        buf_drop(&a);
        buf_drop(&b);
    }
}

static void short_and_long_inputs_are_refused(void **state) {
    char *p = text(20000);

    (void)state;
    for (size_t k = 0; k < COUNT(kinds); k++) {
        struct codec_opts o = {.kind = kinds[k], .jobs = 1};
        struct buf z = BUF_NONE;
        struct err e = {0};

        assert_int_equal(pack(o, p, 20000, 20000, &z), OK);
        for (size_t n = 0; n < z.n; n += n < 20 || n + 20 > z.n ? 1 : 97) {
            e = (struct err){0};
            assert_int_equal(unpack(kinds[k], str_cut(buf_get(&z), 0, n), p, 20000, 4096, &e),
                             E_INPUT);
            assert_non_null(strstr(e.msg, "too early"));
        }
        buf_z(&z, "garbage");
        assert_int_equal(unpack(kinds[k], buf_get(&z), p, 20000, 4096, &e), E_INPUT);
        buf_drop(&z);
    }
    mem_free(p);
}

static void padding_is_what_the_tools_take(void **state) {
    struct buf z = BUF_NONE;
    struct err e = {0};

    (void)state;
    assert_int_equal(pack((struct codec_opts){.kind = CODEC_XZ}, "x", 1, 1, &z), OK);
    buf_zero(&z, 4);
    assert_int_equal(unpack(CODEC_XZ, buf_get(&z), "x", 1, 10, &e), OK);
    buf_zero(&z, 1); /* xz(1): padding comes in fours */
    assert_int_equal(unpack(CODEC_XZ, buf_get(&z), "x", 1, 10, &e), E_INPUT);
    buf_drop(&z);
    assert_int_equal(pack((struct codec_opts){.kind = CODEC_GZIP}, "x", 1, 1, &z), OK);
    buf_zero(&z, 500);
    assert_int_equal(unpack(CODEC_GZIP, buf_get(&z), "x", 1, 10, &e), OK);
    buf_drop(&z);
    assert_int_equal(pack((struct codec_opts){.kind = CODEC_ZSTD}, "x", 1, 1, &z), OK);
    buf_zero(&z, 4);
    assert_int_equal(unpack(CODEC_ZSTD, buf_get(&z), "x", 1, 10, &e), E_INPUT);
    buf_drop(&z);
}

/* Every bit of a small stream: what comes out is right, or it is an error. */
static void damage_is_noticed(void **state) {
    char *p = text(3000);

    (void)state;
    for (size_t k = 0; k < COUNT(kinds); k++) {
        struct codec_opts o = {.kind = kinds[k], .jobs = 1, .size = 3000};
        struct buf z = BUF_NONE;
        size_t harmless = 0;

        assert_int_equal(pack(o, p, 3000, 3000, &z), OK);
        for (size_t i = 10 * 8; i < z.n * 8; i++) { /* gzip's head has a time and a system */
            struct source below, s;
            struct source_bytes bytes;
            struct err e = {0};
            char back[4000];

            z.p[i / 8] = (char)(z.p[i / 8] ^ 1 << i % 8);
            source_str(&below, &bytes, buf_get(&z));
            assert_int_equal(codec_source(&s, &below, kinds[k], &e), OK);
            if (source_get(&s, back, sizeof back) == 3000 && !memcmp(back, p, 3000)) {
                harmless += !source_close(&s, &e);
            } else {
                assert_int_equal(source_close(&s, &e), E_INPUT);
            }
            z.p[i / 8] = (char)(z.p[i / 8] ^ 1 << i % 8);
        }
        assert_true(harmless < 20); /* unused bits of a last byte, codes that nothing uses */
        buf_drop(&z);
    }
    mem_free(p);
}

static int refuse(struct sink *s, const void *p, size_t n, struct err *e) {
    (void)p;
    return s->at + n > 100 ? err_set(e, E_INPUT, "the disk is full") : OK;
}

static void a_failure_below_stops_everything(void **state) {
    static const struct sink_ops full = {refuse, NULL};
    char *p = text(BIG);

    (void)state;
    for (size_t k = 0; k < COUNT(kinds); k++)
        for (unsigned jobs = 1; jobs < 4; jobs += 2) {
            struct codec_opts o = {.kind = kinds[k], .level = 1, .jobs = jobs, .size = BIG};
            struct sink below, s;
            struct err e = {0};

            sink_init(&below, &full, NULL);
            assert_int_equal(codec_sink(&s, &below, &o, &e), OK);
            for (size_t i = 0; i < BIG; i += 65536)
                sink_put(&s, p + i, 65536);
            assert_int_equal(sink_close(&s, &e), E_INPUT);
            assert_string_equal(e.msg, "the disk is full");
        }
    mem_free(p);
}

static void dropped_in_the_middle(void **state) {
    char *p = text(BIG);

    (void)state;
    for (size_t k = 0; k < COUNT(kinds); k++) {
        struct codec_opts o = {.kind = kinds[k], .level = 1, .jobs = 3};
        struct err why = {.code = E_INPUT, .msg = "gone"}, e = {0};
        struct sink below, s;

        sink_null(&below);
        assert_int_equal(codec_sink(&s, &below, &o, &e), OK);
        sink_put(&s, p, BIG / 2);
        sink_fail(&s, &why);
        assert_int_equal(sink_close(&s, &e), E_INPUT);
        assert_string_equal(e.msg, "gone");
    }
    mem_free(p);
}

static void large_windows_are_refused(void **state) {
    /* the head of a frame with a window of 256 MiB */
    static const char zstd[] = "\x28\xb5\x2f\xfd\0\x90\1\0\0";
    struct source below, s;
    struct source_bytes bytes;
    struct err e = {0};
    char c;

    (void)state;
    source_str(&below, &bytes, (struct str){zstd, sizeof zstd - 1});
    assert_int_equal(codec_source(&s, &below, CODEC_ZSTD, &e), OK);
    assert_int_equal(source_get(&s, &c, 1), 0);
    assert_int_equal(source_close(&s, &e), E_INPUT);
    assert_non_null(strstr(e.msg, "window"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_levels),
        cmocka_unit_test(jobs_change_no_byte),
        cmocka_unit_test(small_streams_are_shared),
        cmocka_unit_test(streams_in_a_row_are_one),
        cmocka_unit_test(short_and_long_inputs_are_refused),
        cmocka_unit_test(padding_is_what_the_tools_take),
        cmocka_unit_test(damage_is_noticed),
        cmocka_unit_test(a_failure_below_stops_everything),
        cmocka_unit_test(dropped_in_the_middle),
        cmocka_unit_test(large_windows_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
