/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/publishing.h"

#include "base/log.h"
#include "flow/merge.h"
#include "flow/registry.h"
#include "flow/site.h"
#include "os/clock.h"
#include "os/thread.h"

/* What a publisher calls back with. */
struct publishing {
    struct flow *f;
    const struct value *row;
};

static int compose(void *self, const struct publish_place *p, bool *changed, struct err *e) {
    const struct publishing *b = self;

    return site_compose(b->f, b->row, p, changed, e);
}

static int merge(void *self, int dir, const char *folder, struct err *e) {
    const struct publishing *b = self;

    return merge_folder(b->f, dir, folder, e) || merge_end(b->f, e) ? (int)e->code : OK;
}

static struct publish_job job_of(struct flow *f, const struct value *row) {
    struct publishing *back = arena_alloc(f->mem, sizeof *back);

    *back = (struct publishing){.f = f, .row = row};
    return (struct publish_job){
        .compose = compose,
        .merge = merge,
        .self = back,
        .release = f->store_open ? &f->store.settled : NULL,
        .dist = f->o.dist,
        .section = row,
        .base = f->recipe->dir,
        .jobs = f->o.jobs ? f->o.jobs : thread_cores(),
        .dry_run = f->o.dry_run,
        .mem = f->mem,
        .tick = run_tick,
        .tick_self = f,
    };
}

static const struct value *rows_of(const struct flow *f) {
    const struct value *rows = value_get(f->recipe->root, "publish");

    return rows && rows->kind == VALUE_LIST ? rows->child : NULL;
}

int publishing_check(struct flow *f, struct report *problems, struct err *e) {
    for (const struct value *row = rows_of(f); row; row = row->next) {
        const struct publisher *p = registry_publisher(value_text(row, "to"));
        struct publish_job job = job_of(f, row);
        struct err why = {0};

        if (p && p->check && p->check(&job, &why))
            report_add(problems, "%s: %s", recipe_where(f->recipe, row->at, f->mem), why.msg);
    }
    return site_check(f, problems, e);
}

static int check_release(const struct flow *f, struct err *e) {
    const struct release *r = &f->store.settled;
    size_t packages = 0;

    for (size_t i = 0; i < r->n; i++)
        packages += r->v[i].role == ROLE_PACKAGE;
    if (!packages || !str_eq(r->version, f->recipe->version) || !str_eq(r->name, f->recipe->name))
        return err_set(e, E_INPUT,
                       "%s holds no " STR_F " " STR_F " to publish: run slipway pack first",
                       f->o.dist, STR_A(f->recipe->name), STR_A(f->recipe->version));
    return OK;
}

int publishing_run(struct flow *f, struct err *e) {
    if (!rows_of(f)) {
        log_info("nothing published: the recipe has no publish: row");
        return OK;
    }
    if (!f->o.dry_run && (run_store(f, e) || check_release(f, e)))
        return (int)e->code;
    for (const struct value *row = rows_of(f); row; row = row->next) {
        const struct publisher *p = registry_publisher(value_text(row, "to"));
        struct publish_job job = job_of(f, row);
        uint64_t since = clock_monotonic();
        const char *what;

        if (registry_repository(value_text(row, "to")))
            continue; /* a part of the published folder: flow/site.c */
        if (!p)
            return err_set(e, E_BUG, "no publisher " STR_F, STR_A(value_text(row, "to")));
        what = arena_fmt(f->mem, "publish to %s", p->name);
        if (f->o.dry_run) {
            log_info("would %s", what);
            continue;
        }
        run_begin(f, what, 0);
        if (p->run(&job, e)) {
            run_end(f, what, "failed", 0, since);
            return err_in(e, "%s", what);
        }
        run_end(f, job.summary.n ? str_z(f->mem, job.summary) : what, "published", 0, since);
    }
    return OK;
}
