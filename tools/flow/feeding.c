/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/feeding.h"

#include "feed/plan.h"
#include "flow/earlier.h"
#include "flow/ledger.h"
#include "flow/registry.h"
#include "flow/signing.h"
#include "os/fsys.h"

enum { MAP_FILE_MAX = 64 * 1024 * 1024, LENGTH = 4 };

struct comparing {
    struct flow *f;
    const struct release *now;
    struct feeding *out;
};

static enum feeder_way way_of(const struct artifact *a) {
    for (const struct feeder *const *f = registry_feeders(); *f; f++) {
        enum feeder_way w = (*f)->way ? (*f)->way(a) : FEEDER_NOT;

        if (w != FEEDER_NOT)
            return w;
    }
    return FEEDER_NOT;
}

/* The map that lies beside a package. */
static const struct artifact *map_beside(const struct release *r, const struct artifact *a) {
    for (size_t i = 0; i < r->n; i++)
        if (r->v[i].role == ROLE_BLOCKMAP && str_eq(r->v[i].parent, a->name))
            return &r->v[i];
    return NULL;
}

/* The name with every place of one version filled by another. */
static struct str renamed(struct arena *mem, struct str name, struct str from, struct str to) {
    struct str out = {0};
    size_t at = 0, done = 0;

    for (; from.n && at + from.n <= name.n; at++)
        if (str_eq(str_cut(name, at, at + from.n), from)) {
            out = str_fmt(mem, STR_F STR_F STR_F, STR_A(out), STR_A(str_cut(name, done, at)),
                          STR_A(to));
            done = at + from.n;
            at = done - 1;
        }
    return str_fmt(mem, STR_F STR_F, STR_A(out), STR_A(str_cut(name, done, name.n)));
}

/* What a client of the earlier release has of this package: the only one of its kind, or the one
 * of several that is called the same but for the version. */
static const struct artifact *counterpart(const struct comparing *c, const struct release *old,
                                          const struct artifact *a) {
    struct str name = renamed(c->f->mem, a->name, c->now->version, old->version);
    const struct artifact *found = NULL;
    size_t n = 0;

    for (size_t i = 0; i < old->n; i++) {
        const struct artifact *o = &old->v[i];

        if (o->role != ROLE_PACKAGE || !str_eq(o->format, a->format) || !str_eq(o->os, a->os) ||
            !str_eq(o->arch, a->arch))
            continue;
        if (str_eq(o->name, name))
            return o;
        found = o;
        n++;
    }
    return n == 1 ? found : NULL;
}

/* The map of a sealed package of the dist folder. */
static int read_new(const struct comparing *c, const struct artifact *a,
                    const struct artifact *beside, struct arena *mem, struct mapread *m,
                    struct err *e) {
    const char *path =
        arena_fmt(mem, "%s/" STR_F, c->f->o.dist, STR_A((beside ? beside : a)->name));
    AUTO(infile) in = INFILE_NONE;
    struct str bytes;

    if (!beside)
        return infile_open(&in, FSYS_HERE, path, e) || mapread_inside(&in, mem, m, e) ? (int)e->code
                                                                                      : OK;
    return fsys_read(FSYS_HERE, path, MAP_FILE_MAX, mem, &bytes, e) ||
                   mapread_gzip(bytes, path, mem, m, e)
               ? (int)e->code
               : OK;
}

/* The map of an earlier release's package; *there is false when it is gone from its place. */
static int read_old(const struct earlier_release *r, const struct artifact *a,
                    const struct artifact *beside, struct arena *mem, bool *there,
                    struct mapread *m, struct err *e) {
    const struct artifact *in = beside ? beside : a;
    const char *path = str_z(mem, in->name), *name = arena_fmt(mem, "%s/%s", r->place.where, path);
    uint64_t tail = a->blockmap_size + LENGTH;
    struct str bytes;

    *there = false;
    if (beside) {
        if (r->place.read(r->place.self, path, MAP_FILE_MAX, mem, &bytes, e) || !bytes.p)
            return (int)e->code;
        *there = true;
        return mapread_gzip(bytes, name, mem, m, e);
    }
    if (tail > a->size || tail > MAP_FILE_MAX)
        return err_set(e, E_INPUT, "%s: its ledger tells a block map that it has no room for",
                       name);
    if (place_range(&r->place, path, a->size - tail, (size_t)tail, mem, &bytes, e) || !bytes.p)
        return (int)e->code;
    *there = true;
    return mapread_tail(bytes, a->size - tail, name, mem, m, e);
}

/* What a client does that has `was`: it fetches the new map, reads the old one, and fetches all
 * when that fails. A map inside a file is read from the client's own disk; one beside it is fetched
 * from where the old release's was, unless the client still has it. */
