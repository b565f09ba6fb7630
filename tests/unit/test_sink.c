/* SPDX-License-Identifier: Apache-2.0 */
#include "io/sink.h"
#include "os/tmpdir.h"
#include "unit/cmocka_all.h"

#include <string.h>

static void what_is_put_arrives(void **state) {
    struct buf b = BUF_NONE;
    struct err e = {0};
    struct sink s;
    char long_text[2000];

    (void)state;
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = 0;
    buf_init(&b, 1 << 20);
    sink_buf(&s, &b);
    sink_str(&s, STR("one "));
    sink_fmt(&s, "%d %s", 2, long_text);
    sink_zero(&s, 40000);
    sink_put(&s, NULL, 0);
    assert_int_equal(s.at, 4 + 2 + 1999 + 40000);
    assert_int_equal(sink_close(&s, &e), OK);
    assert_int_equal(b.n, s.at);
    assert_memory_equal(b.p, "one 2 xxx", 9);
    assert_int_equal(b.p[b.n - 1] | b.p[4 + 2 + 1999], 0);
    buf_drop(&b);
}

static void failures_stay(void **state) {
    struct buf b = BUF_NONE;
    struct err e = {0};
    struct sink s;

    (void)state;
    buf_init(&b, 4);
    sink_buf(&s, &b);
    sink_put(&s, "12345", 5);
    sink_put(&s, "1", 1);
    assert_int_equal(s.at, 0);
    assert_int_equal(sink_close(&s, &e), E_INPUT);
    e = (struct err){0};
    assert_int_equal(sink_close(&s, &e), E_INPUT); /* said again to whoever asks again */
    buf_drop(&b);
    sink_null(&s);
    assert_int_equal(sink_close(&s, &e), OK);
    sink_put(&s, "late", 4);
    assert_int_equal(sink_close(&s, &e), E_BUG);
}

static int refuse(struct sink *s, const void *p, size_t n, struct err *e) {
    (void)s, (void)p, (void)n;
    return err_set(e, E_INPUT, "full");
}

static int count_close(struct sink *s, struct err *e) {
    ++*(int *)s->self;
    return err_set(e, E_TOOL, "close failed too");
}

static void the_first_failure_is_told_and_close_runs_once(void **state) {
    static const struct sink_ops ops = {refuse, count_close};
    struct err e = {0};
    struct sink s;
    int closed = 0;

    (void)state;
    sink_init(&s, &ops, &closed);
    sink_put(&s, "x", 1);
    assert_int_equal(sink_close(&s, &e), E_INPUT);
    assert_string_equal(e.msg, "full");
    sink_drop(&s);
    assert_int_equal(closed, 1);
}

static void tick(void *self, uint64_t n) {
    *(uint64_t *)self += n;
}

static void a_tee_and_a_meter_pass_both_ways(void **state) {
    static const struct sink_ops full = {refuse, NULL};
    struct buf b = BUF_NONE;
    struct sink memory, broken, tee, metered;
    struct sink_pair pair = {&memory, &broken};
    struct sink_meter meter;
    struct err e = {0};
    uint64_t seen = 0;

    (void)state;
    buf_init(&b, 100);
    sink_buf(&memory, &b);
    sink_null(&broken);
    sink_tee(&tee, &pair);
    meter = (struct sink_meter){&tee, tick, &seen};
    sink_metered(&metered, &meter);
    sink_str(&metered, STR("hello"));
    assert_int_equal(sink_close(&metered, &e), OK);
    assert_int_equal(seen, 5);
    assert_int_equal(broken.at, 5);
    assert_true(str_is(buf_get(&b), "hello"));
    sink_init(&broken, &full, NULL);
    sink_metered(&metered, &meter);
    sink_str(&metered, STR("more"));
    assert_int_equal(sink_close(&metered, &e), E_INPUT);
    assert_string_equal(e.msg, "full");
    buf_drop(&b);
}

static void files_grow(void **state) {
    AUTO(tmpdir) dir = TMPDIR_NONE;
    AUTO(outfile) f = OUTFILE_NONE;
    struct err e = {0};
    struct sink s;
    char back[3];

    (void)state;
    assert_int_equal(tmpdir_open(&dir, "sink", &e), OK);
    assert_int_equal(outfile_open(&f, dir.fd, "f", &e), OK);
    sink_outfile(&s, &f);
    sink_str(&s, STR("ab"));
    sink_str(&s, STR("c"));
    assert_int_equal(sink_close(&s, &e), OK);
    assert_int_equal(outfile_read(&f, 0, back, 3, &e), OK);
    assert_memory_equal(back, "abc", 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_arrives),
        cmocka_unit_test(failures_stay),
        cmocka_unit_test(the_first_failure_is_told_and_close_runs_once),
        cmocka_unit_test(a_tee_and_a_meter_pass_both_ways),
        cmocka_unit_test(files_grow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
