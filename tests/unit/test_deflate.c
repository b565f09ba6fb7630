/* SPDX-License-Identifier: Apache-2.0 */
#include "io/deflate.h"
#include "io/deflate_scan.h"
#include "unit/cmocka_all.h"

#include <string.h>
#include <zlib.h>

/* Bytes of three kinds in turn, so that blocks of every type come out: words, a pattern, noise. */
static void fill(unsigned char *p, size_t n, unsigned seed) {
    static const char words[] = "the quick brown fox jumps over the lazy dog; ";
    uint32_t x = seed * 2654435761u + 1;

    for (size_t i = 0; i < n; i++) {
        x = x * 1664525 + 1013904223;
        switch (i / 40000 % 3) {
        case 0:
            p[i] = (unsigned char)words[(i + (x >> 28)) % (sizeof words - 1)];
            break;
        case 1:
            p[i] = (unsigned char)(i / 7);
            break;
        default:
            p[i] = (unsigned char)(x >> 24);
        }
    }
}

static bool same(const unsigned char *z, size_t z_n, const unsigned char *p, size_t n) {
    unsigned char *back = mem_alloc(n + 1);
    z_stream s = {0};
    bool ok;

    assert_int_equal(inflateInit2(&s, -15), Z_OK);
    s.next_in = (unsigned char *)(uintptr_t)z;
    s.avail_in = (uInt)z_n;
    s.next_out = back;
    s.avail_out = (uInt)(n + 1);
    ok = inflate(&s, Z_FINISH) == Z_STREAM_END && s.total_out == n && !s.avail_in &&
         !memcmp(back, p, n);
    inflateEnd(&s);
    mem_free(back);
    return ok;
}

/* Pieces of every small size, so that each of the eight bit positions ends one. */
static void pieces_are_one_stream(void **state) {
    enum { N = 300000 };
    static unsigned char in[N], out[2 * N];
    static const size_t piece[] = {1000, 4093, 50000, 131072, N};

    (void)state;
    fill(in, N, 1);
    for (int level = 1; level <= 9; level += 2)
        for (size_t k = 0; k < COUNT(piece); k++) {
            struct err e = {0};
            struct deflate *d;
            size_t n = 0;

            assert_int_equal(deflate_new(&d, level, &e), OK);
            for (size_t i = 0; i < N; i += piece[k]) {
                size_t len = N - i < piece[k] ? N - i : piece[k];
                size_t w = deflate_piece(d, in + i, len, i + len == N, out + n, deflate_bound(len));

                assert_true(w > 0 && w <= deflate_bound(len));
                n += w;
            }
            assert_true(same(out, n, in, N));
            deflate_free(d);
        }
}

static void no_room_is_said(void **state) {
    static unsigned char in[5000], out[6000];
    struct err e = {0};
    struct deflate *d;
    size_t w;

    (void)state;
    fill(in, sizeof in, 3);
    assert_int_equal(deflate_new(&d, 6, &e), OK);
    w = deflate_piece(d, in, sizeof in, false, out, sizeof out);
    assert_true(w > 10);
    for (size_t room = 0; room < w - 5; room++)
        assert_int_equal(deflate_piece(d, in, sizeof in, false, out, room), 0);
    assert_int_equal(deflate_piece(d, in, 0, true, out, sizeof out) > 0, 1);
    deflate_free(d);
}

/* zlib makes blocks that libdeflate does not: fixed codes with matches, codes of 15 bits. */
static void zlib_streams_are_scanned(void **state) {
    static const int strategies[] = {Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE};
    static unsigned char in[200000], out[220000];

    (void)state;
    fill(in, sizeof in, 2);
    for (int level = 0; level <= 9; level += 3)
        for (size_t i = 0; i < COUNT(strategies); i++) {
            z_stream s = {0};
            uint64_t last, end;

            deflateInit2(&s, level, Z_DEFLATED, -15, 9, strategies[i]);
            s.next_in = in;
            s.avail_in = sizeof in;
            s.next_out = out;
            s.avail_out = sizeof out;
            assert_int_equal(deflate(&s, Z_FINISH), Z_STREAM_END);
            assert_true(deflate_scan(out, s.total_out, &last, &end));
            assert_int_equal((end + 7) / 8, s.total_out);
            assert_true(out[last / 8] >> last % 8 & 1);
            for (size_t n = 0; n < s.total_out; n += 1 + n / 8)
                assert_false(deflate_scan(out, n, &last, &end));
            deflateEnd(&s);
        }
}

static void damage_never_harms(void **state) {
    static unsigned char in[30000], out[32000];
    struct err e = {0};
    struct deflate *d;
    uint64_t last, end;
    size_t n;

    (void)state;
    fill(in, sizeof in, 5);
    assert_int_equal(deflate_new(&d, 9, &e), OK);
    n = deflate_piece(d, in, sizeof in, true, out, sizeof out);
    for (size_t i = 0; i < n * 8; i += 1 + i / 64) {
        out[i / 8] ^= (unsigned char)(1u << i % 8);
        if (deflate_scan(out, n, &last, &end))
            assert_true(last < end && end <= n * 8);
        out[i / 8] ^= (unsigned char)(1u << i % 8);
    }
    deflate_free(d);
}

static int read_all(struct str z, unsigned char *to, size_t room, size_t *n, struct err *e) {
    struct source_bytes bytes;
    struct source below, s;

    source_str(&below, &bytes, z);
    assert_int_equal(deflate_source(&s, &below, e), OK);
    *n = source_get(&s, to, room);
    return source_close(&s, e);
}

static void source_wants_the_whole_stream_and_no_more(void **state) {
    static unsigned char in[100000], out[120000], back[100001];
    struct err e = {0};
    struct deflate *d;
    size_t n, got;

    (void)state;
    fill(in, sizeof in, 7);
    assert_int_equal(deflate_new(&d, 6, &e), OK);
    n = deflate_piece(d, in, sizeof in, true, out, sizeof out - 1);
    deflate_free(d);
    assert_int_equal(read_all((struct str){(char *)out, n}, back, sizeof back, &got, &e), OK);
    assert_int_equal(got, sizeof in);
    assert_memory_equal(in, back, sizeof in);
    assert_int_equal(read_all((struct str){(char *)out, n + 1}, back, sizeof back, &got, &e),
                     E_INPUT);
    assert_non_null(strstr(e.msg, "behind the end"));
    assert_int_equal(read_all((struct str){(char *)out, n - 1}, back, sizeof back, &got, &e),
                     E_INPUT);
    assert_non_null(strstr(e.msg, "too early"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_one_stream),
        cmocka_unit_test(no_room_is_said),
        cmocka_unit_test(zlib_streams_are_scanned),
        cmocka_unit_test(damage_never_harms),
        cmocka_unit_test(source_wants_the_whole_stream_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
