/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/digest.h"
#include "os/tmpdir.h"
#include "unit/cmocka_all.h"

#include <string.h>

enum { ALL = DIGEST_MD5 | DIGEST_SHA1 | DIGEST_SHA256 | DIGEST_SHA512 };

static void assert_hex(const struct digest_set *d, enum digest_kind k, const char *hex) {
    AUTO(arena) mem = {0};
    size_t n;
    const unsigned char *p = digest_of(d, k, &n);

    assert_non_null(p);
    assert_string_equal(digest_hex(&mem, p, n).p, hex);
}

/* FIPS 180-4 and RFC 1321 examples */
static void test_known(void **state) {
    struct err e = {0};
    struct digest_set d;
    size_t n;

    (void)state;
    assert_int_equal(digest_bytes(STR("abc"), ALL, &d, &e), OK);
    assert_hex(&d, DIGEST_MD5, "900150983cd24fb0d6963f7d28e17f72");
    assert_hex(&d, DIGEST_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_hex(&d, DIGEST_SHA256,
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_hex(&d, DIGEST_SHA512,
               "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a8"
               "36ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
    assert_int_equal(digest_bytes(STR(""), DIGEST_SHA256, &d, &e), OK);
    assert_hex(&d, DIGEST_SHA256,
               "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_null(digest_of(&d, DIGEST_MD5, &n));
}

/* A million times "a", put in uneven pieces through a sink. */
static void test_pieces(void **state) {
    struct err e = {0};
    struct digest *d;
    struct digest_set set;
    struct sink s;
    char block[997];

    (void)state;
    memset(block, 'a', sizeof block);
    assert_int_equal(digest_new(&d, DIGEST_SHA256 | DIGEST_SHA1, &e), OK);
    digest_sink(&s, d);
    for (size_t left = 1000000; left;) {
        size_t n = left < sizeof block ? left : sizeof block;

        sink_put(&s, block, n);
        left -= n;
    }
    assert_int_equal(sink_close(&s, &e), OK);
    assert_int_equal(digest_end(d, &set, &e), OK);
    assert_hex(&set, DIGEST_SHA256,
               "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    assert_hex(&set, DIGEST_SHA1, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

/* Threads and one pass give the same, at sizes around the ring's blocks, from an offset. */
static void test_file(void **state) {
    static const size_t sizes[] = {0, 1, 5000000, 6 * 1024 * 1024, 6 * 1024 * 1024 + 1};
    enum { SKIP = 3, BYTES = 6 * 1024 * 1024 + 1 + SKIP };
    AUTO(tmpdir) dir = TMPDIR_NONE;
    AUTO(infile) f = INFILE_NONE;
    struct err e = {0};
    char *p = mem_alloc(BYTES);
    uint32_t x = 1;

    (void)state;
    for (size_t i = 0; i < BYTES; i++)
        p[i] = (char)((x = x * 1664525u + 1013904223u) >> 24);
    assert_int_equal(tmpdir_open(&dir, "test", &e), OK);
    assert_int_equal(fsys_write(dir.fd, "f", (struct str){p, BYTES}, 0600, &e), OK);
    assert_int_equal(infile_open(&f, dir.fd, "f", &e), OK);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct digest_set a, b, c;

        memset(&a, 0, sizeof a);
        memset(&b, 0, sizeof b);
        memset(&c, 0, sizeof c);
        assert_int_equal(digest_infile(&f, SKIP, sizes[i], ALL, 1, &a, &e), OK);
        assert_int_equal(digest_infile(&f, SKIP, sizes[i], ALL, 4, &b, &e), OK);
        assert_int_equal(digest_bytes((struct str){p + SKIP, sizes[i]}, ALL, &c, &e), OK);
        assert_memory_equal(&a, &b, sizeof a);
        assert_memory_equal(&a, &c, sizeof a);
    }
    /* more than there is: an error, and no thread is left waiting */
    assert_int_equal(digest_infile(&f, SKIP, BYTES, ALL, 4, &(struct digest_set){0}, &e), E_INPUT);
    mem_free(p);
}

static void test_text(void **state) {
    AUTO(arena) mem = {0};
    unsigned char b[4];

    (void)state;
    assert_string_equal(digest_base64(&mem, "", 0).p, ""); /* RFC 4648 */
    assert_string_equal(digest_base64(&mem, "f", 1).p, "Zg==");
    assert_string_equal(digest_base64(&mem, "fo", 2).p, "Zm8=");
    assert_string_equal(digest_base64(&mem, "foobar", 6).p, "Zm9vYmFy");
    assert_string_equal(digest_base64(&mem, "\xff\xfe\xfd", 3).p, "//79");
    assert_true(digest_unhex(STR("00fFA07e"), b, 4));
    assert_memory_equal(b, "\x00\xff\xa0\x7e", 4);
    assert_false(digest_unhex(STR("00ffa07"), b, 4));
    assert_false(digest_unhex(STR("00ffa07g"), b, 4));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
