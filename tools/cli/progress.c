/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include "model/release.h"
#include "os/clock.h"
#include "os/envvar.h"
#include "os/fsys.h"
#include "text/value.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ROWS_MAX = 500, REDRAW_NS = 100000000, LEDGER_MAX = 64 << 20 };

struct row {
    const char *what, *outcome;
    uint64_t size;
    double seconds;
};

struct progress {
    struct arena *mem;
    struct flow_watch watch;
    pthread_mutex_t lock;
    bool quiet, verbose, json, live, color, drawn, annotate;
    struct row row[ROWS_MAX];
    size_t n;
    char now[200];
    uint64_t done, total, since, start, last_draw;
};

const char *progress_size(char text[32], uint64_t bytes) {
    static const char *const unit[] = {"B", "kB", "MB", "GB", "TB"};
    double v = (double)bytes;
    size_t u = 0;

    while (v >= 999.5 && u + 1 < COUNT(unit)) {
        v /= 1000;
        u++;
    }
    snprintf(text, 32, u && v < 99.95 ? "%.1f %s" : "%.0f %s", v, unit[u]);
    return text;
}

void progress_safe(FILE *to, struct str text, bool lines) {
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];

        if (c == '\n' && lines)
            fputs("\n    ", to);
        else if ((c < 0x20 && c != '\t') || c == 0x7f)
            fprintf(to, "\\x%02x", c);
        else
            putc(c, to);
    }
}

static void wipe_line(struct progress *p) {
    if (p->drawn)
        fputs("\r\033[K", stderr);
    p->drawn = false;
}

static void draw(struct progress *p, bool now) {
    uint64_t t = clock_monotonic();
    double seconds = (double)(t - p->since) / 1e9;
    char done[32], total[32], rate[32];

    if (!p->live || !p->now[0] || (!now && t - p->last_draw < REDRAW_NS))
        return;
    p->last_draw = t;
    wipe_line(p);
    progress_size(rate, seconds > 0.05 ? (uint64_t)((double)p->done / seconds) : 0);
    if (p->total)
        fprintf(stderr, "  %.60s  %s of %s  %s/s", p->now, progress_size(done, p->done),
                progress_size(total, p->total), rate);
    else
        fprintf(stderr, "  %.60s  %.0f s", p->now, seconds);
    fflush(stderr);
    p->drawn = true;
}

static void on_begin(void *self, const char *what, uint64_t bytes) {
    struct progress *p = self;

    pthread_mutex_lock(&p->lock);
    snprintf(p->now, sizeof p->now, "%s", what);
    p->done = 0;
    p->total = bytes;
    p->since = clock_monotonic();
    draw(p, true);
    pthread_mutex_unlock(&p->lock);
}

static void on_tick(void *self, uint64_t bytes) {
    struct progress *p = self;

    pthread_mutex_lock(&p->lock);
    p->done += bytes;
    draw(p, false);
    pthread_mutex_unlock(&p->lock);
}

static void on_line(void *self, struct str text) {
    struct progress *p = self;

    if (p->quiet)
        return;
    pthread_mutex_lock(&p->lock);
    wipe_line(p);
    fprintf(stderr, "  | " STR_F "\n", STR_A(text)); /* the user's own program: as it came */
    draw(p, true);
    pthread_mutex_unlock(&p->lock);
}

static void print_json(const struct row *r) {
    AUTO(arena) mem = {0};
    struct value *v = value_new(&mem, VALUE_MAP);
    AUTO(buf) out = BUF_NONE;

    buf_init(&out, 1 << 20);
    value_set(&mem, v, "event", value_str(&mem, STR("done")));
    value_set(&mem, v, "what", value_str(&mem, str_of(r->what)));
    value_set(&mem, v, "outcome", value_str(&mem, str_of(r->outcome)));
    value_set(&mem, v, "size", value_int(&mem, (int64_t)r->size));
    value_set(&mem, v, "milliseconds", value_int(&mem, (int64_t)(r->seconds * 1000)));
    value_write_json(v, false, &out);
    printf("%s\n", out.p);
    fflush(stdout);
}

static void on_end(void *self, const char *what, const char *outcome, uint64_t size,
                   double seconds) {
    struct progress *p = self;
    struct row r = {arena_dup(p->mem, what, strlen(what)), outcome, size, seconds};
    char text[32];

    pthread_mutex_lock(&p->lock);
    wipe_line(p);
    p->now[0] = 0;
    if (p->n < ROWS_MAX)
        p->row[p->n++] = r;
    if (p->json)
        print_json(&r);
    if (!p->quiet && size)
        fprintf(stderr, "%-9s  %s  %s  %.2f s\n", outcome, what, progress_size(text, size),
                seconds);
    else if (!p->quiet)
        fprintf(stderr, "%-9s  %s  %.2f s\n", outcome, what, seconds);
    pthread_mutex_unlock(&p->lock);
}

