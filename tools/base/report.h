/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/str.h"

/* Several findings of one run, in the order they were made: all mistakes of a recipe, all damage of
 * a site. Each line stands alone ("slipway.yaml:12:7: unknown key …"). At most REPORT_MAX are kept;
 * the rest are counted. Empty: `{.mem = arena}`. */
enum { REPORT_MAX = 200 };

struct report {
    struct arena *mem;
    struct str line[REPORT_MAX];
    size_t n;     /* lines kept */
    size_t total; /* lines said */
};

void report_add(struct report *r, const char *fmt, ...) PRINTF(2, 3);
void report_err(struct report *r, const struct err *e); /* the message of e as a line */
/* The same, unless that line is there: what two formats find is one mistake. */
void report_once(struct report *r, const struct err *e);
