/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/packing.h"

#include "base/log.h"
#include "feed/blockmap.h"
#include "flow/beside.h"
#include "flow/named.h"
#include "flow/programs.h"
#include "flow/registry.h"
#include "flow/seal.h"
#include "model/names.h"
#include "os/clock.h"
#include "os/thread.h"
#include "pack/payload.h"
#include "stage/gather.h"
#include "stage/load.h"

static unsigned wanted(const struct packager *p) {
    return (p->traits & PACK_DESKTOP ? GATHER_DESKTOP : 0) |
           (p->traits & PACK_DESKTOP_ALWAYS ? GATHER_DESKTOP_ALWAYS : 0) |
           (p->traits & PACK_UNITS ? GATHER_UNITS : 0);
}

static int app_tree(struct flow *f, const struct flow_item *item, struct tree **tree,
                    struct err *e) {
    unsigned want = wanted(item->packager);
    struct run_tree *t;

    for (t = f->trees; t; t = t->next)
        if (t->recipe == item->recipe && t->target == item->target && t->want == want) {
            *tree = &t->tree;
            return OK;
        }
    t = arena_alloc(f->mem, sizeof *t);
    t->recipe = item->recipe;
    t->target = item->target;
    t->want = want;
    if (gather_tree(item->recipe, item->target, want, f->mem, &t->tree, e) ||
        programs_ready(f, item, &t->tree, e))
        return (int)e->code;
    t->next = f->trees;
    f->trees = t;
    *tree = &t->tree;
    return OK;
}

/* Everything that decides an artifact's bytes. Files count by identity, size and time, as for
 * make(1): reading them all to find out that nothing changed would cost as much as packing them. */
static void key_entry(struct buf *b, const struct tree_entry *t) {
    buf_fmt(b, STR_F "|%d|%o|%x|" STR_F "|" STR_F "|%llu|" STR_F "|%zu|", STR_A(t->path),
            (int)t->kind, t->mode, t->marks, STR_A(t->owner), STR_A(t->group),
            (unsigned long long)t->size, STR_A(t->target), t->link);
    if (t->bytes.path)
        buf_fmt(b, "%s|%llu|%llu|%lld|%lld\n", t->bytes.path, (unsigned long long)t->bytes.dev,
                (unsigned long long)t->bytes.ino, (long long)t->bytes.mtime,
                (long long)t->bytes.mtime_ns);
    else
        buf_str(b, t->bytes.data);
}

/* What this package cannot depend on: other targets and formats, where it goes and what is said of
 * it. (A file that is fetched by zsync tells the address it is published at.) */
static struct map elsewhere(const struct flow *f, const struct packager *own) {
    static const char *const words[] = {"targets", "formats", "feed", "publish"};
    struct map m = {.mem = f->mem};

    for (size_t i = 0; i < COUNT(words) - (own->traits & PACK_ZSYNC ? 1 : 0); i++)
        map_put(&m, str_of(words[i]), f->mem);
    if (!(own->oses & 1u << OS_WINDOWS))
        map_put(&m, STR("windows"), f->mem);
    for (const struct packager *const *p = registry_packagers(); *p; p++)
        if (*p != own)
            map_put(&m, str_of((*p)->name), f->mem);
    return m;
}

/* Whose signature goes into the package, and how. */
static struct str signed_by(const struct flow *f, const struct packager *p) {
    return p->traits & PACK_AUTHENTICODE ? f->signing
           : f->signer.kind && p->embed  ? f->signer.fingerprint
                                         : (struct str){0};
}

static int item_key(struct flow *f, const struct flow_item *item, const struct tree *app,
                    struct str *key, struct err *e) {
    enum { BATCH = 1 << 20 };
    struct map without = elsewhere(f, item->packager);
    struct digest_set d;
    struct digest *sum;
    AUTO(buf) b = BUF_NONE;

    if (digest_new(&sum, DIGEST_SHA256, e))
        return (int)e->code;
    buf_init(&b, (size_t)1 << 31);
    buf_fmt(&b, "%s|%s|%zu|%s|%s|%lld|" STR_F "|\n", SLIPWAY_VERSION, item->packager->name,
            item->variant, names_os(item->target->os), names_arch(item->target->arch),
            (long long)f->recipe->time, STR_A(signed_by(f, item->packager)));
    if (load_resolved_part(item->recipe, item->target, &without, &b, e) ||
        named_key(recipe_section(item->recipe, item->target, item->packager->name, f->mem),
                  item->packager->schema, item->recipe->dir, &b, e)) {
        digest_free(sum);
        return (int)e->code;
    }
    for (size_t i = 0; i < app->n; i++) {
        key_entry(&b, &app->v[i]);
        if (b.n > BATCH) {
            digest_put(sum, b.p, b.n);
            buf_clear(&b);
        }
    }
    digest_put(sum, b.p, b.n);
    if (digest_end(sum, &d, e))
        return (int)e->code;
    *key = digest_hex(f->mem, d.sha256, sizeof d.sha256);
    return OK;
}

