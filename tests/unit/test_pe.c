/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "container/pe.h"
#include "crypto/digest.h"
#include "os/fsys.h"
#include "unit/cmocka_all.h"

#include <string.h>

enum { HEAD = 0x80, OPTIONAL = HEAD + 24, DIRS = OPTIONAL + 112, TABLE = DIRS + 128, SIZE = 0x605 };

/* A PE32+ of one section, 5 bytes of overlay and no code. */
static void make(unsigned char b[SIZE]) {
    for (size_t i = 0; i < SIZE; i++)
        b[i] = (unsigned char)(i * 31 + 7);
    memset(b, 0, 0x200);
    memcpy(b, "MZ", 2);
    b[60] = HEAD;
    memcpy(b + HEAD, "PE\0", 4);
    bytes_put_le16(b + HEAD + 4, PE_AMD64);
    bytes_put_le16(b + HEAD + 6, 1);
    bytes_put_le16(b + HEAD + 20, TABLE - OPTIONAL);
    bytes_put_le16(b + OPTIONAL, 0x20b);
    bytes_put_le32(b + OPTIONAL + 32, 0x1000);
    bytes_put_le32(b + OPTIONAL + 36, 0x200);
    bytes_put_le32(b + OPTIONAL + 56, 0x2000);
    bytes_put_le32(b + OPTIONAL + 60, 0x200);
    bytes_put_le32(b + OPTIONAL + 64, 0xdeadbeef);
    bytes_put_le32(b + OPTIONAL + 108, 16);
    memcpy(b + TABLE, ".text", 5);
    bytes_put_le32(b + TABLE + 8, 0x400);
    bytes_put_le32(b + TABLE + 12, 0x1000);
    bytes_put_le32(b + TABLE + 16, 0x400);
    bytes_put_le32(b + TABLE + 20, 0x200);
}

static void spool(struct outfile *f, struct infile *view, const void *p, size_t n) {
    struct err e = {0};

    assert_int_equal(outfile_spool(f, FSYS_HERE, &e), OK);
    assert_int_equal(outfile_append(f, p, n, &e), OK);
    assert_int_equal(outfile_view(f, view, &e), OK);
}

static void digest_pe(const struct pe *p, unsigned char out[32], uint64_t *sum) {
    struct err e = {0};
    struct digest *d;
    struct digest_set set;
    struct sink s;

    assert_int_equal(digest_new(&d, DIGEST_SHA256, &e), OK);
    digest_sink(&s, d);
    assert_int_equal(pe_digested(p, &s, sum, &e), OK);
    assert_int_equal(digest_end(d, &set, &e), OK);
    memcpy(out, set.sha256, 32);
}