static int compare_parts(const struct comparing *c, const struct earlier_release *r,
                         const struct artifact *was, const struct artifact *beside,
                         const struct mapread *now, struct feeding_row *row, struct err *e) {
    const struct artifact *a = row->artifact, *old = beside ? map_beside(&r->ledger, was) : NULL;
    AUTO(arena) mem = {0};
    struct mapread m;
    struct plan plan;
    bool there;

    row->maps = beside ? beside->size : a->blockmap_size + LENGTH;
    row->bytes = row->maps + a->size;
    row->requests = 2;
    if (beside ? !old : !was->blockmap_size) {
        row->why = arena_fmt(c->f->mem, "%s has no block map", str_z(c->f->mem, was->name));
        return OK;
    }
    if (read_old(r, was, old, &mem, &there, &m, e))
        return (int)e->code;
    if (!there) {
        row->unknown = true;
        row->why = arena_fmt(c->f->mem, "%s/" STR_F " is not there any more", r->place.where,
                             STR_A((old ? old : was)->name));
        return OK;
    }
    plan = plan_make(&m, now, &mem);
    row->parts = true;
    row->maps += old ? old->size : 0;
    row->bytes = row->maps + plan.fetched;
    row->ranges = (old ? 2 : 1) + plan.ranges;
    row->requests = (old ? 2 : 1) + plan.requests;
    row->header = plan.header;
    return OK;
}

static void add_row(struct comparing *c, const struct feeding_row *row) {
    struct feeding *o = c->out;

    o->v = arena_grow(c->f->mem, o->v, o->n, o->n + 1, sizeof *o->v, &o->room);
    o->v[o->n++] = *row;
}

static int compare(struct comparing *c, const struct earlier *all, const struct artifact *a,
                   struct err *e) {
    const struct artifact *beside = a->blockmap_size ? NULL : map_beside(c->now, a);
    enum feeder_way way = way_of(a);
    AUTO(arena) mem = {0};
    struct mapread now;
    bool have = way == FEEDER_PARTS && (a->blockmap_size || beside);

    if (way == FEEDER_NOT || !all->n)
        return OK;
    if (have && read_new(c, a, beside, &mem, &now, e))
        return (int)e->code;
    for (size_t i = 0; i < all->n; i++) {
        const struct earlier_release *r = &all->v[i];
        const struct artifact *was = counterpart(c, &r->ledger, a);
        struct feeding_row row = {
            .artifact = a, .from = r->version, .way = way, .bytes = a->size, .requests = 1};

        if (!was)
            continue;
        if (way == FEEDER_WHOLE)
            row.why = "this format is always updated whole";
        else if (!have)
            row.why = "it has no block map";
        else if (compare_parts(c, r, was, beside, &now, &row, e))
            return err_in(e, STR_F " from " STR_F, STR_A(a->name), STR_A(r->version));
        if (!row.parts && !row.unknown)
            row.ranges = row.requests;
        add_row(c, &row);
    }
    return OK;
}

static int write_feeds(struct flow *f, struct err *e) {
    bool changed;

    if (signing_feeds(f, &changed, e) || (changed && signing_run(f, e)))
        return (int)e->code;
    return store_settle(&f->store, e);
}

/* What the dist folder says without opening it for work. */
static int read_ledger(struct flow *f, struct release *r, struct err *e) {
    const char *path = arena_fmt(f->mem, "%s/release.json", f->o.dist);

    if (ledger_read(FSYS_HERE, path, f->mem, r, e))
        return (int)e->code;
    if (!str_eq(r->name, f->recipe->name) || !str_eq(r->version, f->recipe->version))
        return err_set(e, E_INPUT,
                       "%s holds nothing of " STR_F " " STR_F ": run slipway pack first", f->o.dist,
                       STR_A(f->recipe->name), STR_A(f->recipe->version));
    return OK;
}

static int run(struct flow *f, const struct feeding_opts *o, struct feeding *out, struct err *e) {
    AUTO(earlier) all = {0};
    struct release dry = {.mem = f->mem};
    struct comparing c = {.f = f, .out = out, .now = f->o.dry_run ? &dry : &f->store.settled};

    if ((f->o.dry_run ? read_ledger(f, &dry, e) : write_feeds(f, e)) ||
        earlier_find(f, o, c.now, &all, e))
        return (int)e->code;
    out->earlier = all.n;
    for (size_t i = 0; i < c.now->n; i++)
        if (compare(&c, &all, &c.now->v[i], e))
            return (int)e->code;
    return OK;
}

int feeding_run(struct flow *f, const struct feeding_opts *o, struct feeding *out, struct err *e) {
    *out = (struct feeding){0};
    return run(f, o, out, e) ? run_told(f, e) : OK;
}
