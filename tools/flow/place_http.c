/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/place.h"
#include "flow/place_kind.h"
#include "io/http.h"
#include "io/url.h"
#include "os/abspath.h"
#include "os/thread.h"
#include "os/tmpdir.h"

#include <stdio.h>

enum { CLIENTS = 16 };

struct served {
    const struct place_kind *kind;
    struct str url;
    const char *where; /* the same without secrets */
    struct thread_lock *lock;
    struct http *idle[CLIENTS]; /* connections that nobody uses at the moment */
    size_t n_idle;
    struct tmpdir temp;
};

static int take_client(struct served *s, struct http **h, struct err *e) {
    *h = NULL;
    thread_enter(s->lock);
    if (s->n_idle)
        *h = s->idle[--s->n_idle];
    thread_leave(s->lock);
    return *h ? OK : http_open(h, NULL, e);
}

static void give_client(struct served *s, struct http *h) {
    thread_enter(s->lock);
    if (s->n_idle < CLIENTS) {
        s->idle[s->n_idle++] = h;
        h = NULL;
    }
    thread_leave(s->lock);
    http_close(h);
}

/* *there is false when the server has no such file. The body of any other answer than 2xx never
 * comes into `to`. */
static int request(struct served *s, const char *path, struct http_request *r, struct arena *mem,
                   struct http_answer *a, bool *there, struct err *e) {
    struct http *h;
    int rc;

    *there = false;
    if (!abspath_below(str_of(path)))
        return err_set(e, E_WRONG, "%s: %s: is not a path below the site", s->where, path);
    r->url = url_join(mem, s->url, str_of(path));
    if (take_client(s, &h, e))
        return (int)e->code;
    rc = http_send(h, r, mem, a, e);
    give_client(s, h);
    if (rc)
        return rc;
    if (a->status == 403 || a->status == 404 || a->status == 410)
        return OK;
    *there = true;
    return http_expect(a, r->url, e);
}

static int served_read(void *self, const char *path, size_t max, struct arena *mem,
                       struct str *bytes, struct err *e) {
    AUTO(arena) scratch = {0};
    struct http_request r = {.max = max};
    struct http_answer a;
    bool there;

    *bytes = (struct str){0};
    if (request(self, path, &r, &scratch, &a, &there, e))
        return (int)e->code;
    if (there)
        *bytes = str_dup(mem, a.body);
    return OK;
}

struct taking { /* a file on its way: digests, and a copy where there is an outfile */
    struct digest *digest;
    unsigned kinds;
    struct outfile *copy;
};

static int taking_put(struct sink *sink, const void *p, size_t n, struct err *e) {
    struct taking *t = sink->self;

    digest_put(t->digest, p, n);
    return t->copy ? outfile_append(t->copy, p, n, e) : OK;
}

static int taking_close(struct sink *sink, struct err *e) {
    (void)sink, (void)e;
    return OK;
}

static const struct sink_ops taking_ops = {taking_put, taking_close};

static int taking_restart(void *self, struct err *e) {
    struct taking *t = self;

    digest_free(t->digest);
    t->digest = NULL;
    if (digest_new(&t->digest, t->kinds, e))
        return (int)e->code;
    return t->copy ? outfile_truncate(t->copy, 0, e) : OK;
}

static int take_file(struct served *s, const char *path, uint64_t max, struct taking *t,
                     struct arena *mem, struct http_answer *a, bool *there, uint64_t *size,
                     struct digest_set *d, struct err *e) {
    struct sink to;
    struct http_request r = {.to = &to, .restart = taking_restart, .restart_self = t, .max = max};
    struct digest *done;

    *size = 0;
    *d = (struct digest_set){0};
    if (digest_new(&t->digest, t->kinds, e))
        return (int)e->code;
    sink_init(&to, &taking_ops, t);
    if (request(s, path, &r, mem, a, there, e) || !*there) {
        digest_free(t->digest);
        return (int)e->code;
    }
    done = t->digest;
    *size = a->size;
    return digest_end(done, d, e);
}

static int served_sum(void *self, const char *path, unsigned kinds, bool *there, uint64_t *size,
                      struct digest_set *d, struct err *e) {
    AUTO(arena) mem = {0};
    struct taking t = {.kinds = kinds};
    struct http_answer a;

    return take_file(self, path, 0, &t, &mem, &a, there, size, d, e);
}

static int served_fetch(void *self, const char *path, uint64_t max, struct place_file *f,
                        struct err *e) {
    struct served *s = self;
    AUTO(arena) mem = {0};
    AUTO(outfile) copy = OUTFILE_NONE;
    struct taking t = {.kinds = DIGEST_SHA256 | DIGEST_SHA512, .copy = &copy};
    struct http_answer a;
    uint64_t size;

    /* 0 is no bound for a request; nobody lists empty files that must stay so. */
    if (outfile_spool(&copy, s->temp.fd, e) ||
        take_file(s, path, max ? max : 1, &t, &mem, &a, &f->there, &size, &f->digests, e) ||
        !f->there)
        return (int)e->code;
    f->lifetime_said = http_lifetime(&a, &f->lifetime);
    if (outfile_view(&copy, &f->in, e))
        return (int)e->code;
    snprintf(f->in.name, sizeof f->in.name, "%s/%s", s->where, path);
    return OK;
}

/* A server without ranges sends everything: what does not fit is taken as a whole file. */
static int served_range(void *self, const char *path, uint64_t at, size_t n, struct arena *mem,
                        struct str *bytes, struct err *e) {
    AUTO(arena) scratch = {0};
    AUTO(place_file) f = PLACE_FILE_NONE;
    struct http_request r = {.from = at, .count = n, .max = n};
    struct http_answer a;
    struct err why = {0};
    bool there;
    char *p;

    if (!n)
        return OK;
    if (!request(self, path, &r, &scratch, &a, &there, &why)) {
        if (!there)
            return OK;
        if (a.status == 206 && a.body.n == n) {
            *bytes = str_dup(mem, a.body);
            return OK;
        }
    } else if (why.code != E_WRONG) {
        *e = why;
        return (int)e->code;
    }
    if (served_fetch(self, path, INT64_MAX, &f, e) || !f.there)
        return (int)e->code;
    p = arena_alloc(mem, n + 1);
    if (infile_read(&f.in, at, p, n, e))
        return (int)e->code;
    *bytes = (struct str){p, n};
    return OK;
}

static void served_drop(void *self) {
    struct served *s = self;

    for (size_t i = 0; i < s->n_idle; i++)
        http_close(s->idle[i]);
    s->n_idle = 0;
    thread_lock_free(s->lock);
    s->lock = NULL;
    tmpdir_drop(&s->temp);
}

static const struct place_kind served_kind = {.fetch = served_fetch,
                                              .range = served_range,
                                              .drop = served_drop};

int place_http(struct place *p, const char *url, struct arena *mem, struct err *e) {
    struct served *s = arena_alloc(mem, sizeof *s);
    struct str shown;

    *p = PLACE_NONE;
    if (url_check(str_of(url), e) || tmpdir_open(&s->temp, "verify", e))
        return (int)e->code;
    s->kind = &served_kind;
    s->url = str_dup(mem, str_of(url));
    s->lock = thread_lock_new();
    shown = str_of(url_shown(mem, s->url));
    while (str_ends(shown, "/"))
        shown.n--;
    s->where = str_z(mem, shown);
    *p = (struct place){.where = s->where, .self = s, .read = served_read, .sum = served_sum};
    return OK;
}
