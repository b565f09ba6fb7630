/* SPDX-License-Identifier: Apache-2.0 */
#include "os/clock.h"

#include "os/envvar.h"
#include "os/interrupt.h"

#include <time.h>

int clock_source_date(bool *set, int64_t *seconds, struct err *e) {
    const char *v = envvar_get("SOURCE_DATE_EPOCH");
    uint64_t n;

    *set = false;
    *seconds = 0;
    if (!v || !*v)
        return OK;
    /* Up to the end of the year 9999. */
    if (!str_u64(str_of(v), 253402300799u, &n))
        return err_set(e, E_USAGE, "SOURCE_DATE_EPOCH is not a number of seconds: \"%s\"", v);
    *set = true;
    *seconds = (int64_t)n;
    return OK;
}

int64_t clock_now(void) {
    return (int64_t)time(NULL);
}

uint64_t clock_monotonic(void) {
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void clock_sleep(uint64_t ms) {
    uint64_t end = clock_monotonic() + ms * 1000000u;

    while (clock_monotonic() < end && !interrupt_signal()) {
        uint64_t left = end - clock_monotonic();
        struct timespec t = {0, left < 50000000u ? (long)left : 50000000};

        if (left > UINT64_MAX / 2)
            break; /* the end came between the two looks at the clock */
        nanosleep(&t, NULL);
    }
}

static int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

/* Days since 1970-01-01 of a civil date, proleptic Gregorian calendar. */
static int64_t days_of(int64_t y, int m, int d) {
    int64_t era, yoe, doy;

    y -= m <= 2;
    era = floor_div(y, 400);
    yoe = y - era * 400;
    doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

struct clock_utc clock_split(int64_t seconds) {
    int64_t days = floor_div(seconds, 86400), rest = seconds - days * 86400;
    int64_t z = days + 719468, era = floor_div(z, 146097), doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    struct clock_utc u;

    u.day = (int)(doy - (153 * mp + 2) / 5 + 1);
    u.month = (int)(mp < 10 ? mp + 3 : mp - 9);
    u.year = (int)(yoe + era * 400 + (u.month <= 2));
    u.hour = (int)(rest / 3600);
    u.minute = (int)(rest / 60 % 60);
    u.second = (int)(rest % 60);
    u.weekday = (int)((days % 7 + 11) % 7); /* 1970-01-01 was a Thursday */
    u.yearday = (int)(days - days_of(u.year, 1, 1)) + 1;
    return u;
}

int64_t clock_join(int year, int month, int day, int hour, int minute, int second) {
    return days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
}

struct str clock_rfc3339(struct arena *a, int64_t seconds) {
    struct clock_utc u = clock_split(seconds);

    return str_fmt(a, "%04d-%02d-%02dT%02d:%02d:%02dZ", u.year, u.month, u.day, u.hour, u.minute,
                   u.second);
}

struct str clock_rfc2822(struct arena *a, int64_t seconds) {
    static const char day[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char month[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct clock_utc u = clock_split(seconds);

    return str_fmt(a, "%s, %02d %s %04d %02d:%02d:%02d +0000", day[u.weekday], u.day,
                   month[u.month - 1], u.year, u.hour, u.minute, u.second);
}
