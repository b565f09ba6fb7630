/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/steps.h"

#include "base/log.h"
#include "crypto/digest.h"
#include "os/child.h"
#include "os/clock.h"
#include "os/envvar.h"
#include "os/fsys.h"
#include "os/glob.h"
#include "os/outfile.h"

#include <stdio.h>
#include <string.h>

enum { TAIL_LINES = 10, TAIL_BYTES = 400, LOG_BLOCK = 32 * 1024 };

struct job { /* one step as it runs */
    const struct recipe *r;
    const struct steps_opts *o;
    const struct recipe_step *step;
    struct str name;
    const char *stamp, *log_path, *log_name;
    struct fsys_dir dir, state; /* of the recipe, and state_dir */
    struct arena mem;
    struct outfile log;
    struct buf block; /* of the log, not yet written */
    struct err log_err;
    char tail[TAIL_LINES][TAIL_BYTES];
    size_t tail_n[TAIL_LINES], lines;
    struct err *e;
};

static void job_drop(struct job *j) {
    fsys_dir_drop(&j->dir);
    fsys_dir_drop(&j->state);
    outfile_drop(&j->log);
    buf_drop(&j->block);
    arena_drop(&j->mem);
}

/* A step's name as a file name: other steps never share it. */
static const char *file_name(struct arena *a, struct str name) {
    const char *z = "";

    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     c == '_' || c == '-' || c == '+' || (c == '.' && i);

        z = plain ? arena_fmt(a, "%s%c", z, c) : arena_fmt(a, "%s%%%02x", z, (unsigned)c);
    }
    return z;
}

static int where(struct job *j) {
    return err_in(j->e, "%s: build step \"" STR_F "\"", recipe_where(j->r, j->step->at, &j->mem),
                  STR_A(j->name));
}

/* ------------------------------------------------------------------ what a step depends on */

static void put(struct digest *d, const char *what, struct str s) {
    char head[64];
    int n = snprintf(head, sizeof head, "%s %zu:", what, s.n);

    digest_put(d, head, (size_t)n);
    digest_put(d, s.p ? s.p : "", s.n);
    digest_put(d, "\n", 1);
}

static int put_file(struct job *j, struct digest *d, struct str path) {
    AUTO(infile) f = INFILE_NONE;
    struct fsys_stat st;
    struct digest_set set;
    struct str target;

    if (fsys_lstat(j->dir.fd, path.p, &st, j->e))
        return (int)j->e->code;
    put(d, "path", path);
    if (st.kind == FSYS_LINK) {
        if (fsys_readlink(j->dir.fd, path.p, &j->mem, &target, j->e))
            return (int)j->e->code;
        put(d, "link", target);
        return OK;
    }
    if (infile_open(&f, j->dir.fd, path.p, j->e) ||
        digest_infile(&f, 0, f.size, DIGEST_SHA256, 1, &set, j->e))
        return (int)j->e->code;
    put(d, st.mode & 0111 ? "program" : "file",
        (struct str){(const char *)set.sha256, sizeof set.sha256});
    return OK;
}

/* What slipway itself keeps changes with every run. */
static bool own_state(struct str path) {
    return str_starts(path, ".slipway/") || str_has(path, "/.slipway/");
}

static int put_inputs(struct job *j, struct digest *d) {
    for (size_t i = 0; i < j->step->n_inputs; i++) {
        struct str pattern = j->step->inputs[i], *paths;
        size_t n;

        put(d, "inputs", pattern);
        if (glob_find(j->r->dir, pattern, &j->mem, &paths, &n, j->e))
            return (int)j->e->code;
        if (!n)
            log_warn("%s: build step \"" STR_F "\": no file matches the input \"" STR_F "\"",
                     recipe_where(j->r, j->step->at, &j->mem), STR_A(j->name), STR_A(pattern));
        for (size_t k = 0; k < n; k++)
            if (!own_state(paths[k]) && put_file(j, d, paths[k]))
                return (int)j->e->code;
    }
    return OK;
}

