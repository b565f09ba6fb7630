/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/yum_update.h"

#include "os/thread.h"
#include "repo/yum_rpm.h"

#include <stdlib.h>

/* ------------------------------------------------------------------------------ reading packages
 */

struct reading {
    struct yum_update *u;
    struct thread_lock *lock;
};

static int read_one(void *ctx, size_t i, struct err *e) {
    const struct reading *r = ctx;
    struct yum_update_task *t = &r->u->task[i];
    const struct yum_rpm how = {t->href, t->href.n > 0};
    AUTO(infile) f = INFILE_NONE;
    AUTO(arena) mem = {0};
    struct buf doc[YUM_DOCS];
    struct yum_pkg p;
    int rc;

    if (infile_open(&f, t->add.dir, t->add.path, e))
        return (int)e->code;
    t->was = yum_pool_stamp(&f.st);
    for (int d = 0; d < YUM_DOCS; d++)
        buf_init(&doc[d], YUM_RPM_MAX);
    rc = yum_rpm_read(&f, &how, &mem, &p, doc, e);
    if (!rc) {
        thread_enter(r->lock);
        rc = yum_index_add(&r->u->index, &p, doc, e);
        if (!rc)
            t->pkg = r->u->index.v[r->u->index.n - 1];
        thread_leave(r->lock);
    }
    for (int d = 0; d < YUM_DOCS; d++)
        buf_drop(&doc[d]);
    return rc;
}

static int read_all(struct yum_update *u, struct err *e) {
    struct reading r = {u, thread_lock_new()};
    int rc = thread_each(u->job->jobs, u->n_task, read_one, &r, e);

    thread_lock_free(r.lock);
    return rc;
}

/* ----------------------------------------------------------------------------------- no two alike
 */

static struct str epoch_of(const struct yum_pkg *p) {
    return p->evr.epoch.n ? p->evr.epoch : STR("0");
}

struct named { /* a package, and the task that read it; none: it was there */
    struct yum_pkg *pkg;
    struct yum_update_task *task;
};

static int cmp_names(const struct yum_pkg *a, const struct yum_pkg *b) {
    int d = str_cmp(a->name, b->name);

    if (!d)
        d = str_cmp(a->evr.version, b->evr.version);
    if (!d)
        d = str_cmp(a->evr.release, b->evr.release);
    if (!d)
        d = str_cmp(a->arch, b->arch);
    return d ? d : str_cmp(epoch_of(a), epoch_of(b));
}

static int by_name(const void *a, const void *b) {
    const struct named *x = a, *y = b;
    int d = cmp_names(x->pkg, y->pkg);

    if (d || x->task == y->task)
        return d;
    return !x->task ? -1 : !y->task ? 1 : x->task < y->task ? -1 : 1;
}

static int refuse_twin(const struct named *first, const struct named *x, struct err *e) {
    const struct yum_pkg *p = x->pkg;
    bool epoch = !str_is(epoch_of(p), "0");

    return err_set(e, E_INPUT,
                   "%s: " STR_F "-" STR_F "%s" STR_F "-" STR_F "." STR_F
                   " is there already with other bytes (" STR_F
                   "): give it another release, or take that one out first",
                   x->task->add.path, STR_A(p->name), epoch ? (int)p->evr.epoch.n : 0,
                   p->evr.epoch.p, epoch ? ":" : "", STR_A(p->evr.version), STR_A(p->evr.release),
                   STR_A(p->arch), STR_A(first->pkg->href));
}

/* No two packages of one name, version, release and architecture, unless they are the same file. */
static int check_twins(struct yum_update *u, struct err *e) {
    AUTO(arena) mem = {0};
    struct named *v = arena_array(&mem, u->index.n, sizeof *v), *first = NULL;
    size_t n = 0;

    for (size_t i = 0; i < u->index.n; i++)
        if (!u->index.v[i]->gone && !u->index.v[i]->fresh)
            v[n++] = (struct named){u->index.v[i], NULL};
    for (size_t i = 0; i < u->n_task; i++)
        if (!u->task[i].pkg->gone)
            v[n++] = (struct named){u->task[i].pkg, &u->task[i]};
    if (n)
        qsort(v, n, sizeof *v, by_name);
    for (size_t i = 0; i < n; i++) {
        if (!first || cmp_names(first->pkg, v[i].pkg)) {
            first = &v[i];
            continue;
        }
        if (!v[i].task) /* two that were there: another tool's doing */
            continue;
        if (!str_eq(first->pkg->id, v[i].pkg->id))
            return refuse_twin(first, &v[i], e);
        if (u->job->scan) /* the same file in two places: both are there */
            continue;
        v[i].pkg->gone = true;
        v[i].task->there = first->pkg;
    }
    return OK;
}

/* ------------------------------------------------------------------------------------- scanning */

