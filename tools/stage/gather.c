/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/gather.h"

#include "base/log.h"
#include "os/glob.h"
#include "stage/desktop.h"
#include "stage/links.h"
#include "stage/units.h"
#include "stage/walk.h"

#include <string.h>

struct gather { /* one run */
    const struct recipe *r;
    const struct target *t;
    struct tree *out;
    struct map inodes, named;
};

static struct str base_name(struct str path) {
    while (path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    return str_cut(path, str_rfind(path, '/') < path.n ? str_rfind(path, '/') + 1 : 0, path.n);
}

/* "./share//hello/" -> "share/hello"; "/" stays. */
static struct str clean(struct arena *a, struct str path) {
    struct str rest = path, out = str_starts(path, "/") ? STR("/") : (struct str){0};

    while (rest.n) {
        struct str part = str_split(&rest, '/');

        if (part.n && !str_is(part, "."))
            out = walk_join(a, out, part);
    }
    return out;
}

static const char *host_path(const struct gather *g, struct str from) {
    struct arena *mem = g->out->mem;

    if (str_starts(from, "/"))
        return str_z(mem, from);
    return from.n ? arena_fmt(mem, "%s/" STR_F, g->r->dir, STR_A(from)) : g->r->dir;
}

/* ---------------------------------------------------------------------------------- from: rows */

static bool folder_wanted(struct str to) {
    return str_ends(to, "/") || str_is(to, ".") || !to.n;
}

static int missing(const struct walk *w, struct err *e) {
    const struct recipe_files *row = w->row;

    if (row->optional)
        return 0;
    return err_set(e, E_INPUT,
                   "%s: " STR_F ": %s; make it first, correct `from`, or say `optional: true`",
                   w->where, STR_A(row->from),
                   glob_magic(row->from) ? "nothing matches this pattern" : "no such file");
}

/* Folders between `to` and a file that a pattern found belong to the package like those of a copied
 * folder. */
static int folders_between(struct walk *w, struct map *seen, struct str to, struct str path,
                           struct err *e) {
    for (size_t i = 0; i < path.n; i++) {
        struct str folder;

        if (path.p[i] != '/')
            continue;
        folder = walk_join(w->out->mem, to, str_cut(path, 0, i));
        if (!map_put(seen, folder, w) && walk_folder(w, folder, e))
            return e->code;
    }
    return 0;
}

static int found_by_pattern(struct gather *g, struct walk *w, struct str to, struct str pattern,
                            size_t *count, struct err *e) {
    AUTO(arena) scratch = {0};
    struct map seen = {.mem = &scratch};
    struct str base = glob_base(pattern), *v;
    size_t n, skip = base.n ? base.n + !str_ends(base, "/") : 0;
    const char *dir = str_starts(pattern, "/") ? "/" : g->r->dir;

    if (str_starts(pattern, "/")) {
        pattern = str_cut(pattern, 1, pattern.n);
        skip = skip ? skip - 1 : 0;
    }
    if (glob_find(dir, pattern, &scratch, &v, &n, e))
        return err_in(e, "%s", w->where);
    *count += n;
    for (size_t i = 0; i < n; i++) {
        struct str rel = str_cut(v[i], skip, v[i].n);
        const char *host =
            arena_fmt(g->out->mem, "%s/" STR_F, str_is(str_of(dir), "/") ? "" : dir, STR_A(v[i]));

        if (walk_excluded(w, rel))
            continue;
        if (folders_between(w, &seen, to, rel, e) ||
            walk_add(w, host, rel, walk_join(g->out->mem, to, rel), e))
            return e->code;
    }
    return 0;
}

static int from_pattern(struct gather *g, struct walk *w, struct str to, struct err *e) {
    bool folders = str_ends(w->row->from, "/");
    struct str from = str_fmt(g->out->mem, STR_F "%s", STR_A(clean(g->out->mem, w->row->from)),
                              folders ? "/" : "");
    size_t count = 0;

    if (found_by_pattern(g, w, to, from, &count, e))
        return e->code;
    /* Folders too, with all that is in them; below ** the files are all there already. */
    if (!str_has(from, "**") && !folders &&
        found_by_pattern(g, w, to, str_fmt(g->out->mem, STR_F "/", STR_A(from)), &count, e))
        return e->code;
    return count ? 0 : missing(w, e);
}

static int from_row(struct gather *g, struct walk *w, struct err *e) {
    const struct recipe_files *row = w->row;
    struct arena *mem = g->out->mem;
    struct str to = clean(mem, row->to), from = row->from;
    bool content = str_ends(from, "/") || str_is(base_name(from), ".");
    struct fsys_stat st;
    const char *host;

    while (from.n > 1 && from.p[from.n - 1] == '/')
        from.n--;
    host = host_path(g, clean(mem, from));
    /* A last slash asks for the folder that a symlink leads to, as everywhere in POSIX. */
    if (content || row->follow ? fsys_stat(FSYS_HERE, host, &st, e)
                               : fsys_lstat(FSYS_HERE, host, &st, e))
        return err_in(e, "%s", w->where);
    if (st.kind == FSYS_NONE)
        return glob_magic(row->from) ? from_pattern(g, w, to, e) : missing(w, e);
    if (content && st.kind != FSYS_DIR)
        return err_set(e, E_INPUT, "%s: " STR_F " is not a folder; drop the slash at its end",
                       w->where, STR_A(row->from));
    if (content)
        return walk_inside(w, host, (struct str){0}, to, e);
    if (!row->to.n && !str_starts(from, "/"))
        to = clean(mem, from); /* without `to` it keeps its place */
    else if (folder_wanted(row->to))
        to = walk_join(mem, to, base_name(from));
    /* `exclude` sees the same paths whether the folder is named with a slash or without. */
    return st.kind == FSYS_DIR ? walk_inside(w, host, (struct str){0}, to, e)
                               : walk_add(w, host, base_name(from), to, e);
}

/* ------------------------------------------------------------------------------ the other rows */

static int link_row(struct gather *g, struct walk *w, struct str to, struct err *e) {
    struct tree_entry *x = tree_add_link(g->out, to, w->row->link);

    walk_label(w->row, x, 0777);
    return links_check_made(x, w->where, e);
}

/* The nearest that says anything: `strip: false` of a row keeps the symbols of one file. */
static bool strips(const struct gather *g, const struct recipe_files *row) {
    if (row->has_strip || row->strip)
        return row->strip;
    return g->t->has_strip || g->t->strip ? g->t->strip : g->r->strip;
}

static int one_row(struct gather *g, const struct recipe_files *row, struct err *e) {
    struct arena *mem = g->out->mem;
    struct walk w = {.row = row,
                     .where = recipe_where(g->r, row->at, mem),
                     .strip = strips(g, row),
                     .out = g->out,
                     .inodes = &g->inodes,
                     .named = &g->named};
    struct str to = clean(mem, row->to);
    struct tree_entry *x;

    if (row->from.n)
        return from_row(g, &w, e);
    if (walk_path_ok(w.where, to, e))
        return e->code;
    if (row->link.n)
        return link_row(g, &w, to, e);
    if (row->dir) {
        x = tree_add_dir(g->out, to, 0755);
        walk_label(row, x, row->has_mode ? row->mode : 0755);
        return 0;
    }
    x = tree_add_data(g->out, to, 0644, row->text);
    x->marks = 0; /* the user's own words */
    walk_label(row, x, 0644);
    return 0;
}

static int rows(struct gather *g, const struct recipe_files *v, size_t n, struct err *e) {
    for (size_t i = 0; i < n; i++)
        if (one_row(g, &v[i], e))
            return e->code;
    return 0;
}

static void name_folders(struct gather *g, const struct recipe_files *v, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (v[i].dir && !v[i].from.n)
            map_put(&g->named, clean(g->out->mem, v[i].to), g);
}

/* What slipway adds gives way to what the user's files have in the same place. */
static void add_made(struct tree *out, const struct tree *made) {
    AUTO(arena) scratch = {0};
    struct map there = {.mem = &scratch};

    for (size_t i = 0; i < out->n && made->n; i++)
        map_put(&there, out->v[i].path, out);
    for (size_t i = 0; i < made->n; i++) {
        if (map_get(&there, made->v[i].path))
            log_debug(STR_F ": the recipe's own file is kept", STR_A(made->v[i].path));
        else
            *tree_add(out) = made->v[i];
    }
}

int gather_tree(const struct recipe *r, const struct target *t, unsigned want, struct arena *mem,
                struct tree *out, struct err *e) {
    struct gather g = {.r = r, .t = t, .out = out, .inodes.mem = mem, .named.mem = mem};
    struct tree made = {.mem = mem};

    *out = (struct tree){.mem = mem};
    name_folders(&g, r->files, r->n_files);
    name_folders(&g, t->files, t->n_files);
    if (rows(&g, r->files, r->n_files, e) || rows(&g, t->files, t->n_files, e))
        return e->code;
    if ((want & GATHER_DESKTOP && desktop_add(r, t, out, want & GATHER_DESKTOP_ALWAYS, &made, e)) ||
        (want & GATHER_UNITS && units_add(r, t, out, &made, e)))
        return e->code;
    add_made(out, &made);
    if (tree_finish(out, false, e))
        return e->code;
    return links_check(r, out, e);
}
