/* SPDX-License-Identifier: Apache-2.0 */
#include "base/report.h"

#include <stdarg.h>
#include <stdio.h>

void report_add(struct report *r, const char *fmt, ...) {
    char text[2 * ERR_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    for (size_t i = 0; i < r->n; i++) /* what two formats find is one mistake */
        if (str_is(r->line[i], text))
            return;
    r->total++;
    if (r->n >= REPORT_MAX)
        return;
    r->line[r->n++] = str_dup(r->mem, str_of(text));
}

void report_err(struct report *r, const struct err *e) {
    report_add(r, "%s", e->msg);
}
