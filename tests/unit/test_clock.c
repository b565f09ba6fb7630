/* SPDX-License-Identifier: Apache-2.0 */
#include "os/clock.h"
#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* libc's gmtime_r knows the calendar too. */
static void agrees_with_libc(void **state) {
    (void)state;
    for (int64_t t = -70000000000; t < 253402300800; t += 86400 * 13 + 3607) {
        struct clock_utc u = clock_split(t);
        time_t when = (time_t)t;
        struct tm tm;

        assert_non_null(gmtime_r(&when, &tm));
        assert_int_equal(u.year, tm.tm_year + 1900);
        assert_int_equal(u.month, tm.tm_mon + 1);
        assert_int_equal(u.day, tm.tm_mday);
        assert_int_equal(u.hour, tm.tm_hour);
        assert_int_equal(u.minute, tm.tm_min);
        assert_int_equal(u.second, tm.tm_sec);
        assert_int_equal(u.weekday, tm.tm_wday);
        assert_int_equal(u.yearday, tm.tm_yday + 1);
        assert_int_equal(clock_join(u.year, u.month, u.day, u.hour, u.minute, u.second), t);
    }
}

static void texts(void **state) {
    struct arena a = {0};

    (void)state;
    assert_true(str_is(clock_rfc3339(&a, 1795229737), "2026-11-21T02:55:37Z"));
    assert_true(str_is(clock_rfc2822(&a, 1795229737), "Sat, 21 Nov 2026 02:55:37 +0000"));
    assert_true(str_is(clock_rfc3339(&a, 951782400), "2000-02-29T00:00:00Z"));
    arena_drop(&a);
}

static void source_date(void **state) {
    static const char *const bad[] = {"-1", "1.5", "now", "1 ", "999999999999999999"};
    struct err e = {0};
    int64_t t;
    bool set;

    (void)state;
    unsetenv("SOURCE_DATE_EPOCH");
    assert_int_equal(clock_source_date(&set, &t, &e), 0);
    assert_false(set);
    setenv("SOURCE_DATE_EPOCH", "0", 1);
    assert_int_equal(clock_source_date(&set, &t, &e), 0);
    assert_true(set);
    assert_int_equal(t, 0);
    for (size_t i = 0; i < COUNT(bad); i++) {
        setenv("SOURCE_DATE_EPOCH", bad[i], 1);
        assert_int_equal(clock_source_date(&set, &t, &e), E_USAGE);
        assert_false(set);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_libc),
        cmocka_unit_test(texts),
        cmocka_unit_test(source_date),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
