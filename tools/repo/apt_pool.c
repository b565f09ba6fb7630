/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/apt_pool.h"

#include "os/thread.h"
#include "repo/apt_version.h"

#include <stdlib.h>
#include <string.h>

enum { CACHE_MAX = 256 * 1024 * 1024, DEPTH = 32, WAITING = 4 };

static const char *const pool_cache = ".slipway/apt-cache";

/* ------------------------------------------------------------------------------- reading many */

struct file { /* a package to read */
    int dir;
    const char *path;
    struct str filename; /* below the root; empty: where it belongs */
    struct fsys_stat st;
    bool link;
    struct apt_deb deb;
};

struct reading {
    struct apt_suite *s;
    struct file *v;
    size_t n;
    unsigned workers;
    struct arena *mem; /* one a worker */
    size_t *failed;    /* one a worker: the first index that failed */
    struct err *why;
};

/* Each worker takes every n-th package, so that its arena is its own. */
static int read_share(void *ctx, size_t w, struct err *e) {
    struct reading *r = ctx;

    (void)e;
    r->failed[w] = SIZE_MAX;
    for (size_t i = w; i < r->n; i += r->workers) {
        struct apt_deb_opts o = {
            .filename = r->v[i].filename,
            .component = r->s->component,
            .phased = r->s->phased,
        };
        AUTO(infile) in = INFILE_NONE;

        if (infile_open(&in, r->v[i].dir, r->v[i].path, &r->why[w]) ||
            apt_deb_read(&in, &o, &r->mem[w], &r->v[i].deb, &r->why[w])) {
            r->failed[w] = i;
            return OK;
        }
        r->v[i].st = in.st;
    }
    return OK;
}

static int read_all(struct apt_suite *s, struct file *v, size_t n, struct err *e) {
    struct arena *mem = s->job->mem;
    struct reading r = {.s = s, .v = v, .n = n, .workers = s->job->jobs ? s->job->jobs : 1};
    size_t first = SIZE_MAX, who = 0;

    if (r.workers > n)
        r.workers = (unsigned)n;
    r.mem = arena_array(mem, r.workers + 1, sizeof *r.mem);
    r.failed = arena_array(mem, r.workers + 1, sizeof *r.failed);
    r.why = arena_array(mem, r.workers + 1, sizeof *r.why);
    if (n && thread_each(r.workers, r.workers, read_share, &r, e))
        return (int)e->code;
    for (size_t w = 0; w < r.workers; w++)
        if (r.failed[w] < first) {
            first = r.failed[w];
            who = w;
        }
    if (first < SIZE_MAX)
        *e = r.why[who];
    /* what was read goes to the job's arena, in order */
    for (size_t i = 0; i < n && first == SIZE_MAX; i++) {
        struct str text = str_dup(mem, v[i].deb.text);

        if (apt_deb_parse(text, v[i].path, &v[i].deb, e))
            return (int)e->code;
    }
    for (size_t w = 0; w < r.workers; w++)
        arena_drop(&r.mem[w]);
    return first < SIZE_MAX ? (int)e->code : OK;
}

/* ------------------------------------------------------------------------------- adding */

static bool same_package(const struct apt_deb *a, const struct apt_deb *b) {
    return str_eq(a->name, b->name) && str_eq(a->version, b->version) && str_eq(a->arch, b->arch);
}