static int key_of(struct job *j, struct str *hex) {
    const struct recipe_step *s = j->step;
    struct digest_set set;
    struct digest *d;

    if (digest_new(&d, DIGEST_SHA256, j->e))
        return (int)j->e->code;
    put(d, "step", STR("1"));
    put(d, "run", s->run);
    for (size_t i = 0; i < s->n_argv; i++)
        put(d, "word", s->argv[i]);
    put(d, "dir", s->dir);
    for (size_t i = 0; i < s->n_env; i++)
        put(d, "env", s->env[i]);
    for (size_t i = 0; i < s->n_outputs; i++)
        put(d, "outputs", s->outputs[i]);
    if (put_inputs(j, d)) {
        digest_free(d);
        return (int)j->e->code;
    }
    if (digest_end(d, &set, j->e))
        return (int)j->e->code;
    *hex = str_fmt(&j->mem, STR_F "\n", STR_A(digest_hex(&j->mem, set.sha256, sizeof set.sha256)));
    return OK;
}

/* The first output that nothing matches, or an empty text. A folder counts too. */
static int missing_output(struct job *j, struct str *missing) {
    *missing = (struct str){0};
    for (size_t i = 0; i < j->step->n_outputs && !missing->n; i++) {
        struct str pattern = j->step->outputs[i], *paths;
        size_t n;

        if (glob_find(j->r->dir, pattern, &j->mem, &paths, &n, j->e))
            return (int)j->e->code;
        if (!n && !str_ends(pattern, "/") &&
            glob_find(j->r->dir, str_fmt(&j->mem, STR_F "/", STR_A(pattern)), &j->mem, &paths, &n,
                      j->e))
            return (int)j->e->code;
        if (!n)
            *missing = pattern;
    }
    return OK;
}

static int unchanged(struct job *j, struct str key, bool *yes) {
    struct fsys_stat st;
    struct str stamp, missing;

    *yes = false;
    if (j->o->force || !j->step->n_inputs)
        return OK;
    if (fsys_lstat(j->state.fd, j->stamp, &st, j->e))
        return (int)j->e->code;
    if (st.kind != FSYS_FILE || st.size != key.n)
        return OK;
    if (fsys_read(j->state.fd, j->stamp, 1000, &j->mem, &stamp, j->e) ||
        missing_output(j, &missing))
        return (int)j->e->code;
    *yes = str_eq(stamp, key) && !missing.n;
    return OK;
}

/* ------------------------------------------------------------------------------- running it */

static void flush_log(struct job *j) {
    if (!j->log_err.code && outfile_append(&j->log, j->block.p, j->block.n, &j->log_err))
        log_warn("%s", j->log_err.msg);
    buf_clear(&j->block);
}

static void on_line(void *self, struct str text) {
    struct job *j = self;
    AUTO(arena) mem = {0};
    size_t at = j->lines++ % TAIL_LINES;

    if (j->o->redact)
        text = j->o->redact(j->o->self, text, &mem);
    j->tail_n[at] = text.n < TAIL_BYTES ? text.n : TAIL_BYTES;
    memcpy(j->tail[at], text.p, j->tail_n[at]);
    if (j->block.n + text.n + 1 > LOG_BLOCK)
        flush_log(j);
    buf_str(&j->block, text);
    buf_c(&j->block, '\n');
    if (j->o->line)
        j->o->line(j->o->self, text);
}

static void give_tail(const struct job *j) {
    size_t first = j->lines > TAIL_LINES ? j->lines - TAIL_LINES : 0;

    for (size_t i = first; j->o->tail && i < j->lines; i++) {
        buf_put(j->o->tail, j->tail[i % TAIL_LINES], j->tail_n[i % TAIL_LINES]);
        buf_c(j->o->tail, '\n');
    }
}

static const char *const *words(struct job *j) {
    const struct recipe_step *s = j->step;
    const char **v = arena_array(&j->mem, s->n_argv + 5, sizeof *v);

    if (s->run.n) {
        v[0] = "sh";
        v[1] = "-e";
        v[2] = "-c";
        v[3] = str_z(&j->mem, s->run);
    }
    for (size_t i = 0; !s->run.n && i < s->n_argv; i++)
        v[i] = str_z(&j->mem, s->argv[i]);
    return v;
}

