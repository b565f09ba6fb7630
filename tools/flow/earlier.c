/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/earlier.h"

#include "flow/ledger.h"
#include "flow/registry.h"
#include "io/url.h"
#include "model/names.h"
#include "os/fsys.h"

#include <string.h>

enum { PLACES_MAX = 128 };

struct finding {
    struct flow *f;
    const struct release *now;
    struct earlier *all;
};

/* A release by its version alone: its ledger is read when it is one of those that count. */
static void add(struct finding *w, const struct place *at, const char *folder, struct str version) {
    struct earlier *all = w->all;
    struct names_semver v;

    if (!names_semver(version, &v) || names_semver_cmp(version, w->now->version) >= 0)
        return;
    for (size_t i = 0; i < all->n; i++)
        if (str_eq(all->v[i].version, version))
            return;
    all->v = arena_grow(w->f->mem, all->v, all->n, all->n + 1, sizeof *all->v, &all->room);
    all->v[all->n++] = (struct earlier_release){
        .version = str_dup(w->f->mem, version),
        .place = place_sub(at, folder, w->f->mem),
        .ledger = {.mem = w->f->mem},
    };
}

static int read_ledger(struct finding *w, const struct place *at, const char *path, bool *there,
                       struct release *r, struct err *e) {
    struct str text;

    *r = (struct release){.mem = w->f->mem};
    *there = false;
    if (at->read(at->self, path, LEDGER_FILE_MAX, w->f->mem, &text, e) || !text.p)
        return (int)e->code;
    *there = true;
    return ledger_parse(text, arena_fmt(w->f->mem, "%s/%s", at->where, path), w->f->mem, r, e);
}

/* "releases/v1.0.0/release.json" -> "1.0.0"; empty: it is something else. */
static struct str version_of(struct str name) {
    const struct str head = STR("releases/v"), tail = STR("/release.json");
    struct str v;

    if (name.n <= head.n + tail.n || !str_starts(name, head.p) || !str_ends(name, tail.p))
        return (struct str){0};
    v = str_cut(name, head.n, name.n - tail.n);
    if (str_find(v, '/') < v.n)
        v.n = 0;
    return v;
}

/* A published folder tells its releases in site.json; anything else is one release, or leads to
 * its newest. */
static int look(struct finding *w, const struct place *at, bool *found, struct err *e) {
    static const char *const single[] = {"", "releases/latest"};
    struct release r;

    if (read_ledger(w, at, "site.json", found, &r, e))
        return (int)e->code;
    for (size_t i = 0; i < r.n; i++) {
        struct str version = version_of(r.v[i].name);

        if (version.n)
            add(w, at, arena_fmt(w->f->mem, "releases/v" STR_F, STR_A(version)), version);
    }
    for (size_t i = 0; i < COUNT(single) && !*found; i++) {
        const char *slash = *single[i] ? "/" : "";

        if (read_ledger(w, at, arena_fmt(w->f->mem, "%s%srelease.json", single[i], slash), found,
                        &r, e))
            return (int)e->code;
        if (*found && str_eq(r.name, w->now->name))
            add(w, at, single[i], r.version);
    }
    return OK;
}

static struct place *new_place(struct earlier *all, struct err *e) {
    if (all->n_places == PLACES_MAX) {
        err_set(e, E_USAGE, "more than %d places of earlier releases", PLACES_MAX);
        return NULL;
    }
    return &all->places[all->n_places++];
}

static int look_published(struct finding *w, struct err *e) {
    const struct value *rows = value_get(w->f->recipe->root, "publish");

    for (const struct value *row = rows ? rows->child : NULL; row; row = row->next) {
        const struct publisher *p = registry_publisher(value_text(row, "to"));
        struct publish_job job = {
            .section = row, .base = w->f->recipe->dir, .mem = w->f->mem, .release = w->now};
        const char *path = p && p->folder ? p->folder(&job) : NULL;
        struct fsys_stat st = {0};
        struct place *at;
        bool found;

        if (!path)
            continue;
        if (fsys_stat(FSYS_HERE, path, &st, e))
            return (int)e->code;
        if (st.kind != FSYS_DIR)
            continue;
        at = new_place(w->all, e);
        if (!at || place_dir(at, path, w->f->mem, e) || look(w, at, &found, e))
            return (int)e->code;
    }
    return OK;
}

static int look_named(struct finding *w, const char *where, struct err *e) {
    struct place *at = new_place(w->all, e);
    bool found;

    if (!at ||
        (url_is(str_of(where)) ? place_http(at, where, w->f->mem, e)
                               : place_dir(at, where, w->f->mem, e)) ||
        look(w, at, &found, e))
        return (int)e->code;
    if (!found)
        return err_set(e, E_INPUT,
                       "%s: no release is there: it should be a published folder, or one with a "
                       "release.json",
                       at->where);
    return OK;
}

/* Newest first. */
static void sort(struct earlier *all) {
    for (size_t i = 1; i < all->n; i++) {
        struct earlier_release r = all->v[i];
        size_t at = i;

        for (; at > 0 && names_semver_cmp(all->v[at - 1].version, r.version) < 0; at--)
            all->v[at] = all->v[at - 1];
        all->v[at] = r;
    }
}

/* The newest `last` of each channel: beta releases must not hide the stable one before them. */
static void keep_last(struct earlier *all, unsigned last) {
    size_t n = 0;

    for (size_t i = 0; i < all->n; i++) {
        struct str channel = names_channel(all->v[i].version);
        unsigned of_it = 0;

        for (size_t k = 0; k < n; k++)
            of_it += str_eq(names_channel(all->v[k].version), channel);
        if (of_it < last)
            all->v[n++] = all->v[i];
    }
    all->n = n;
}

int earlier_find(struct flow *f, const struct feeding_opts *o, const struct release *now,
                 struct earlier *all, struct err *e) {
    struct finding w = {f, now, all};
    size_t n = 0;

    *all = (struct earlier){.places = arena_array(f->mem, PLACES_MAX, sizeof *all->places)};
    if (look_published(&w, e))
        return (int)e->code;
    for (size_t i = 0; i < o->n_previous; i++)
        if (look_named(&w, o->previous[i], e))
            return (int)e->code;
    sort(all);
    if (o->last)
        keep_last(all, o->last);
    for (size_t i = 0; i < all->n; i++) {
        struct earlier_release *r = &all->v[i];
        bool there;

        if (read_ledger(&w, &r->place, "release.json", &there, &r->ledger, e))
            return (int)e->code;
        if (there && str_eq(r->ledger.name, now->name))
            all->v[n++] = *r;
    }
    all->n = n;
    return OK;
}

void earlier_drop(struct earlier *all) {
    for (size_t i = 0; i < all->n_places; i++)
        place_drop(&all->places[i]);
    all->n_places = 0;
}
