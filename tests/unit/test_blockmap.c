/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "feed/blockmap.h"
#include "io/codec.h"
#include "io/deflate.h"
#include "os/outfile.h"
#include "unit/cmocka_all.h"

#include <string.h>

enum { MIB = 1024 * 1024 };

static void map_of(const void *p, size_t n, unsigned jobs, struct buf *json,
                   struct digest_set *sums) {
    AUTO(outfile) f = OUTFILE_NONE;
    AUTO(infile) in = INFILE_NONE;
    struct err e = {0};

    buf_init(json, BLOCKMAP_MAX);
    if (outfile_spool(&f, FSYS_HERE, &e) || outfile_append(&f, p, n, &e) ||
        outfile_view(&f, &in, &e) ||
        blockmap_infile(&in, 0, n, sums ? DIGEST_SHA512 | DIGEST_SHA256 : 0, jobs, sums, json, &e))
        fail_msg("%s", e.msg);
}

/* The digest of the map is what electron-builder's generator and the older app-builder both gave.
 */
static void expect(const void *p, size_t n, const char *sha256) {
    for (unsigned jobs = 1; jobs < 4; jobs++) {
        AUTO(arena) a = {0};
        AUTO(buf) json;
        struct digest_set d, whole, sums;
        struct err e = {0};

        map_of(p, n, jobs, &json, &sums);
        assert_int_equal(digest_bytes(buf_get(&json), DIGEST_SHA256, &d, &e), OK);
        assert_string_equal(str_z(&a, digest_hex(&a, d.sha256, 32)), sha256);
        assert_int_equal(
            digest_bytes((struct str){p, n}, DIGEST_SHA512 | DIGEST_SHA256, &whole, &e), OK);
        assert_memory_equal(whole.sha512, sums.sha512, sizeof sums.sha512);
        assert_memory_equal(whole.sha256, sums.sha256, sizeof sums.sha256);
    }
}

static void known_answers(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    unsigned char *p = arena_alloc(&a, MIB);
    uint32_t x = 1;

    expect("", 0, "f2b5892ba320529997efe9d968bad725383d3ee42d0ebd19ac2a010485396831");
    expect("a", 1, "14d0c2e28d3ecd0090bce78ab22fb7a386faa0f74ba03d1a30d66ca5952c6379");
    expect(p, 100000, "e96ead7e2f660f974518d9c968086f64699e40e10b1e8130a07d0dfe6e39577b");
    memset(p, 0xff, 100000);
    expect(p, 100000, "80793444db62fd54e789c080e48798aac7df9c77685933d55b8d3e3dcacef206");
    for (size_t i = 0; i < 100000; i++)
        p[i] = (unsigned char)('0' + i % 10);
    expect(p, 100000, "81c584f9d93b8b741e3fcb80e8115091d0f91cefad35d32df99f1dea8db8beeb");
    for (size_t i = 0; i < MIB; i++) {
        x = x * 1664525 + 1013904223;
        p[i] = (unsigned char)(x >> 24);
    }
    expect(p, MIB, "9851b57e3d5a1956fad2b713ac98ba7b9d3ac485af2d085b60994ca9a7ae490d");
}

/* What a container holds, taken out again. */
static void both_containers_hold_the_map(void **state) {
    (void)state;
    AUTO(buf) json;
    AUTO(buf) gz;
    AUTO(buf) gz2;
    AUTO(buf) tail;
    char back[1000];
    struct source_bytes bytes;
    struct source below, s;
    struct err e = {0};
    size_t n;

    map_of("hello", 5, 1, &json, NULL);
    buf_init(&gz, MIB);
    buf_init(&gz2, MIB);
    buf_init(&tail, MIB);
    assert_int_equal(blockmap_gzip(buf_get(&json), &gz, &e), OK);
    assert_int_equal(blockmap_gzip(buf_get(&json), &gz2, &e), OK);
    assert_int_equal(blockmap_trailer(buf_get(&json), &tail, &e), OK);
    assert_true(str_eq(buf_get(&gz), buf_get(&gz2)));
    assert_int_equal(bytes_le32(gz.p + 4), 0); /* no time of the making */

    source_str(&below, &bytes, buf_get(&gz));
    assert_int_equal(codec_source(&s, &below, CODEC_GZIP, &e), OK);
    n = source_get(&s, back, sizeof back);
    assert_int_equal(source_close(&s, &e), OK);
    assert_true(str_eq(buf_get(&json), (struct str){back, n}));

    assert_int_equal(bytes_be32(tail.p + tail.n - 4), tail.n - 4);
    source_str(&below, &bytes, str_cut(buf_get(&tail), 0, tail.n - 4));
    assert_int_equal(deflate_source(&s, &below, &e), OK);
    n = source_get(&s, back, sizeof back);
    assert_int_equal(source_close(&s, &e), OK);
    assert_true(str_eq(buf_get(&json), (struct str){back, n}));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(both_containers_hold_the_map),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
