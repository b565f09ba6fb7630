/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *e, enum code c, const char *fmt, ...) {
    char text[ERR_MAX]; /* the arguments may point into e->msg */
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    e->code = c;
    e->sys = 0;
    memcpy(e->msg, text, sizeof text);
    return (int)c;
}

int err_sys(struct err *e, const char *fmt, ...) {
    int sys = errno;
    char text[ERR_MAX];
    char why[256] = "";
    size_t n;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (strerror_r(sys, why, sizeof why))
        snprintf(why, sizeof why, "error %d", sys);
    n = strlen(text);
    snprintf(text + n, sizeof text - n, ": %s", why);
    e->code = E_INPUT;
    e->sys = sys;
    memcpy(e->msg, text, sizeof text);
    return E_INPUT;
}

int err_in(struct err *e, const char *fmt, ...) {
    char text[ERR_MAX];
    size_t n;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    n = strlen(text);
    if (n + 3 < sizeof text) {
        size_t room = sizeof text - n - 3, k = strlen(e->msg);

        memcpy(text + n, ": ", 2);
        memcpy(text + n + 2, e->msg, k < room ? k : room);
        text[n + 2 + (k < room ? k : room)] = 0;
    }
    memcpy(e->msg, text, sizeof text);
    return (int)e->code;
}
