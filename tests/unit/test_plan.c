/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/plan.h"
#include "unit/cmocka_all.h"

#include <string.h>

/* A map from "a10 b20": a chunk for each word, its letter the checksum. */
static struct mapread map_of(struct arena *a, const char *text) {
    struct mapread m = {.v = arena_array(a, strlen(text) + 1, sizeof *m.v)};
    struct str rest = str_of(text);

    while (rest.n) {
        struct str word = str_split(&rest, ' ');
        struct mapread_chunk *c = &m.v[m.n++];
        uint64_t size = 0;

        assert_true(str_u64(str_cut(word, 1, word.n), 1 << 24, &size));
        memset(c->sum, word.p[0], sizeof c->sum);
        c->at = m.size;
        c->size = (uint32_t)size;
        m.size += size;
    }
    return m;
}

static void counts_what_is_downloaded(void **state) {
    (void)state;
    static const struct {
        const char *old, *now;
        struct plan want;
    } cases[] = {
        {"a10 b20 c30", "a10 b20 c30", {0, 60, 0, 0, 0}},
        {"", "a10", {10, 0, 1, 1, sizeof "bytes=0-9" - 1}},
        {"a10", "", {0, 0, 0, 0, 0}},
        /* neighbours are one range, two places are two of one request */
        {"a10 b20", "x5 y6 a10 z7 b20", {18, 30, 2, 1, sizeof "bytes=0-10, 21-27" - 1}},
        /* moved chunks are there all the same */
        {"a10 b20 c30", "c30 a10 b20", {0, 60, 0, 0, 0}},
        /* one that is there twice is copied from its first place */
        {"a10 b20 a10", "a10 a10 a10", {0, 30, 0, 0, 0}},
        /* equal sums of another size are not believed */
        {"a10 b20", "a11 b20", {11, 20, 1, 1, sizeof "bytes=0-10" - 1}},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO(arena) a = {0};
        struct mapread old = map_of(&a, cases[i].old), now = map_of(&a, cases[i].now);
        struct plan p = plan_make(&old, &now, &a);

        assert_int_equal(p.fetched, cases[i].want.fetched);
        assert_int_equal(p.copied, cases[i].want.copied);
        assert_int_equal(p.ranges, cases[i].want.ranges);
        assert_int_equal(p.requests, cases[i].want.requests);
        assert_int_equal(p.header, cases[i].want.header);
    }
}

/* A request holds 1000 steps of copying and fetching, however many of them are fetched. */
static void many_ranges_are_several_requests(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    AUTO(buf) text = BUF_NONE;
    struct mapread old = map_of(&a, "a10"), now;
    struct plan p;

    buf_init(&text, 1 << 20);
    for (int i = 0; i < 501; i++)
        buf_z(&text, i ? " x1 a10" : "x1 a10");
    now = map_of(&a, text.p);
    p = plan_make(&old, &now, &a);
    assert_int_equal(p.fetched, 501);
    assert_int_equal(p.copied, 5010);
    assert_int_equal(p.ranges, 501);
    assert_int_equal(p.requests, 2);
    assert_true(p.header > 500 * 5 && p.header < 500 * 12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_what_is_downloaded),
        cmocka_unit_test(many_ranges_are_several_requests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