static struct map by_place(const struct yum_update *u, struct arena *mem) {
    struct map m = {.mem = mem};

    for (size_t i = 0; i < u->index.n; i++)
        if (!u->index.v[i]->away)
            map_put(&m, u->index.v[i]->href, u->index.v[i]);
    return m;
}

/* A file that was read again for its new time and is the one that was there stays as it was. */
static void settle_scan(struct yum_update *u, const struct map *place) {
    for (size_t i = 0; i < u->n_task; i++) {
        struct yum_update_task *t = &u->task[i];
        struct yum_pkg *old = map_get(place, t->href);

        if (old && str_eq(old->id, t->pkg->id)) {
            old->gone = false;
            t->pkg->gone = true;
        }
    }
}

int yum_update_scan(struct yum_update *u, struct err *e) {
    AUTO(arena) mem = {0};
    struct map place = by_place(u, &mem);
    struct yum_pool_file *file;
    size_t n;

    if (yum_pool_scan(u->job->root, u->job->mem, &file, &n, e))
        return (int)e->code;
    for (size_t i = 0; i < u->index.n; i++)
        u->index.v[i]->gone = true;
    u->task = arena_array(u->job->mem, n, sizeof *u->task);
    for (size_t i = 0; i < n; i++) {
        struct yum_pkg *old = map_get(&place, file[i].path);

        if (old && old->size == file[i].size && old->time == file[i].time)
            old->gone = false;
        else
            u->task[u->n_task++] =
                (struct yum_update_task){.add = {.dir = u->job->root, .path = file[i].path.p},
                                         .href = file[i].path};
    }
    if (read_all(u, e))
        return (int)e->code;
    settle_scan(u, &place);
    return check_twins(u, e);
}

/* --------------------------------------------------------------------------------------- adding */

int yum_update_add(struct yum_update *u, struct err *e) {
    struct repository_job *j = u->job;
    AUTO(arena) mem = {0};
    struct map place = by_place(u, &mem);

    u->task = arena_array(j->mem, j->n_add, sizeof *u->task);
    u->n_task = j->n_add;
    for (size_t i = 0; i < j->n_add; i++) {
        u->task[i].add = j->add[i];
        if (yum_pool_inside(j, &j->add[i], j->mem, &u->task[i].href, e))
            return (int)e->code;
    }
    if (read_all(u, e))
        return (int)e->code;
    /* A file below the root that was changed where it lies takes the place of what it was. */
    for (size_t i = 0; i < u->n_task; i++) {
        struct yum_pkg *old = u->task[i].href.n ? map_get(&place, u->task[i].href) : NULL;

        if (old && !str_eq(old->id, u->task[i].pkg->id))
            old->gone = true;
    }
    return check_twins(u, e);
}

/* -------------------------------------------------------------------------------- what goes */

int yum_update_remove(struct yum_update *u, struct err *e) {
    struct repository_job *j = u->job;

    for (size_t i = 0; i < j->n_remove; i++) {
        size_t equal = str_find(j->remove[i], '='), hits = 0;
        struct str name = str_cut(j->remove[i], 0, equal);
        struct str version = str_cut(j->remove[i], equal + 1, j->remove[i].n);

        for (size_t k = 0; k < u->index.n; k++) {
            struct yum_pkg *p = u->index.v[k];

            if (!str_eq(p->name, name) || (equal < j->remove[i].n && !yum_evr_is(&p->evr, version)))
                continue;
            p->gone = true;
            hits++;
        }
        if (!hits)
            return err_set(e, E_INPUT, "there is no package \"" STR_F "\" to take out",
                           STR_A(j->remove[i]));
    }
    return OK;
}

static int by_version(const void *a, const void *b) {
    const struct yum_pkg *const *x = a, *const *y = b;
    int d = str_cmp((*x)->name, (*y)->name);

    if (!d)
        d = str_cmp((*x)->arch, (*y)->arch);
    if (!d)
        d = yum_evr_cmp(&(*y)->evr, &(*x)->evr);
    return d ? d : str_cmp((*x)->href, (*y)->href);
}

void yum_update_keep(struct yum_update *u, size_t versions) {
    struct yum_pkg **v = arena_array(u->job->mem, u->index.n, sizeof(struct yum_pkg *));
    size_t n = 0, seen = 0;

    for (size_t i = 0; i < u->index.n; i++)
        if (!u->index.v[i]->gone)
            v[n++] = u->index.v[i];
    if (n)
        qsort(v, n, sizeof(struct yum_pkg *), by_version);
    for (size_t i = 0; i < n; i++) {
        bool same = i && str_eq(v[i]->name, v[i - 1]->name) && str_eq(v[i]->arch, v[i - 1]->arch);

        if (!same)
            seen = 1;
        else if (yum_evr_cmp(&v[i]->evr, &v[i - 1]->evr))
            seen++;
        v[i]->gone = seen > versions;
    }
}