/* The place of a package in the sorted index: the first that is not before it. */
static size_t find(const struct apt_index *ix, const struct apt_deb *d) {
    size_t lo = 0, hi = ix->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const struct apt_deb *m = &ix->v[mid];
        int c = str_cmp(m->name, d->name);

        if (!c)
            c = apt_version_cmp(m->version, d->version);
        if (!c)
            c = str_cmp(m->version, d->version);
        if (!c)
            c = str_cmp(m->arch, d->arch);
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

struct bringing {
    const struct apt_suite *s;
    const struct file *const *v;
};

static int bring_in(void *ctx, size_t i, struct err *e) {
    const struct bringing *b = ctx;
    const struct file *f = b->v[i];
    int root = b->s->job->root;
    AUTO(arena) mem = {0};
    struct fsys_stat st;
    struct str path = f->deb.filename;
    const char *to = str_z(&mem, path);
    size_t slash = str_rfind(path, '/');

    if (fsys_lstat(root, to, &st, e))
        return (int)e->code;
    if (st.kind == FSYS_FILE && st.ino == f->st.ino && st.dev == f->st.dev)
        return OK; /* is there already */
    if (slash < path.n && fsys_mkdirs(root, str_z(&mem, str_cut(path, 0, slash)), e))
        return (int)e->code;
    if (f->link)
        return fsys_link_over(f->dir, f->path, root, to, e);
    return fsys_copy(f->dir, f->path, root, to, 0644, e);
}

static int refuse(const struct apt_suite *s, const struct file *f, struct err *e) {
    return err_set(e, E_INPUT,
                   "%s: " STR_F " " STR_F " is in %s with other bytes; a published version never "
                   "changes: raise the version",
                   f->path, STR_A(f->deb.name), STR_A(f->deb.version), s->where);
}

/* `old` is the sorted index from before anything was added; *adds: it is none of those there. */
static int add_one(struct apt_suite *s, const struct apt_index *old, struct file *f,
                   const struct map *others, struct map *taken, bool *adds, struct err *e) {
    size_t i = find(old, &f->deb);
    const struct apt_deb *have = i < old->n ? &old->v[i] : NULL, *at;

    *adds = false;
    if (have && same_package(have, &f->deb)) {
        if (!str_eq(have->sha256, f->deb.sha256))
            return refuse(s, f, e);
        return OK;
    }
    if (map_get(others, f->deb.filename)) { /* the pool belongs to all suites */
        struct fsys_stat st;
        AUTO(infile) in = INFILE_NONE;
        AUTO(arena) mem = {0};
        struct digest_set d;

        if (fsys_lstat(s->job->root, str_z(&mem, f->deb.filename), &st, e))
            return (int)e->code;
        if (st.kind == FSYS_FILE &&
            (infile_open(&in, s->job->root, str_z(&mem, f->deb.filename), e) ||
             digest_infile(&in, 0, in.size, DIGEST_SHA256, 1, &d, e)))
            return (int)e->code;
        if (st.kind == FSYS_FILE &&
            !str_eq(digest_hex(&mem, d.sha256, sizeof d.sha256), f->deb.sha256))
            return refuse(s, f, e);
    }
    at = map_put(taken, f->deb.filename, &f->deb);
    if (at) /* file names have no epoch */
        return err_set(e, E_INPUT,
                       "%s: its place " STR_F " is that of " STR_F " " STR_F
                       ": raise the version behind the epoch",
                       f->path, STR_A(f->deb.filename), STR_A(at->name), STR_A(at->version));
    *adds = true;
    apt_index_add(&s->index, &f->deb);
    s->job->added++;
    return OK;
}

static int by_package(const void *a, const void *b) {
    const struct file *x = a, *y = b;
    int c = str_cmp(x->deb.name, y->deb.name);

    if (!c)
        c = str_cmp(x->deb.version, y->deb.version);
    return c ? c : str_cmp(x->deb.arch, y->deb.arch);
}

/* The same package twice in one call: the same bytes are one, others a mistake. */
static int once(const struct apt_suite *s, struct file *v, size_t *n, struct err *e) {
    size_t m = 0;

    qsort(v, *n, sizeof *v, by_package);
    for (size_t i = 0; i < *n; i++) {
        if (m && same_package(&v[m - 1].deb, &v[i].deb)) {
            if (!str_eq(v[m - 1].deb.sha256, v[i].deb.sha256))
                return err_set(e, E_INPUT,
                               "%s and %s are both " STR_F " " STR_F " for %s, with other bytes",
                               v[m - 1].path, v[i].path, STR_A(v[i].deb.name),
                               STR_A(v[i].deb.version), s->where);
            continue;
        }
        v[m++] = v[i];
    }
    *n = m;
    return OK;
}

/* A file that lies below the root stays where it is: its path there, or empty. */
static struct str below_root(const struct apt_suite *s, int dir, const char *path) {
    struct arena *mem = s->job->mem;
    struct fsys_stat there, here;
    struct err ignored = {0};
    struct str rest = str_of(path);

    /* "site/apt/pool/x.deb" for the root "site/apt": try each tail of the path below the root */
    if (dir == s->job->root || fsys_stat(dir, path, &here, &ignored))
        return (struct str){0};
    while (rest.n) {
        const char *tail = str_z(mem, rest);

        if (*tail && *tail != '/' && !fsys_stat(s->job->root, tail, &there, &ignored) &&
            there.kind == FSYS_FILE && there.ino == here.ino && there.dev == here.dev &&
            !tree_path_ok(rest, &ignored))
            return rest;
        str_split(&rest, '/');
    }
    return (struct str){0};
}

int apt_pool_add(struct apt_suite *s, struct err *e) {
    struct repository_job *j = s->job;
    struct file *v = arena_array(j->mem, j->n_add + 1, sizeof *v);
    struct map others = {.mem = j->mem}, taken = {.mem = j->mem};
    struct apt_index old;
    const struct file **bring;
    size_t n = j->n_add, m = 0;

    for (size_t i = 0; i < n; i++)
        v[i] = (struct file){
            .dir = j->add[i].dir,
            .path = j->add[i].path,
            .link = j->add[i].link,
            .filename = below_root(s, j->add[i].dir, j->add[i].path),
        };
    if (read_all(s, v, n, e) || once(s, v, &n, e) || (n && apt_suite_others(s, &others, e)))
        return (int)e->code;
    old = s->index;
    for (size_t i = 0; n && i < old.n; i++)
        map_put(&taken, old.v[i].filename, &old.v[i]);
    bring = arena_array(j->mem, n + 1, sizeof *bring);
    for (size_t i = 0; i < n; i++) {
        bool adds;

        if (add_one(s, &old, &v[i], &others, &taken, &adds, e))
            return (int)e->code;
        if (adds)
            bring[m++] = &v[i];
    }
    apt_index_sort(&s->index);
    /* each waits for the disk */
    return m ? thread_each(WAITING * (j->jobs ? j->jobs : 1), m, bring_in,
                           &(struct bringing){s, bring}, e)
             : OK;
}

/* ------------------------------------------------------------------------------- scanning */

struct cached { /* what a file was when its paragraph was made */
    struct str sha256;
    uint64_t size, ino;
    int64_t mtime, mtime_ns;
};

struct scan {
    struct apt_suite *s;
    struct map others; /* files that other suites and components name */
    struct map cache;  /* path -> struct cached */
    struct map known;  /* path -> struct apt_deb of the index as it was */
    struct file *v;    /* to be read */
    size_t n, room;
    struct apt_index kept;
};

static int read_cache(struct scan *sc, struct err *e) {
    struct repository_job *j = sc->s->job;
    struct fsys_stat st;
    struct str text;

    if (fsys_lstat(j->root, pool_cache, &st, e))
        return (int)e->code;
    if (st.kind != FSYS_FILE || st.size > CACHE_MAX)
        return OK;
    if (fsys_read(j->root, pool_cache, CACHE_MAX, j->mem, &text, e))
        return (int)e->code;
    while (text.n) {
        struct str line = str_split(&text, '\n');
        struct cached *c = arena_alloc(j->mem, sizeof *c);
        uint64_t n[4];
        bool good = true;

        c->sha256 = str_split(&line, ' ');
        for (size_t i = 0; i < COUNT(n); i++)
            good = good && str_u64(str_split(&line, ' '), INT64_MAX, &n[i]);
        if (!good)
            continue; /* only a cache */
        c->size = n[0];
        c->ino = n[1];
        c->mtime = (int64_t)n[2];
        c->mtime_ns = (int64_t)n[3];
        map_put(&sc->cache, line, c);
    }
    return OK;
}

static void cache_line(struct buf *b, const struct apt_deb *d, const struct fsys_stat *st) {
    buf_fmt(b, STR_F " %llu %llu %lld %lld " STR_F "\n", STR_A(d->sha256),
            (unsigned long long)st->size, (unsigned long long)st->ino, (long long)st->mtime,
            (long long)st->mtime_ns, STR_A(d->filename));
}

static int see_file(struct scan *sc, struct str path, struct buf *cache, struct err *e) {
    struct repository_job *j = sc->s->job;
    const struct cached *c = map_get(&sc->cache, path);
    struct apt_deb *d = map_get(&sc->known, path);
    struct fsys_stat st;

    if (!d && map_get(&sc->others, path))
        return OK;
    if (fsys_lstat(j->root, str_z(j->mem, path), &st, e))
        return (int)e->code;
    if (d && c && c->size == st.size && c->ino == st.ino && c->mtime == st.mtime &&
        c->mtime_ns == st.mtime_ns && str_eq(c->sha256, d->sha256) && d->size == st.size) {
        apt_index_add(&sc->kept, d);
        cache_line(cache, d, &st);
        return OK;
    }
    if (sc->n == sc->room)
        sc->v = arena_grow(j->mem, sc->v, sc->n, sc->n + 1, sizeof *sc->v, &sc->room);
    sc->v[sc->n++] = (struct file){.dir = j->root, .path = str_z(j->mem, path), .filename = path};
    return OK;
}

static int see_folder(struct scan *sc, struct str dir, unsigned depth, struct buf *cache,
                      struct err *e) {
    struct repository_job *j = sc->s->job;
    struct fsys_name *names;
    size_t n;

    if (depth > DEPTH)
        return err_set(e, E_INPUT, "%s/" STR_F ": folders lie too deep in each other", j->where,
                       STR_A(dir));
    if (fsys_list(j->root, dir.n ? str_z(j->mem, dir) : ".", j->mem, &names, &n, e))
        return (int)e->code;
    for (size_t i = 0; i < n; i++) {
        struct str path = dir.n ? str_fmt(j->mem, STR_F "/" STR_F, STR_A(dir), STR_A(names[i].name))
                                : names[i].name;
        int rc = OK;

        if (str_starts(names[i].name, ".") || (!dir.n && str_is(names[i].name, "dists")))
            continue;
        if (names[i].kind == FSYS_DIR)
            rc = see_folder(sc, path, depth + 1, cache, e);
        else if (names[i].kind == FSYS_FILE && str_ends(path, ".deb"))
            rc = see_file(sc, path, cache, e);
        if (rc)
            return rc;
    }
    return OK;
}

int apt_pool_scan(struct apt_suite *s, struct err *e) {
    struct repository_job *j = s->job;
    struct scan sc = {.s = s,
                      .others = {.mem = j->mem},
                      .cache = {.mem = j->mem},
                      .known = {.mem = j->mem},
                      .kept = s->index};
    AUTO(buf) cache = BUF_NONE;

    buf_init(&cache, CACHE_MAX);
    for (size_t i = 0; i < s->index.n; i++)
        map_put(&sc.known, s->index.v[i].filename, &s->index.v[i]);
    sc.kept.v = NULL;
    sc.kept.n = sc.kept.room = 0;
    if (apt_suite_others(s, &sc.others, e) || read_cache(&sc, e) ||
        see_folder(&sc, STR(""), 0, &cache, e) || read_all(s, sc.v, sc.n, e))
        return (int)e->code;
    for (size_t i = 0; i < sc.n; i++) {
        const struct apt_deb *had = map_get(&sc.known, sc.v[i].filename);

        cache_line(&cache, &sc.v[i].deb, &sc.v[i].st);
        j->added += !had;
        apt_index_add(&sc.kept, &sc.v[i].deb);
    }
    if (once(s, sc.v, &sc.n, e))
        return (int)e->code;
    j->removed += s->index.n + j->added - sc.kept.n;
    s->index.v = sc.kept.v;
    s->index.n = sc.kept.n;
    s->index.room = sc.kept.room;
    apt_index_sort(&s->index);
    for (size_t i = 1; i < s->index.n; i++)
        if (same_package(&s->index.v[i - 1], &s->index.v[i]))
            return err_set(e, E_INPUT,
                           "%s: " STR_F " and " STR_F " are both " STR_F " " STR_F
                           ": remove one of them",
                           j->where, STR_A(s->index.v[i - 1].filename),
                           STR_A(s->index.v[i].filename), STR_A(s->index.v[i].name),
                           STR_A(s->index.v[i].version));
    if (buf_check(&cache, pool_cache, e) || fsys_mkdirs(j->root, ".slipway", e))
        return (int)e->code;
    return fsys_write(j->root, pool_cache, buf_get(&cache), 0644, e);
}

/* ------------------------------------------------------------------------------- going */

static bool asked_for(const struct repository_job *j, const struct apt_deb *d, bool *used) {
    for (size_t i = 0; i < j->n_remove; i++) {
        struct str version = j->remove[i], name = str_split(&version, '=');

        if (str_eq(name, d->name) && (!version.n || str_eq(version, d->version))) {
            used[i] = true;
            return true;
        }
    }
    return false;
}

/* Newer versions of the same package and architecture stand behind it in the order. */
static bool outlived(const struct apt_suite *s, size_t i) {
    const struct apt_deb *v = s->index.v;
    size_t newer = 0;

    for (size_t k = i + 1; s->keep && k < s->index.n && str_eq(v[k].name, v[i].name); k++)
        newer += str_eq(v[k].arch, v[i].arch);
    return s->keep && newer >= s->keep;
}

static int note_doomed(struct apt_suite *s, const struct apt_deb *gone, size_t n, struct err *e) {
    struct repository_job *j = s->job;
    struct map named = {.mem = j->mem};

    if (apt_suite_others(s, &named, e))
        return (int)e->code;
    for (size_t i = 0; i < s->index.n; i++)
        map_put(&named, s->index.v[i].filename, j);
    j->doomed = arena_array(j->mem, n + 1, sizeof *j->doomed);
    for (size_t i = 0; i < n; i++)
        if (str_starts(gone[i].filename, "pool/") && !map_get(&named, gone[i].filename))
            j->doomed[j->n_doomed++] = gone[i].filename;
    return OK;
}

int apt_pool_prune(struct apt_suite *s, struct err *e) {
    struct repository_job *j = s->job;
    struct apt_deb *gone = arena_array(j->mem, s->index.n + 1, sizeof *gone);
    struct apt_deb *kept = arena_array(j->mem, s->index.n + 1, sizeof *kept);
    bool *used = arena_array(j->mem, j->n_remove + 1, sizeof *used);
    size_t n = 0, m = 0;

    if (!j->n_remove && !s->keep)
        return OK;
    for (size_t i = 0; i < s->index.n; i++) {
        if (asked_for(j, &s->index.v[i], used) || outlived(s, i))
            gone[n++] = s->index.v[i];
        else
            kept[m++] = s->index.v[i];
    }
    for (size_t i = 0; i < j->n_remove; i++)
        if (!used[i])
            return err_set(e, E_INPUT, "%s has no " STR_F " to remove", s->where,
                           STR_A(j->remove[i]));
    s->index.v = kept;
    s->index.n = m;
    s->index.room = m + 1;
    j->removed += n;
    return n ? note_doomed(s, gone, n, e) : OK;
}