static int run_child(struct job *j) {
    const struct recipe_step *s = j->step;
    const char *const *argv = words(j);
    struct child_opts c = {.line = on_line, .self = j};
    int status = 0, rc;

    if (!argv[0])
        return err_set(j->e, E_RECIPE, "has no command");
    c.env = envvar_without(&j->mem, j->o->hide, j->o->n_hide, s->env, s->n_env);
    c.dir = !s->dir.n                 ? j->r->dir
            : str_starts(s->dir, "/") ? str_z(&j->mem, s->dir)
                                      : arena_fmt(&j->mem, "%s/" STR_F, j->r->dir, STR_A(s->dir));
    rc = child_run(argv, &c, &status, j->e);
    if (!rc && status)
        rc = err_set(j->e, E_TOOL, "ended with status %d", status);
    return rc;
}

static int run(struct job *j, struct str key) {
    struct err log_err = {0};
    struct str missing;
    int rc;

    if (fsys_unlink(j->state.fd, j->stamp, j->e) || fsys_mkdirs(j->state.fd, "logs", j->e) ||
        fsys_mkdirs(j->state.fd, "steps", j->e))
        return (int)j->e->code;
    {
        AUTO(fsys_dir) logs = FSYS_DIR_NONE;

        if (fsys_dir_open(&logs, j->state.fd, "logs", j->e) ||
            outfile_open(&j->log, logs.fd, j->log_name, j->e))
            return (int)j->e->code;
    }
    rc = run_child(j);
    flush_log(j);
    if (outfile_commit(&j->log, &log_err) && !rc)
        rc = err_set(j->e, log_err.code, "%s", log_err.msg);
    if (!rc)
        rc = missing_output(j, &missing);
    if (!rc && missing.n)
        rc = err_set(j->e, E_TOOL, "made nothing that matches \"" STR_F "\"", STR_A(missing));
    if (!rc)
        return fsys_write(j->state.fd, j->stamp, key, 0644, j->e);
    give_tail(j);
    if (rc == E_TOOL)
        err_set(j->e, E_TOOL, "%s (all of its output: %s/%s)", j->e->msg, j->o->state_dir,
                j->log_path);
    return rc;
}

static int one(const struct recipe *r, const struct steps_opts *o, size_t i, struct str name,
               struct err *e) {
    AUTO(job) j = {.r = r, .o = o, .step = &r->steps[i], .name = name, .e = e};
    uint64_t from = clock_monotonic();
    struct str key;
    bool skip;

    j.dir = j.state = FSYS_DIR_NONE;
    j.log = OUTFILE_NONE;
    buf_init(&j.block, LOG_BLOCK * 2);
    j.log_name = arena_fmt(&j.mem, "%s.log", file_name(&j.mem, name));
    j.log_path = arena_fmt(&j.mem, "logs/%s", j.log_name);
    j.stamp = arena_fmt(&j.mem, "steps/%s", file_name(&j.mem, name));
    if (o->begin)
        o->begin(o->self, name);
    if (fsys_dir_open(&j.dir, FSYS_HERE, r->dir, e) || fsys_mkdirs(FSYS_HERE, o->state_dir, e) ||
        fsys_dir_open(&j.state, FSYS_HERE, o->state_dir, e) || key_of(&j, &key) ||
        unchanged(&j, key, &skip))
        return where(&j);
    if (!skip && run(&j, key))
        return where(&j);
    if (o->end)
        o->end(o->self, name, skip, (double)(clock_monotonic() - from) / 1e9);
    return OK;
}

int steps_run(const struct recipe *r, const struct steps_opts *o, struct err *e) {
    bool found = !o->only;

    for (size_t i = 0; i < r->n_steps; i++) {
        char number[32];
        struct str name = r->steps[i].name;

        snprintf(number, sizeof number, "step-%zu", i + 1);
        if (!name.n)
            name = str_of(number);
        if (o->only && !str_is(name, o->only))
            continue;
        found = true;
        if (one(r, o, i, name, e))
            return (int)e->code;
    }
    if (!found)
        return err_set(e, E_USAGE, "the recipe has no build step \"%s\"", o->only);
    return OK;
}
