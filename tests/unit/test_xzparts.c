/* SPDX-License-Identifier: Apache-2.0 */
#include "io/codec.h"
#include "io/xzparts.h"
#include "os/fsys.h"
#include "os/tmpdir.h"
#include "unit/cmocka_all.h"

#include <string.h>

enum { SIZE = 300000, MOST = 100000 };

static char *text(size_t n, uint32_t seed) {
    char *p = mem_alloc(n);

    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525 + 1013904223;
        p[i] = "Package: Version: 1.0 Depends: libc6\n"[(seed >> 24) % 37];
    }
    return p;
}

static void write_parts(const char *p, size_t n, const uint64_t *end, size_t parts, struct str old,
                        unsigned jobs, struct buf *out) {
    struct xzparts x = {end, parts, MOST, 1 << 16, old, jobs};
    AUTO(tmpdir) tmp = TMPDIR_NONE;
    AUTO(infile) in = INFILE_NONE;
    struct sink s = SINK_NONE;
    struct err e = {0};

    assert_int_equal(tmpdir_open(&tmp, "xz", &e), OK);
    assert_int_equal(fsys_write(tmp.fd, "t", (struct str){p, n}, 0644, &e), OK);
    assert_int_equal(infile_open(&in, tmp.fd, "t", &e), OK);
    buf_init(out, 1 << 24);
    sink_buf(&s, out);
    assert_int_equal(xzparts_write(&x, &in, &s, &e), OK);
    assert_int_equal(sink_close(&s, &e), OK);
}

static void assert_holds(struct str xz, const char *p, size_t n) {
    struct source raw = SOURCE_NONE, s = SOURCE_NONE;
    struct source_bytes left;
    struct err e = {0};
    char *got = mem_alloc(n + 1);

    source_str(&raw, &left, xz);
    assert_int_equal(codec_source(&s, &raw, CODEC_XZ, &e), OK);
    assert_int_equal(source_get(&s, got, n + 1), n);
    assert_memory_equal(got, p, n);
    assert_int_equal(source_close(&s, &e), OK);
    mem_free(got);
}

static void assert_equal(const struct buf *a, const struct buf *b) {
    assert_int_equal(a->n, b->n);
    assert_memory_equal(a->p, b->p, a->n);
}

static void old_blocks_serve_again(void **state) {
    static const uint64_t end[] = {100000, 150001, 250000, SIZE};
    char *p = text(SIZE, 1);
    AUTO(buf) first = BUF_NONE;
    AUTO(buf) anew = BUF_NONE;
    AUTO(buf) again = BUF_NONE;
    AUTO(buf) other = BUF_NONE;
    AUTO(buf) three = BUF_NONE;

    (void)state;
    write_parts(p, SIZE, end, 4, (struct str){0}, 1, &first);
    assert_holds(buf_get(&first), p, SIZE);
    write_parts(p, SIZE, end, 4, (struct str){0}, 3, &three);
    assert_equal(&first, &three);
    p[120000] ^= 1; /* in the second part */
    write_parts(p, SIZE, end, 4, (struct str){0}, 2, &anew);
    write_parts(p, SIZE, end, 4, buf_get(&first), 2, &again);
    assert_equal(&anew, &again);
    assert_holds(buf_get(&again), p, SIZE);
    /* that blocks were taken over shows where the old file holds others for the same text */
    first.p[5000] ^= 1;
    write_parts(p, SIZE, end, 4, buf_get(&first), 2, &other);
    assert_memory_not_equal(other.p, anew.p, 6000);
    mem_free(p);
}

static void nothing_and_what_is_no_xz(void **state) {
    static const uint64_t end[] = {1000};
    char *p = text(1000, 2);
    AUTO(buf) none = BUF_NONE;
    AUTO(buf) want = BUF_NONE;

    (void)state;
    write_parts("", 0, end, 0, (struct str){0}, 2, &none);
    assert_holds(buf_get(&none), "", 0);
    write_parts(p, 1000, end, 1, (struct str){0}, 2, &want);
    for (size_t n = 0; n < want.n; n++) { /* an old file that is cut off anywhere */
        AUTO(arena) mem = {0};
        AUTO(buf) got = BUF_NONE;

        write_parts(p, 1000, end, 1, (struct str){arena_dup(&mem, want.p, n), n}, 1, &got);
        assert_equal(&want, &got);
    }
    for (size_t i = want.n - 24; i < want.n; i++) { /* its index and footer changed anywhere */
        AUTO(arena) mem = {0};
        AUTO(buf) got = BUF_NONE;
        char *old = arena_dup(&mem, want.p, want.n);

        old[i] = (char)(old[i] ^ 0x10);
        write_parts(p, 1000, end, 1, (struct str){old, want.n}, 1, &got);
        assert_equal(&want, &got);
    }
    mem_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_blocks_serve_again),
        cmocka_unit_test(nothing_and_what_is_no_xz),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
