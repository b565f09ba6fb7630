/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/blake2b.h"
#include "feed/blockmap.h"
#include "feed/mapread.h"
#include "os/outfile.h"
#include "unit/cmocka_all.h"

#include <string.h>

enum { N = 300000 };

static void fill(unsigned char *p, size_t n) {
    uint32_t x = 1;

    for (size_t i = 0; i < n; i++) {
        x = x * 1664525 + 1013904223;
        p[i] = (unsigned char)(x >> 24);
    }
}

/* Chunks cover the file, and their sums are those of its bytes. */
static void expect(const struct mapread *m, const unsigned char *p) {
    uint64_t at = 0;

    assert_int_equal(m->size, N);
    assert_true(m->n > N / 32768);
    for (size_t i = 0; i < m->n; at += m->v[i].size, i++) {
        unsigned char sum[MAPREAD_SUM];

        assert_int_equal(m->v[i].at, at);
        blake2b(p + at, m->v[i].size, sum, sizeof sum);
        assert_memory_equal(sum, m->v[i].sum, sizeof sum);
    }
    assert_int_equal(at, N);
}

static void reads_what_blockmap_writes(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    AUTO(outfile) f = OUTFILE_NONE;
    AUTO(infile) in = INFILE_NONE;
    AUTO(infile) whole = INFILE_NONE;
    AUTO(buf) json = BUF_NONE;
    AUTO(buf) packed = BUF_NONE;
    unsigned char *p = arena_alloc(&a, N);
    struct mapread m;
    struct err e = {0};

    fill(p, N);
    buf_init(&json, BLOCKMAP_MAX);
    buf_init(&packed, BLOCKMAP_MAX);
    assert_int_equal(outfile_spool(&f, FSYS_HERE, &e), OK);
    assert_int_equal(outfile_append(&f, p, N, &e), OK);
    assert_int_equal(outfile_view(&f, &in, &e), OK);
    assert_int_equal(blockmap_infile(&in, 0, N, 0, 1, NULL, &json, &e), OK);
    assert_int_equal(mapread_json(buf_get(&json), "map", &a, &m, &e), OK);
    expect(&m, p);
    assert_int_equal(blockmap_gzip(buf_get(&json), &packed, &e), OK);
    assert_int_equal(mapread_gzip(buf_get(&packed), "map", &a, &m, &e), OK);
    expect(&m, p);
    assert_int_equal(mapread_inside(&in, &a, &m, &e), E_INPUT);
    buf_clear(&packed);
    assert_int_equal(blockmap_trailer(buf_get(&json), &packed, &e), OK);
    assert_int_equal(outfile_append(&f, packed.p, packed.n, &e), OK);
    assert_int_equal(outfile_view(&f, &whole, &e), OK);
    assert_int_equal(mapread_inside(&whole, &a, &m, &e), OK);
    expect(&m, p);
    assert_int_equal(mapread_tail(buf_get(&packed), N, "tail", &a, &m, &e), OK);
    expect(&m, p);
    assert_int_equal(mapread_tail(buf_get(&packed), N + 1, "tail", &a, &m, &e), E_INPUT);
    assert_int_equal(mapread_tail(str_cut(buf_get(&packed), 1, packed.n), N, "tail", &a, &m, &e),
                     E_INPUT);
    assert_int_equal(mapread_tail(STR("\0\0"), N, "tail", &a, &m, &e), E_INPUT);
}

static void hostile_maps_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *files, *message;
    } cases[] = {
        {"[]", "m: a block map is of one file from its first byte on"},
        {"[{\"offset\":1}]", "m: a block map is of one file from its first byte on"},
        {"[{\"offset\":0,\"checksums\":[],\"sizes\":[1]}]",
         "m: a block map has as many sizes as checksums, this one does not"},
        {"[{\"offset\":0,\"checksums\":[\"AAAA\"],\"sizes\":[1]}]",
         "m: checksum 0 is not base64 of 18 bytes"},
        {"[{\"offset\":0,\"checksums\":[\"AAAAAAAAAAAAAAAAAAAAAAA=\"],\"sizes\":[1]}]",
         "m: checksum 0 is not base64 of 18 bytes"},
        {"[{\"offset\":0,\"checksums\":[\"AAAAAAAAAAAAAAAAAAAAAAAA\"],\"sizes\":[0]}]",
         "m: size 0 is not one that a chunk can have"},
        {"[{\"offset\":0,\"checksums\":[\"AAAAAAAAAAAAAAAAAAAAAAAA\"],\"sizes\":[4294967297]}]",
         "m: size 0 is not one that a chunk can have"},
        {"[{\"offset\":0,\"checksums\":null,\"sizes\":null}]", NULL}, /* app-builder's empty map */
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO(arena) a = {0};
        struct str json = str_fmt(&a, "{\"version\":\"2\",\"files\":%s}", cases[i].files);
        struct mapread m;
        struct err e = {0};

        assert_int_equal(mapread_json(json, "m", &a, &m, &e), cases[i].message ? E_INPUT : OK);
        if (cases[i].message)
            assert_string_equal(e.msg, cases[i].message);
    }
}

static void a_map_of_other_bytes_is_noticed(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    AUTO(outfile) f = OUTFILE_NONE;
    AUTO(infile) in = INFILE_NONE;
    unsigned char *p = arena_alloc(&a, N);
    struct digest_set d, whole;
    uint64_t packed;
    struct mapread m;
    struct err e = {0};

    fill(p, N);
    assert_int_equal(outfile_spool(&f, FSYS_HERE, &e), OK);
    assert_int_equal(outfile_append(&f, p, N, &e), OK);
    assert_int_equal(blockmap_append(&f, DIGEST_SHA256, 2, &d, &packed, &e), OK);
    assert_int_equal(f.size, N + packed + 4);
    assert_int_equal(outfile_view(&f, &in, &e), OK);
    assert_int_equal(digest_infile(&in, 0, in.size, DIGEST_SHA256, 1, &whole, &e), OK);
    assert_memory_equal(d.sha256, whole.sha256, sizeof d.sha256);
    assert_int_equal(mapread_inside(&in, &a, &m, &e), OK);
    assert_int_equal(mapread_check(&m, &in, 0, &e), OK);
    p[100] ^= 1;
    assert_int_equal(outfile_pwrite(&f, 100, p + 100, 1, &e), OK);
    assert_int_equal(mapread_check(&m, &in, 1, &e), OK);
    assert_int_equal(mapread_check(&m, &in, 0, &e), E_WRONG);
    assert_non_null(strstr(e.msg, "its block map tells other bytes 0 to "));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_blockmap_writes),
        cmocka_unit_test(hostile_maps_are_refused),
        cmocka_unit_test(a_map_of_other_bytes_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
