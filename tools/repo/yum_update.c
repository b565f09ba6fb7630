/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/yum_update.h"

#include "os/thread.h"
#include "repo/yum_pool.h"
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
    t->was = f.st;
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

static struct str name_of(const struct yum_pkg *p, struct arena *mem) {
    bool epoch = p->evr.epoch.n && !str_is(p->evr.epoch, "0");

    return str_fmt(mem, STR_F "-" STR_F "%s" STR_F "-" STR_F "." STR_F, STR_A(p->name),
                   STR_A(epoch ? p->evr.epoch : (struct str){0}), epoch ? ":" : "",
                   STR_A(p->evr.version), STR_A(p->evr.release), STR_A(p->arch));
}

/* Puts the packages that stay under their names; those that were there go first. */
static void known_names(struct yum_update *u, struct map *names) {
    for (size_t i = 0; i < u->index.n; i++)
        if (!u->index.v[i]->gone && !u->index.v[i]->fresh)
            map_put(names, name_of(u->index.v[i], u->job->mem), u->index.v[i]);
}

static int check_twins(struct yum_update *u, struct err *e) {
    struct map names = {.mem = u->job->mem};

    known_names(u, &names);
    for (size_t i = 0; i < u->n_task; i++) {
        struct yum_update_task *t = &u->task[i];
        struct str name = name_of(t->pkg, u->job->mem);
        struct yum_pkg *there;

        if (t->pkg->gone)
            continue;
        there = map_put(&names, name, t->pkg);
        if (!there)
            continue;
        if (!str_eq(there->id, t->pkg->id))
            return err_set(e, E_INPUT,
                           "%s: " STR_F " is there already with other bytes (" STR_F
                           "): give it another release, or take that one out first",
                           t->add.path, STR_A(name), STR_A(there->href));
        if (u->job->scan) /* the same file in two places: both are there */
            continue;
        t->pkg->gone = true;
        t->there = there;
    }
    return OK;
}

/* ------------------------------------------------------------------------------------- scanning */

static struct map by_place(struct yum_update *u) {
    struct map m = {.mem = u->job->mem};

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
    struct map place = by_place(u);
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
    struct map place = by_place(u);

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
