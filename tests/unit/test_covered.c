/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever one byte of a signed file is changed to, the signature is bad, unless the byte is one
 * that no signature of the kind covers. */
#include "base/bytes.h"
#include "container/cfb.h"
#include "os/envvar.h"
#include "os/fsys.h"
#include "sign/authenticode.h"
#include "unit/cmocka_all.h"

#include <string.h>

static struct str sample(struct arena *mem, const char *name) {
    struct str bytes;
    struct err e = {0};
    const char *path =
        arena_fmt(mem, "%s/tests/fuzz/seeds/authenticode/%s", envvar_get("SLIPWAY_SOURCE"), name);

    assert_int_equal(fsys_read(FSYS_HERE, path, 1 << 20, mem, &bytes, &e), OK);
    return bytes;
}

/* Does slipway call the file good? `list`, unless NULL, gets what is in it. */
static bool good(struct str bytes, void (*list)(struct infile *f, struct buf *out),
                 struct buf *out) {
    AUTO(outfile) file = OUTFILE_NONE;
    AUTO(infile) view = INFILE_NONE;
    AUTO(arena) mem = {0};
    struct report bad = {.mem = &mem};
    struct err e = {0};
    size_t n;

    assert_int_equal(outfile_spool(&file, FSYS_HERE, &e), OK);
    assert_int_equal(outfile_append(&file, bytes.p, bytes.n, &e), OK);
    assert_int_equal(outfile_view(&file, &view, &e), OK);
    if (authenticode_verify(&view, NULL, 0, &mem, value_new(&mem, VALUE_LIST), &n, &bad, &e) ||
        !n || bad.total)
        return false;
    if (list)
        list(&view, out);
    return true;
}

/* Is it still good, with the byte at `at` another one? */
static bool good_with(struct str bytes, size_t at, unsigned flip) {
    AUTO(arena) mem = {0};
    char *p = arena_dup(&mem, bytes.p, bytes.n);

    p[at] = (char)(p[at] ^ (int)flip);
    return good((struct str){p, bytes.n}, NULL, NULL);
}

static void cut_short(struct str bytes, size_t slack) {
    for (size_t n = 0; n + slack < bytes.n; n += 1 + n / 50)
        assert_false(good(str_cut(bytes, 0, n), NULL, NULL));
}

static void executables(void **state) {
    AUTO(arena) mem = {0};
    struct str pe = sample(&mem, "pe");
    uint32_t coff = bytes_le32(pe.p + 60), checksum = coff + 24 + 64;
    uint32_t dirs = coff + 24 + (bytes_le16(pe.p + coff + 24) == 0x20b ? 112 : 96);
    uint32_t certs = bytes_le32(pe.p + dirs + 32);
    char *longer = arena_alloc(&mem, pe.n + 8);

    (void)state;
    assert_true(good(pe, NULL, NULL));
    for (uint32_t i = 0; i < certs; i++) {
        bool free = i >= checksum && i < checksum + 4;

        assert_int_equal(good_with(pe, i, 1), free);
        assert_int_equal(good_with(pe, i, 0x80), free);
    }
    for (size_t i = certs; i < pe.n;
         i += 5) /* names, keys and counts inside: bad or as good as before */
        (void)good_with(pe, i, 4);
    cut_short(pe, 0);
    memcpy(longer, pe.p, pe.n);
    assert_false(good((struct str){longer, pe.n + 8}, NULL, NULL));
    bytes_put_le32(longer + dirs + 36, (uint32_t)(pe.n + 8 - certs));
    bytes_put_le32(longer + certs, (uint32_t)(pe.n + 8 - certs)); /* a larger entry, of zeros */
    assert_true(good((struct str){longer, pe.n + 8}, NULL, NULL));
    longer[pe.n + 3] = 1; /* or of something */
    assert_false(good((struct str){longer, pe.n + 8}, NULL, NULL));
    memcpy(longer, pe.p, certs); /* the table moved, and bytes in front of it */
    memcpy(longer + certs + 8, pe.p + certs, pe.n - certs);
    memset(longer + certs, 0, 8);
    bytes_put_le32(longer + dirs + 32, certs + 8);
    assert_false(good((struct str){longer, pe.n + 8}, NULL, NULL));
}