/* GitHub reads a message to the end of its line, a property to the next : or , */
static void put_escaped(struct str text, const char *special) {
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];

        if (c < 0x20 || strchr(special, c))
            fprintf(stderr, "%%%02X", c);
        else
            putc(c, stderr);
    }
}

static void on_log(void *self, enum log_level level, bool warning, const char *text) {
    struct progress *p = self;

    (void)level;
    pthread_mutex_lock(&p->lock);
    wipe_line(p);
    if (p->annotate && warning) {
        fputs("::warning::", stderr);
        put_escaped(str_of(text), "%");
        putc('\n', stderr);
    }
    fputs(warning ? "warning: " : "", stderr);
    progress_safe(stderr, str_of(text), true);
    putc('\n', stderr);
    draw(p, true);
    pthread_mutex_unlock(&p->lock);
}

struct progress *progress_new(struct arena *mem, bool quiet, bool verbose, bool json,
                              const char *color) {
    struct progress *p = arena_alloc(mem, sizeof *p);
    bool terminal = isatty(STDERR_FILENO) && !envvar_is_set("CI");

    p->mem = mem;
    p->quiet = quiet;
    p->verbose = verbose;
    p->json = json;
    p->live = terminal && !quiet && strcmp(color, "never") != 0;
    p->color = !strcmp(color, "always") ||
               (!strcmp(color, "auto") && terminal && !envvar_is_set("NO_COLOR"));
    p->annotate = envvar_is_set("GITHUB_ACTIONS");
    p->start = clock_monotonic();
    pthread_mutex_init(&p->lock, NULL);
    p->watch = (struct flow_watch){p, on_begin, on_tick, on_line, on_end};
    log_setup(quiet ? LOG_QUIET : verbose ? LOG_DEBUG : LOG_INFO, on_log, p);
    return p;
}

const struct flow_watch *progress_watch(struct progress *p) {
    return &p->watch;
}

void progress_end(struct progress *p) {
    pthread_mutex_lock(&p->lock);
    wipe_line(p);
    p->now[0] = 0;
    pthread_mutex_unlock(&p->lock);
}

/* What the ledger lists; not each of these files was a step that somebody saw. */
static size_t ledger_files(struct progress *p, const char *dist, uint64_t *bytes) {
    const char *path = arena_fmt(p->mem, "%s/release.json", dist);
    struct err ignored = {0};
    struct release r = {0};
    struct str text;

    if (fsys_read(FSYS_HERE, path, LEDGER_MAX, p->mem, &text, &ignored) ||
        release_read(text, path, p->mem, &r, &ignored))
        return 0;
    for (size_t i = 0; i < r.n; i++)
        *bytes += r.v[i].size;
    return r.n;
}

void progress_summary(struct progress *p, const char *dist) {
    double seconds = (double)(clock_monotonic() - p->start) / 1e9;
    uint64_t bytes = 0;
    size_t files, unchanged = 0;
    char text[32];

    if (p->quiet)
        return;
    progress_end(p);
    files = ledger_files(p, dist, &bytes);
    for (size_t i = 0; i < p->n; i++)
        unchanged += !strcmp(p->row[i].outcome, "unchanged");
    if (files)
        fprintf(stderr, "%zu files, %s in %s; ", files, progress_size(text, bytes), dist);
    if (unchanged)
        fprintf(stderr, "%zu unchanged; ", unchanged);
    fprintf(stderr, "%.2f s\n", seconds);
}

/* file:line:col: in front of a message becomes the place of an annotation. */
static void annotate(struct str message) {
    struct str rest = message, file = str_split(&rest, ':'), line = str_split(&rest, ':'),
               col = str_split(&rest, ':');
    uint64_t n, m;

    if (str_u64(line, UINT32_MAX, &n) && str_u64(col, UINT32_MAX, &m)) {
        fputs("::error file=", stderr);
        put_escaped(file, "%:,");
        fprintf(stderr, ",line=%llu,col=%llu::", (unsigned long long)n, (unsigned long long)m);
        put_escaped(str_trim(rest), "%");
    } else {
        fputs("::error::", stderr);
        put_escaped(message, "%");
    }
    putc('\n', stderr);
}

static void print(const struct progress *p, struct str text) {
    if (p->annotate)
        annotate(text);
    fprintf(stderr, "%sslipway: %s", p->color ? "\033[31m" : "", p->color ? "\033[0m" : "");
    progress_safe(stderr, text, false);
    putc('\n', stderr);
}

void progress_error(const struct progress *p, const char *message) {
    print(p, str_of(message));
}

void progress_mistake(const struct progress *p, struct str line) {
    if (p->annotate)
        annotate(line);
    progress_safe(stderr, line, false);
    putc('\n', stderr);
}
