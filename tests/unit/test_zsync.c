/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/digest.h"
#include "crypto/md4.h"
#include "feed/zsync.h"
#include "model/names.h"
#include "os/outfile.h"
#include "unit/cmocka_all.h"

#include <string.h>

static void make(const void *p, size_t n, int64_t mtime, unsigned jobs, struct buf *out) {
    AUTO(outfile) f = OUTFILE_NONE;
    AUTO(infile) in = INFILE_NONE;
    struct err e = {0};

    buf_init(out, ZSYNC_MAX);
    if (outfile_spool(&f, FSYS_HERE, &e) || outfile_append(&f, p, n, &e) ||
        outfile_view(&f, &in, &e) ||
        zsync_make(&in, STR("a.bin"), STR("b/a.bin"), mtime, jobs, out, &e))
        fail_msg("%s", e.msg);
}

/* Digests of what zsyncmake 0.6.2 -Z -u b/a.bin wrote for the same bytes, files of 1 January 1970.
 */
static void bytes_are_those_of_zsyncmake(void **state) {
    static const struct {
        size_t n;
        const char *sha256;
    } known[] = {
        {0, "be5e98e886f56593088d90828133e5b4627912fcee98ca004dfce56e9249273f"},
        {1, "85805bd5736bd27700c17b93c0eb205b1ad972e954c25cb46542894337df519d"},
        {17, "9311a2a1d908f85bf8231160402edd89113eb15ad2370dbedb04d561ea80b616"},
        {2048, "0864c74a7b5ea467a1f31a489da9644ccdc0334de0a69b4bc0be498c428056a6"},
        {2049, "52cad6f52b5d27e55b5a36b4972eb67e5b1bc4afff68ae240b4135bc6d806a0c"},
        {5000, "79ba61922c8e3e5bca88d8a05c8aa08c068d20ac8c3cf3232db3207eed774e9d"},
        {34816, "e2eeaaf08a137c9e21b3c6e09b6c22c4619ddcb086e77e20e3c54a1b87a98708"},
        {262144, "7a14ae3d8501adcbd19bb9ced32e9c8a1db311e91e9b22f73f2d8ae44dbbb6f4"},
        {3000000, "c4e6a15104b1ac4318eb94c84c22f1f69cd9ad7f7811c2944b1b4e1eccf6b8b3"},
    };
    AUTO(arena) a = {0};
    unsigned char *p = arena_alloc(&a, 3000000);
    uint32_t x = 1;

    (void)state;
    for (size_t i = 0; i < 3000000; i++) {
        x = x * 1664525 + 1013904223;
        p[i] = (unsigned char)(x >> 24);
    }
    for (size_t i = 0; i < COUNT(known); i++)
        for (unsigned jobs = 1; jobs < 4; jobs++) {
            AUTO(buf) out;
            struct digest_set d;
            struct err e = {0};

            make(p, known[i].n, 0, jobs, &out);
            assert_int_equal(digest_bytes(buf_get(&out), DIGEST_SHA256, &d, &e), OK);
            assert_string_equal(str_z(&a, digest_hex(&a, d.sha256, 32)), known[i].sha256);
        }
}

static void a_time_is_said_or_not(void **state) {
    AUTO(buf) out;

    (void)state;
    make("a", 1, -1, 1, &out);
    assert_false(str_has(buf_get(&out), "MTime"));
    assert_true(str_starts(buf_get(&out), "zsync: 0.6.2\nFilename: a.bin\nBlocksize: 2048\n"));
}

/* RFC 1320, A.5 */
static void md4_is_md4(void **state) {
    static const struct {
        const char *text, *hex;
    } known[] = {
        {"", "31d6cfe0d16ae931b73c59d7e0c089c0"},
        {"abc", "a448017aaf21d8525fc10ae87aa6729d"},
        {"abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
         "043f8582f241db351ce627e153e7f0e4"},
        {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
         "e33b4ddc9c38f2199c3e7b164fcc0536"},
    };
    AUTO(arena) a = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(known); i++) {
        unsigned char sum[16];

        md4_bytes(known[i].text, strlen(known[i].text), sum);
        assert_string_equal(str_z(&a, digest_hex(&a, sum, sizeof sum)), known[i].hex);
    }
}

static void the_name_has_no_version(void **state) {
    AUTO(arena) a = {0};

    (void)state;
    assert_true(
        str_is(names_zsync(STR("hello-1.2.0-beta.1-x86_64.AppImage"), STR("1.2.0-beta.1"), &a),
               "hello-x86_64.AppImage.zsync"));
    assert_true(
        str_is(names_zsync(STR("hello.AppImage"), STR("1.2.0"), &a), "hello.AppImage.zsync"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_those_of_zsyncmake),
        cmocka_unit_test(a_time_is_said_or_not),
        cmocka_unit_test(md4_is_md4),
        cmocka_unit_test(the_name_has_no_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