static void cabinets(void **state) {
    AUTO(arena) mem = {0};
    struct str cab = sample(&mem, "cab");
    uint32_t end = bytes_le32(cab.p + 44);

    (void)state;
    assert_true(good(cab, NULL, NULL));
    for (size_t i = 0; i < end; i++) {
        /* its number in a set, and reserved ones */
        bool free = i == 34 || i == 35 || (i >= 52 && i < 56);

        assert_true(free || !good_with(cab, i, 1));
        assert_true(free || !good_with(cab, i, 0x80));
    }
    for (size_t i = end; i < cab.n; i += 5)
        (void)good_with(cab, i, 4);
    cut_short(cab, 0);
}

/* What an installer database is, but for where the bytes lie and the signature itself. */
static void content(struct infile *f, struct buf *out) {
    AUTO(arena) mem = {0};
    struct cfb_file c;
    struct err e = {0};

    assert_int_equal(cfb_open(&c, f, &mem, &e), OK);
    for (size_t i = 0; i < c.n_entries; i++) {
        const struct cfb_entry *x = &c.entry[i];
        struct str name = cfb_name_str(&mem, &x->name);
        char block[512];
        struct cfb_at at;
        struct source s;
        size_t n;

        if (str_is(name, "\5DigitalSignature"))
            continue;
        if (i)
            buf_fmt(out, STR_F " %d %zu %llx %llx\n", STR_A(name), (int)x->kind, x->parent,
                    (unsigned long long)x->created, (unsigned long long)x->modified);
        if (x->kind != CFB_STREAM)
            buf_put(out, x->clsid, sizeof x->clsid);
        buf_fmt(out, "%x\n", (unsigned)x->state);
        cfb_source(&s, &at, &c, i);
        while ((n = source_get(&s, block, sizeof block)) > 0)
            buf_put(out, block, n);
        assert_int_equal(source_close(&s, &e), OK);
    }
}

static size_t find(struct str s, struct str what) {
    size_t i = 0;

    while (i + what.n < s.n && memcmp(s.p + i, what.p, what.n) != 0)
        i++;
    return i;
}

/* The second stream of a signature covers what the directory says of all others. Under a name that
 * sorts first it would be digested as before, only as any other stream: that is how the format is.
 */
static void databases(void **state) {
    AUTO(arena) mem = {0};
    struct str msi = sample(&mem, "msi");
    static const char ex[] = "\5\0M\0s\0i\0D\0i\0g\0";
    AUTO(buf) want = BUF_NONE;
    size_t free = 0, own = find(msi, (struct str){ex, sizeof ex - 1});

    (void)state;
    buf_init(&want, 1 << 20);
    assert_true(good(msi, content, &want));
    assert_true(own < msi.n);
    for (size_t i = 0; i < msi.n; i += i + 1 == own ? 129 : 1) /* all but what it says of itself */
        for (unsigned flip = 1; flip < (i % 3 ? 2 : 256); flip <<= 4) {
            AUTO(buf) got = BUF_NONE;
            char *p = arena_dup(&mem, msi.p, msi.n);

            p[i] = (char)(p[i] ^ (int)flip);
            buf_init(&got, 1 << 20);
            if (!good((struct str){p, msi.n}, content, &got))
                continue;
            free++;
            assert_true(str_eq(buf_get(&got), buf_get(&want)));
        }
    assert_true(free > 0 && free < msi.n); /* slack, pointers that nobody follows */
    cut_short(msi, 512);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(executables),
        cmocka_unit_test(cabinets),
        cmocka_unit_test(databases),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
