/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

/* SOURCE_DATE_EPOCH as seconds since 1970. *set is false when the variable is absent; E_USAGE when
 * it is not a number. Nothing that ends up in an artifact uses any other clock. */
int clock_source_date(bool *set, int64_t *seconds, struct err *e) MUST_USE;

int64_t clock_now(void);        /* wall clock, seconds: for the journal and "expired" checks only */
uint64_t clock_monotonic(void); /* nanoseconds, for progress and timings only */

/* Civil time in UTC without libc's locale or TZ. */
struct clock_utc {
    int year, month, day, hour, minute, second, weekday,
        yearday; /* month 1-12, weekday 0 = Sunday */
};
struct clock_utc clock_split(int64_t seconds);
int64_t clock_join(int year, int month, int day, int hour, int minute, int second);
struct str clock_rfc3339(struct arena *a, int64_t seconds); /* 2026-11-21T02:55:37Z */
struct str clock_rfc2822(struct arena *a, int64_t seconds); /* Sat, 21 Nov 2026 02:55:37 +0000 */

/* Waits; shorter when a signal asks the run to end. */
void clock_sleep(uint64_t ms);
