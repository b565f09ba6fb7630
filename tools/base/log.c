/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

enum { LOG_MAX = 4000 };

static struct {
    pthread_mutex_t lock;
    enum log_level level;
    log_hook *line;
    void *self;
    log_filter *filter;
    void *filter_self;
    unsigned warnings;
} log_state = {.lock = PTHREAD_MUTEX_INITIALIZER};

void log_setup(enum log_level level, log_hook *line, void *self) {
    pthread_mutex_lock(&log_state.lock);
    log_state.level = level;
    log_state.line = line;
    log_state.self = self;
    pthread_mutex_unlock(&log_state.lock);
}

static void say(enum log_level, bool, const char *, va_list) PRINTF(3, 0);

void log_filter_set(log_filter *filter, void *self) {
    pthread_mutex_lock(&log_state.lock);
    log_state.filter = filter;
    log_state.filter_self = self;
    pthread_mutex_unlock(&log_state.lock);
}

struct str log_filtered(struct str text, struct arena *a) {
    pthread_mutex_lock(&log_state.lock);
    if (log_state.filter)
        text = log_state.filter(log_state.filter_self, text, a);
    pthread_mutex_unlock(&log_state.lock);
    return text;
}

/* Cut after the filter: half a secret at the end is one, too. */
static const char *shown(const char *fmt, va_list ap, struct arena *a) PRINTF(1, 0);

static const char *shown(const char *fmt, va_list ap, struct arena *a) {
    struct str text;

    text.p = arena_vfmt(a, &text.n, fmt, ap);
    if (log_state.filter)
        text = log_state.filter(log_state.filter_self, text, a);
    return str_z(a, str_cut(text, 0, LOG_MAX));
}

static void say(enum log_level level, bool warning, const char *fmt, va_list ap) {
    AUTO(arena) mem = {0};

    pthread_mutex_lock(&log_state.lock);
    log_state.warnings += warning;
    if (level <= log_state.level) {
        const char *text = shown(fmt, ap, &mem);

        if (log_state.line)
            log_state.line(log_state.self, level, warning, text);
        else
            fprintf(stderr, "%s%s\n", warning ? "warning: " : "", text);
    }
    pthread_mutex_unlock(&log_state.lock);
}

void log_warn(const char *fmt, ...) {
    va_list ap;

    va_start(ap, fmt);
    say(LOG_INFO, true, fmt, ap);
    va_end(ap);
}

void log_info(const char *fmt, ...) {
    va_list ap;

    va_start(ap, fmt);
    say(LOG_INFO, false, fmt, ap);
    va_end(ap);
}

void log_debug(const char *fmt, ...) {
    va_list ap;

    va_start(ap, fmt);
    say(LOG_DEBUG, false, fmt, ap);
    va_end(ap);
}

unsigned log_warnings(void) {
    unsigned n;

    pthread_mutex_lock(&log_state.lock);
    n = log_state.warnings;
    pthread_mutex_unlock(&log_state.lock);
    return n;
}
