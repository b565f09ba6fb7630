/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/digest.h"
#include "os/tmpdir.h"
#include "pack/payload.h"
#include "unit/cmocka_all.h"

#include <string.h>

/* Over the size from which a thread reads ahead, with files around the size of its pieces. */
enum { FILES = 60, LARGE = 700 * 1000 };

struct shop {
    struct arena mem;
    struct tmpdir dir;
    struct pack_job j;
    struct tree t;
    const struct tree_entry *v[FILES];
    struct err e;
};

static size_t size_of(size_t i) {
    static const size_t sizes[] = {0, 1, 40 * 1000, 256 * 1024, LARGE, 33};

    return sizes[i % COUNT(sizes)];
}

static struct str text_of(struct shop *s, size_t i) {
    char *p = arena_alloc(&s->mem, size_of(i) + 1);

    for (size_t k = 0; k < size_of(i); k++)
        p[k] = (char)((k * 31 + i) >> 3);
    return (struct str){p, size_of(i)};
}

static int setup(void **state) {
    struct shop *s = mem_alloc(sizeof *s);

    s->dir = TMPDIR_NONE;
    if (tmpdir_open(&s->dir, "payload", &s->e))
        return -1;
    s->t.mem = &s->mem;
    for (size_t i = 0; i < FILES; i++) {
        const char *name = arena_fmt(&s->mem, "f%zu", i);
        struct tree_entry *x =
            tree_add_data(&s->t, str_of(name), 0644, i % 7 ? (struct str){0} : text_of(s, i));
        struct fsys_stat st;

        x->size = size_of(i);
        if (!(i % 7)) /* some are in memory */
            continue;
        if (fsys_write(s->dir.fd, name, text_of(s, i), 0644, &s->e) ||
            fsys_lstat(s->dir.fd, name, &st, &s->e))
            return -1;
        x->bytes = (struct tree_bytes){.path = arena_fmt(&s->mem, "%s/%s", s->dir.path, name),
                                       .dev = st.dev,
                                       .ino = st.ino,
                                       .mtime = st.mtime,
                                       .mtime_ns = st.mtime_ns,
                                       .host_size = st.size};
    }
    for (size_t i = 0; i < FILES; i++)
        s->v[i] = &s->t.v[i];
    s->j = (struct pack_job){.mem = &s->mem, .jobs = 2};
    *state = s;
    return 0;
}

static int teardown(void **state) {
    struct shop *s = *state;

    tmpdir_drop(&s->dir);
    arena_drop(&s->mem);
    mem_free(s);
    return 0;
}

static int put_all(struct shop *s, struct sink *to) {
    struct payload p;
    int rc;

    payload_init(&p, &s->j, DIGEST_MD5 | DIGEST_SHA256);
    rc = payload_plan(&p, s->v, FILES, &s->e);
    for (size_t i = 0; i < FILES && !rc && !to->err.code; i++)
        rc = payload_put(&p, s->v[i], to, &s->e);
    return payload_end(&p, rc, &s->e);
}

static void check(struct shop *s, struct str got) {
    size_t at = 0;

    for (size_t i = 0; i < FILES; i++) {
        struct str want = text_of(s, i);
        struct digest_set d;

        assert_true(str_eq(str_cut(got, at, at + want.n), want));
        at += want.n;
        assert_int_equal(digest_bytes(want, DIGEST_MD5 | DIGEST_SHA256, &d, &s->e), 0);
        assert_int_equal(s->v[i]->digests->kinds, DIGEST_MD5 | DIGEST_SHA256);
        assert_memory_equal(s->v[i]->digests->md5, d.md5, sizeof d.md5);
        assert_memory_equal(s->v[i]->digests->sha256, d.sha256, sizeof d.sha256);
        s->v[i]->digests->kinds = i % 2 ? 0 : DIGEST_MD5; /* some are known the next time */
    }
    assert_int_equal(at, got.n);
}

static void the_same_bytes_and_sums_with_a_thread_and_without(void **state) {
    struct shop *s = *state;

    for (unsigned jobs = 1; jobs <= 3; jobs++) {
        AUTO(buf) b = BUF_NONE;
        struct sink to = SINK_NONE;

        s->j.jobs = jobs;
        buf_init(&b, 64 << 20);
        sink_buf(&to, &b);
        assert_int_equal(put_all(s, &to), 0);
        assert_int_equal(sink_close(&to, &s->e), 0);
        check(s, buf_get(&b));
    }
}

static void a_file_that_is_gone_or_changed_is_named(void **state) {
    struct shop *s = *state;
    struct sink to = SINK_NONE;

    for (unsigned jobs = 1; jobs <= 2; jobs++) {
        s->j.jobs = jobs;
        s->e = (struct err){0};
        assert_int_equal(fsys_unlink(s->dir.fd, "f46", &s->e), 0);
        sink_null(&to);
        assert_int_equal(put_all(s, &to), E_INPUT);
        assert_non_null(strstr(s->e.msg, "/f46: No such file"));
        s->e = (struct err){0};
        assert_int_equal(fsys_write(s->dir.fd, "f46", text_of(s, 46), 0644, &s->e), 0);
        sink_null(&to);
        assert_int_equal(put_all(s, &to), E_INPUT);
        assert_non_null(strstr(s->e.msg, "/f46: changed while it was packed"));
    }
}

/* The thread stops, however much it has still to read, and its own failures do not count then. */
static void a_full_sink_ends_it(void **state) {
    struct shop *s = *state;

    assert_int_equal(fsys_unlink(s->dir.fd, "f46", &s->e), 0);
    for (unsigned jobs = 1; jobs <= 2; jobs++)
        for (size_t room = 0; room < 4; room++) {
            AUTO(buf) b = BUF_NONE;
            struct sink to = SINK_NONE;

            s->j.jobs = jobs;
            s->e = (struct err){0};
            buf_init(&b, room * 1000 * 1000 + 10);
            sink_buf(&to, &b);
            assert_int_equal(put_all(s, &to), 0);
            assert_int_equal(to.err.code, E_INPUT);
            assert_int_equal(sink_close(&to, &s->e), E_INPUT);
        }
}

static void out_of_turn_is_a_mistake(void **state) {
    struct shop *s = *state;
    struct sink to = SINK_NONE;
    struct payload p;
    int rc;

    sink_null(&to);
    payload_init(&p, &s->j, 0);
    assert_int_equal(payload_plan(&p, s->v, FILES, &s->e), 0);
    rc = payload_put(&p, s->v[1], &to, &s->e);
    assert_int_equal(payload_end(&p, rc, &s->e), E_BUG);
}

int main(void) {
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(the_same_bytes_and_sums_with_a_thread_and_without),
        CASE(a_file_that_is_gone_or_changed_is_named),
        CASE(a_full_sink_ends_it),
        CASE(out_of_turn_is_a_mistake),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
