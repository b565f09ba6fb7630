/* SPDX-License-Identifier: MIT */
#include "runtime/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE = 1000 };

void say(const char *name, const char *format, ...) {
    char line[LINE + 2];
    int n = snprintf(line, LINE / 2, "%s: ", name);
    n = n < LINE / 2 ? n : LINE / 2 - 1;
    va_list args;
    va_start(args, format);
    int more = vsnprintf(line + n, (size_t)(LINE - n), format, args);
    va_end(args);
    n += more < LINE - n ? more : LINE - n - 1;
    /* Whatever stands in names, it stays one line. */
    for (int i = 0; i < n; i++)
        if ((unsigned char)line[i] < ' ')
            line[i] = '?';
    line[n++] = '\n';
    ssize_t rc = write(STDERR_FILENO, line, (size_t)n);
    (void)rc;
}