static unsigned digests_of(const struct packager *p) {
    return (p->traits & PACK_DIGEST_MD5 ? DIGEST_MD5 : 0) |
           (p->traits & PACK_DIGEST_SHA256 ? DIGEST_SHA256 : 0);
}

/* One read for all: what any format of the plan wants of these files is made when the first one
 * reads them. */
static unsigned digests_wanted(const struct flow *f, const struct flow_item *item) {
    unsigned kinds = 0;

    for (size_t i = 0; i < f->n_items; i++) {
        const struct flow_item *other = &f->items[i];

        if (other->target == item->target && other->recipe == item->recipe)
            kinds |= digests_of(other->packager);
    }
    return kinds;
}

/* The signature inside and the map inside: the map covers all else, and most signatures too. One
 * that covers the map in turn is written over what was reserved for it. */
static int finish_item(struct flow *f, const struct flow_item *item, struct outfile *out,
                       struct artifact *a, struct buf *json, struct err *e) {
    const struct packager *p = item->packager;
    unsigned jobs = run_job(f, item, f->mem).jobs;
    bool sign = p->embed && f->signer.kind, inside = p->traits & PACK_BLOCKMAP_INSIDE;
    bool late = sign && inside && p->reserve;

    if (sign) {
        if (late ? p->reserve(&f->signer, out, e) : p->embed(&f->signer, out, e))
            return (int)e->code;
        a->signer = f->signer.fingerprint;
    }
    if (inside && seal_file_inside(out, jobs, a, e))
        return (int)e->code;
    if ((late && p->embed(&f->signer, out, e)) || programs_sign_package(f, p, out, a, e))
        return (int)e->code;
    if (beside_wants_map(f, item))
        return seal_file_map(out, jobs, a, json, e);
    return inside && !late ? OK : seal_file(out, jobs, a, e);
}

/* ---- one package ---- */

struct work {
    struct flow *f;
    const struct flow_item *item;
    const char *what;
    struct str key;
    struct tree *app;
    struct arena mem; /* the job's */
    struct pack_job job;
    struct tree pkg;
    struct outfile out;
    uint64_t since, until; /* the latter of what a thread did */
    struct thread *thread; /* NULL: none works on it */
    struct err err;        /* the thread's */
};
#define WORK_NONE ((struct work){.out = OUTFILE_NONE})

static void work_drop(struct work *w) {
    outfile_drop(&w->out);
    arena_drop(&w->mem);
}

static int failed(struct work *w, struct err *e) {
    run_end(w->f, w->what, "failed", 0, w->since);
    return recipe_placed(w->f->recipe, e) ? (int)e->code : err_in(e, "%s", w->what);
}

static int keep(struct work *w, const struct artifact *have, struct err *e) {
    struct flow *f = w->f;

    run_end(f, w->what, "unchanged", have->size, w->since);
    return beside_keep_map(f, w->item, have, w->key, e) ||
                   beside_put_zsync(f, w->item, have, w->key, e) ||
                   beside_put_about(f, w->item, have, w->key, e)
               ? err_in(e, "%s", w->what)
               : OK;
}

/* Up to where only the packager works on. *have: nothing is left to do. */
static int work_begin(struct work *w, struct flow *f, const struct flow_item *item, bool *have,
                      struct err *e) {
    const struct artifact *a;

    w->f = f;
    w->item = item;
    w->what = arena_fmt(f->mem, STR_F, STR_A(item->file_name));
    w->since = clock_monotonic();
    *have = false;
    if (app_tree(f, item, &w->app, e) || item_key(f, item, w->app, &w->key, e))
        return (int)e->code;
    a = store_have(&f->store, item->file_name, w->key);
    if (a) {
        *have = true;
        return keep(w, a, e);
    }
    run_begin(f, w->what, tree_size(w->app));
    w->job = run_job(f, item, &w->mem);
    w->job.digests = digests_wanted(f, item);
    w->pkg.mem = &w->mem;
    return item->packager->layout(&w->job, w->app, &w->pkg, e) ||
                   store_file(&f->store, item->file_name, &w->out, e)
               ? failed(w, e)
               : OK;
}

/* Whatever thread calls it. */
static int work_write(struct work *w, struct err *e) {
    return w->item->packager->write(&w->job, &w->pkg, &w->out, e);
}

