/* SPDX-License-Identifier: Apache-2.0 */
#include "base/report.h"

#include <stdarg.h>
#include <stdio.h>

void report_add(struct report *r, const char *fmt, ...) {
    char text[2 * ERR_MAX];
    va_list ap;

    r->total++;
    if (r->n >= REPORT_MAX)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    r->line[r->n++] = str_dup(r->mem, str_of(text));
}

void report_err(struct report *r, const struct err *e) {
    report_add(r, "%s", e->msg);
}

void report_once(struct report *r, const struct err *e) {
    for (size_t i = 0; i < r->n; i++)
        if (str_is(r->line[i], e->msg))
            return;
    report_err(r, e);
}
