/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "base/mem.h"
#include "io/lzx.h"
#include "unit/cmocka_all.h"

#include <string.h>

enum { MOST = 900000 };

enum content { TEXT, NOISE, ZEROS, CODE, MIXED };

static void fill(unsigned char *p, size_t n, enum content content) {
    uint32_t x = 7;

    for (size_t i = 0; i < n; i++) {
        enum content c = content != MIXED ? content : (enum content)(i / 40000 % 4);

        x = x * 1664525 + 1013904223;
        p[i] = c == NOISE  ? (unsigned char)(x >> 24)
               : c == TEXT ? (unsigned char)"lorem ipsum dolor "[(i + (x >> 30)) % 18]
               : c == CODE ? (unsigned char)(x >> 29 ? x >> 28 : 0xe8)
                           : 0;
    }
}

/* Chunk by chunk, as cabinets do it; gives how many bytes it became. */
static size_t there_and_back(const unsigned char *in, size_t n, unsigned window, int level) {
    const size_t size = lzx_chunk_size(window), far = (size_t)1 << window;
    struct lzx_parser *p = lzx_parser_new(window, level);
    struct lzx_chunk *c = lzx_chunk_new(window);
    struct lzx_writer *w = lzx_writer_new(window);
    struct lzx_unpacker *u;
    unsigned char *translated = mem_alloc(n + 1), out[LZX_FRAME];
    size_t sum = 0, done = 0;
    struct err e = {0};

    memcpy(translated, in, n);
    for (size_t at = 0; at < n; at += LZX_FRAME)
        lzx_translate(translated + at, n - at < LZX_FRAME ? n - at : LZX_FRAME, at);
    assert_int_equal(lzx_unpacker_new(&u, window, &e), OK);
    for (size_t at = 0; at < n; at += size) {
        const unsigned char *bytes;
        size_t k, of;

        lzx_parse(p, translated + at, at < far ? at : far, n - at < size ? n - at : size, c);
        lzx_writer_begin(w, c);
        while ((k = lzx_writer_frame(w, &bytes, &of)) > 0) {
            assert_true(k <= LZX_ROOM);
            assert_int_equal(lzx_unpack(u, bytes, k, out, of, &e), OK);
            assert_memory_equal(out, in + done, of);
            done += of;
            sum += k;
        }
    }
    assert_int_equal(done, n);
    lzx_parser_free(p);
    lzx_chunk_free(c);
    lzx_writer_free(w);
    lzx_unpacker_free(u);
    mem_free(translated);
    return sum;
}

static void what_goes_in_comes_out(void **state) {
    static const size_t sizes[] = {1, 2, 3, 10, 11, 32767, 32768, 32769, 300001, MOST};
    static unsigned char in[MOST];

    (void)state;
    for (enum content c = TEXT; c <= MIXED; c++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            unsigned window = 15 + (unsigned)(i + c) % 7;
            size_t k;

            fill(in, sizes[i], c);
            k = there_and_back(in, sizes[i], window, 1 + (int)(i + c) % 5);
            assert_true(k <= sizes[i] + (sizes[i] / LZX_FRAME + 1) * 28);
            if (c == ZEROS)
                assert_true(k <= 200 + sizes[i] / 60);
        }
}

static size_t put_raw(unsigned char *b, unsigned first, unsigned char c, uint32_t n) {
    /* the stream's first bit, then the kind and the size, in words from the top */
    uint32_t head = (first ? 3u << 28 | n << 4 : 3u << 29 | n << 5);

    bytes_put_le16(b, (uint16_t)(head >> 16));
    bytes_put_le16(b + 2, (uint16_t)head);
    for (int i = 0; i < 3; i++)
        bytes_put_le32(b + 4 + 4 * i, 1);
    memset(b + 16, c, n);
    return 16 + n;
}

/* The byte behind an odd number of raw ones may end a frame, or begin the next. */
static void raw_blocks_end_on_words(void **state) {
    (void)state;
    for (int next = 0; next < 2; next++) {
        static unsigned char b[LZX_ROOM], out[LZX_FRAME];
        struct lzx_unpacker *u;
        struct err e = {0};
        size_t n;

        assert_int_equal(lzx_unpacker_new(&u, 15, &e), OK);
        n = put_raw(b, 1, 'a', 3);
        b[n++] = 0;
        n += put_raw(b + n, 0, 'b', LZX_FRAME - 3);
        b[n] = 0;
        assert_int_equal(lzx_unpack(u, b, n + !next, out, LZX_FRAME, &e), OK);
        assert_memory_equal(out, "aaab", 4);
        b[0] = 0;
        n = (size_t)next + put_raw(b + next, 0, 'c', 10);
        assert_int_equal(lzx_unpack(u, b, n, out, 10, &e), OK);
        assert_memory_equal(out, "cccccccccc", 10);
        lzx_unpacker_free(u);
    }
}

static void damage_is_no_crash(void **state) {
    static unsigned char in[LZX_FRAME], out[LZX_FRAME];
    struct lzx_parser *p = lzx_parser_new(16, 3);
    struct lzx_chunk *c = lzx_chunk_new(16);
    struct lzx_writer *w = lzx_writer_new(16);
    const unsigned char *bytes;
    unsigned char copy[LZX_ROOM];
    size_t n, of, refused = 0;
    struct err e = {0};

    (void)state;
    fill(in, sizeof in, TEXT);
    lzx_parse(p, in, 0, sizeof in, c);
    lzx_writer_begin(w, c);
    n = lzx_writer_frame(w, &bytes, &of);
    for (size_t i = 0; i < n; i++) {
        struct lzx_unpacker *u;

        memcpy(copy, bytes, n);
        copy[i] ^= (unsigned char)(1u << i % 8);
        assert_int_equal(lzx_unpacker_new(&u, 16, &e), OK);
        refused += lzx_unpack(u, copy, i % 3 ? n : i, out, of, &e) != OK;
        lzx_unpacker_free(u);
    }
    assert_true(refused > n / 3);
    lzx_parser_free(p);
    lzx_chunk_free(c);
    lzx_writer_free(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(raw_blocks_end_on_words),
        cmocka_unit_test(damage_is_no_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