static int work_end(struct work *w, struct err *e) {
    const struct flow_item *item = w->item;
    struct flow *f = w->f;
    struct artifact a = {
        .name = item->file_name,
        .role = ROLE_PACKAGE,
        .format = str_of(item->packager->name),
        .os = str_of(names_os(item->target->os)),
        .arch = str_of(names_arch(item->target->arch)),
        .made_by = STR("slipway " SLIPWAY_VERSION),
        .cache_seconds = 31536000,
    };
    AUTO(buf) json = BUF_NONE; /* the map, when one is wanted: made in the read that seals */

    buf_init(&json, BLOCKMAP_MAX);
    if (finish_item(f, item, &w->out, &a, &json, e) || outfile_commit(&w->out, e) ||
        store_put(&f->store, &a, w->key, e) ||
        (beside_wants_map(f, item) && beside_put_map(f, item, w->key, buf_get(&json), e)) ||
        beside_put_zsync(f, item, &a, w->key, e) || beside_put_about(f, item, &a, w->key, e))
        return failed(w, e);
    run_end(f, w->what, "made", a.size, w->since);
    return OK;
}

static int pack_item(struct flow *f, const struct flow_item *item, struct err *e) {
    AUTO(work) w = WORK_NONE;
    bool have;

    if (work_begin(&w, f, item, &have, e))
        return (int)e->code;
    if (have)
        return OK;
    return work_write(&w, e) ? failed(&w, e) : work_end(&w, e);
}

/* ---- packages that keep one processor busy, beside the others ---- */

static void work_aside(void *self) {
    struct work *w = self;

    if (work_write(w, &w->err))
        w->err.code = w->err.code ? w->err.code : E_BUG;
    w->until = clock_monotonic();
}

/* The tree's digests are all that packages of one tree write to: here they are made beforehand. */
static int aside_start(struct work *w, struct flow *f, const struct flow_item *item,
                       struct err *e) {
    bool have;

    *w = WORK_NONE;
    if (work_begin(w, f, item, &have, e))
        return (int)e->code;
    if (have)
        return OK;
    if (payload_digests(&w->job, &w->pkg, digests_of(item->packager), e))
        return failed(w, e);
    w->job.tick = NULL; /* what is shown goes on with the others */
    return thread_start(&w->thread, work_aside, w, e) ? failed(w, e) : OK;
}

static int aside_end(struct work *w, struct err *e) {
    if (!w->thread)
        return OK;
    run_begin(w->f, w->what, 0);
    thread_join(w->thread);
    w->thread = NULL;
    w->since += clock_monotonic() - w->until;
    if (w->err.code) {
        *e = w->err;
        return failed(w, e);
    }
    return work_end(w, e);
}

static size_t count_slow(const struct flow *f) {
    size_t n = 0;

    for (size_t i = 0; i < f->n_items; i++)
        n += (f->items[i].packager->traits & PACK_ONE_THREAD) != 0;
    return n;
}

/* `aside` has room for one work an item. */
static int pack_all(struct flow *f, struct work *aside, struct err *e) {
    size_t slow = count_slow(f), lanes = (f->o.jobs ? f->o.jobs : thread_cores()) - 1, n = 0;

    if (slow == f->n_items && slow)
        slow--; /* there is this thread, too */
    for (size_t i = 0; i < f->n_items && n < slow && n < lanes; i++)
        if (f->items[i].packager->traits & PACK_ONE_THREAD) {
            if (aside_start(&aside[i], f, &f->items[i], e))
                return (int)e->code;
            n++;
        }
    for (int late = 0; late < 2; late++)
        for (size_t i = 0; i < f->n_items; i++)
            if (!aside[i].item && late == !!(f->items[i].packager->traits & PACK_ONE_THREAD) &&
                pack_item(f, &f->items[i], e))
                return (int)e->code;
    for (size_t i = 0; i < f->n_items; i++)
        if (aside[i].item && aside_end(&aside[i], e))
            return (int)e->code;
    return OK;
}

int packing_run(struct flow *f, struct err *e) {
    struct work *aside = arena_array(f->mem, f->n_items + 1, sizeof *aside);
    int rc;

    if (f->o.dry_run) {
        for (size_t i = 0; i < f->n_items; i++)
            log_info("would make %s/" STR_F, f->o.dist, STR_A(f->items[i].file_name));
        return OK;
    }
    if (run_store(f, e) || run_signer(f, e) || run_authenticode(f, e))
        return (int)e->code;
    f->programs.mem = f->mem;
    rc = pack_all(f, aside, e);
    atomic_store(&f->stop, rc != OK);
    for (size_t i = 0; i < f->n_items; i++)
        if (aside[i].item) {
            thread_join(aside[i].thread);
            work_drop(&aside[i]);
        }
    return rc ? rc : programs_tidy(f, e);
}