/* The checksum as the format describes it, word by word. */
static uint32_t slow_checksum(const unsigned char *b, size_t n) {
    uint32_t sum = 0;

    for (size_t i = 0; i < n; i += 2) {
        uint32_t w = b[i] | (i + 1 < n ? (uint32_t)b[i + 1] << 8 : 0);

        if (i < OPTIONAL + 64 || i >= OPTIONAL + 68)
            sum += w;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return sum + (uint32_t)n;
}

static void a_signature_goes_in_and_out(void **state) {
    AUTO(arena) mem = {0};
    AUTO(outfile) f = OUTFILE_NONE;
    AUTO(infile) view = INFILE_NONE;
    AUTO(infile) with = INFILE_NONE;
    AUTO(infile) without = INFILE_NONE;
    unsigned char b[SIZE], want[SIZE + 3 - 12] = {0}, got[32], again[32], back[SIZE + 3 + 8 + 16];
    struct err e = {0};
    struct digest_set set;
    struct pe_cert *cert;
    struct pe p, q;
    uint64_t sum;
    size_t n;

    (void)state;
    make(b);
    memcpy(want, b, OPTIONAL + 64);
    memcpy(want + OPTIONAL + 64, b + OPTIONAL + 68, DIRS + 32 - OPTIONAL - 68);
    memcpy(want + DIRS + 28, b + DIRS + 40, SIZE - DIRS - 40);
    spool(&f, &view, b, SIZE);
    assert_int_equal(pe_open(&p, &view, &mem, &e), OK);
    assert_int_equal(p.end, 0x600);
    assert_string_equal(pe_machine_name(p.machine), "x86_64");
    digest_pe(&p, got, &sum);
    assert_int_equal(digest_bytes((struct str){(char *)want, sizeof want}, DIGEST_SHA256, &set, &e),
                     OK);
    assert_memory_equal(got, set.sha256, 32);
    assert_int_equal(pe_checksum(&p, sum, (struct str){0}), slow_checksum(b, SIZE));

    assert_int_equal(pe_put_signature(&p, &f, sum, STR("a signature"), &e), OK);
    assert_int_equal(f.size, sizeof back);
    assert_int_equal(outfile_read(&f, 0, back, sizeof back, &e), OK);
    assert_int_equal(bytes_le32(back + OPTIONAL + 64), slow_checksum(back, sizeof back));
    assert_int_equal(outfile_view(&f, &with, &e), OK);
    assert_int_equal(pe_open(&q, &with, &mem, &e), OK);
    digest_pe(&q, again, &sum);
    assert_memory_equal(got, again, 32);
    assert_int_equal(pe_certs(&q, &mem, &cert, &n, &e), OK);
    assert_int_equal(n, 1);
    assert_int_equal(cert->type, PE_CERT_PKCS7);
    assert_int_equal(cert->bytes.n, 16);
    assert_memory_equal(cert->bytes.p, "a signature\0\0\0\0", 16);

    assert_int_equal(pe_put_signature(&q, &f, sum, (struct str){0}, &e), OK);
    assert_int_equal(outfile_view(&f, &without, &e), OK);
    assert_int_equal(pe_open(&p, &without, &mem, &e), OK);
    assert_int_equal(p.certs_size, 0);
    digest_pe(&p, again, &sum);
    assert_memory_equal(got, again, 32);
    assert_int_equal(p.checksum, pe_checksum(&p, sum, (struct str){0}));
}

static void open_changed(size_t at, uint32_t v, size_t n, const char *why) {
    AUTO(arena) mem = {0};
    AUTO(outfile) f = OUTFILE_NONE;
    AUTO(infile) view = INFILE_NONE;
    unsigned char b[SIZE];
    struct err e = {0};
    struct pe p;

    make(b);
    bytes_put_le32(b + at, v);
    spool(&f, &view, b, n);
    assert_int_equal(pe_open(&p, &view, &mem, &e), E_INPUT);
    if (!strstr(e.msg, why))
        fail_msg("%s, not %s", e.msg, why);
}

static void damage_is_told(void **state) {
    (void)state;
    open_changed(0, 0, SIZE, "MZ");
    open_changed(60, 0xfffffff0, SIZE, "DOS program");
    open_changed(60, SIZE - 2, SIZE, "DOS program");
    open_changed(OPTIONAL, 0x107, SIZE, "neither PE32 nor PE32+");
    open_changed(HEAD + 20, 100, SIZE, "too short");
    open_changed(OPTIONAL + 108, 17, SIZE, "data directories");
    open_changed(OPTIONAL + 108, 0xffffffff, SIZE, "data directories");
    open_changed(HEAD + 4, PE_AMD64 | 0xffffu << 16, SIZE, "too many sections");
    open_changed(HEAD + 4, PE_AMD64 | 200u << 16, SIZE, "section table");
    open_changed(TABLE + 20, 0x300, SIZE, "outside"); /* by the next field's size */
    open_changed(TABLE + 20, 0xfffffff0, SIZE, "outside");
    open_changed(DIRS + 32, 0x600, SIZE, "where one can be");
    open_changed(0, 0x00905a4d, 0x300, "outside");
    open_changed(0, 0x00905a4d, TABLE, "section table");
    open_changed(0, 0x00905a4d, OPTIONAL + 4, "cut off");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_signature_goes_in_and_out),
                                       cmocka_unit_test(damage_is_told)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
