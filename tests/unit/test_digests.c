/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/digest.h"
#include "os/child.h"
#include "os/fsys.h"
#include "os/tmpdir.h"
#include "stage/digests.h"
#include "stage/gather.h"
#include "unit/cmocka_all.h"

#include <string.h>

enum { BOTH = DIGEST_MD5 | DIGEST_SHA256, BIG = 3 << 20 };

static void write(struct tmpdir *d, const char *name, struct str bytes) {
    struct err e = {0};

    assert_int_equal(fsys_write(d->fd, name, bytes, 0644, &e), 0);
}

static void gather(struct tmpdir *d, struct arena *a, bool strip, struct tree *t) {
    struct recipe_files row = {.from = STR("./"), .to = STR("x")};
    struct recipe r = {
        .file = "slipway.yaml", .dir = d->path, .files = &row, .n_files = 1, .strip = strip};
    struct target to = {.os = OS_LINUX};
    struct err e = {0};

    if (gather_tree(&r, &to, 0, a, t, &e))
        fail_msg("%s", e.msg);
}

static void fill(struct tmpdir *d, struct arena *a) {
    char *big = arena_alloc(a, BIG);

    for (size_t i = 0; i < BIG; i++)
        big[i] = (char)(i * i >> 7);
    write(d, "big", (struct str){big, BIG});
    write(d, "empty", STR(""));
    for (unsigned i = 0; i < 50; i++)
        write(d, arena_fmt(a, "f%u", i), str_fmt(a, "file %u", i));
}

static void count(void *self, uint64_t bytes) {
    *(uint64_t *)self += bytes;
}

/* What md5sum and sha256sum say of every file, whatever the number of threads. */
static void agrees_with_coreutils(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    AUTO(tmpdir) d = TMPDIR_NONE;
    struct err e = {0};

    assert_int_equal(tmpdir_open(&d, "digests", &e), 0);
    fill(&d, &a);
    for (unsigned jobs = 1; jobs <= 4; jobs += 3) {
        AUTO(buf) said = BUF_NONE;
        uint64_t seen = 0;
        struct tree t;

        buf_init(&said, 1 << 20);
        gather(&d, &a, false, &t);
        assert_int_equal(digests_fill(&t, BOTH, jobs, count, &seen, &e), 0);
        assert_true(seen >= tree_size(&t));
        assert_int_equal(child_run((const char *const[]){"sh", "-c", "md5sum *; sha256sum *", NULL},
                                   &(struct child_opts){.dir = d.path, .output = &said}, NULL, &e),
                         0);
        for (size_t i = 0; i < t.n; i++) {
            const struct tree_digests *x = t.v[i].digests;
            struct str name = str_cut(t.v[i].path, 2, t.v[i].path.n);

            if (t.v[i].kind != TREE_FILE)
                continue;
            assert_int_equal(x->kinds, BOTH);
            assert_true(
                str_has(buf_get(&said), arena_fmt(&a, STR_F "  " STR_F "\n",
                                                  STR_A(digest_hex(&a, x->md5, 16)), STR_A(name))));
            assert_true(str_has(buf_get(&said),
                                arena_fmt(&a, STR_F "  " STR_F "\n",
                                          STR_A(digest_hex(&a, x->sha256, 32)), STR_A(name))));
        }
        seen = 0;
        assert_int_equal(digests_fill(&t, BOTH, jobs, count, &seen, &e), 0);
        assert_int_equal(seen, 0);
    }
}

static void a_stripped_program_counts_as_it_is_packed(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    AUTO(tmpdir) d = TMPDIR_NONE;
    struct err e = {0};
    struct tree t;
    struct str whole, packed = {0};
    struct digest_set want;
    const struct tree_entry *x;
    char *p;

    assert_int_equal(tmpdir_open(&d, "digests", &e), 0);
    assert_int_equal(fsys_copy(FSYS_HERE, "/proc/self/exe", d.fd, "prog", 0755, &e), 0);
    assert_int_equal(fsys_read(d.fd, "prog", 1 << 30, &a, &whole, &e), 0);
    gather(&d, &a, true, &t);
    x = tree_find(&t, STR("x/prog"));
    assert_true(x && x->bytes.n_range);
    p = arena_alloc(&a, x->size);
    for (size_t i = 0; i < x->bytes.n_range; i++) {
        const struct tree_range *r = &x->bytes.range[i];

        memcpy(p + packed.n, r->data ? r->data : whole.p + r->at, r->n);
        packed = (struct str){p, packed.n + r->n};
    }
    assert_int_equal(digest_bytes(packed, BOTH, &want, &e), 0);
    assert_int_equal(digests_fill(&t, BOTH, 2, NULL, NULL, &e), 0);
    assert_memory_equal(want.sha256, x->digests->sha256, 32);
    assert_memory_equal(want.md5, x->digests->md5, 16);
}

static void a_file_that_changed_is_noticed(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    AUTO(tmpdir) d = TMPDIR_NONE;
    struct err e = {0};
    struct tree t;

    assert_int_equal(tmpdir_open(&d, "digests", &e), 0);
    fill(&d, &a);
    gather(&d, &a, false, &t);
    write(&d, "f7", STR("file X")); /* as long as before, but another inode */
    assert_int_equal(digests_fill(&t, BOTH, 2, NULL, NULL, &e), E_INPUT);
    assert_non_null(strstr(e.msg, "/f7: changed since it was gathered"));
    assert_int_equal(t.v[1].digests->kinds, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_coreutils),
        cmocka_unit_test(a_stripped_program_counts_as_it_is_packed),
        cmocka_unit_test(a_file_that_changed_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
