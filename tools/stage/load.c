/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/load.h"

#include "base/log.h"
#include "os/abspath.h"
#include "stage/changes.h"
#include "stage/cross.h"
#include "stage/keys.h"
#include "stage/recipe_for.h"
#include "stage/resolved.h"
#include "stage/sources.h"
#include "stage/vars.h"

struct load {
    const struct load_opts *o;
    struct arena *mem;
    struct flaws flaws;
    struct recipe *r;
    struct value *root;
    bool timeless;
};

static int where_it_is(struct load *l, struct err *e) {
    const char *dir = sources_dir(l->o->path, l->mem);
    struct str abs;

    if (abspath(dir[0] == '.' && !dir[1] ? "" : dir, l->mem, &abs, e))
        return (int)e->code;
    while (abs.n > 1 && str_ends(abs, "/"))
        abs.n--;
    l->r->file = str_z(l->mem, str_of(l->o->path));
    l->r->dir = str_z(l->mem, abs);
    l->flaws.first_file = l->r->file;
    return OK;
}

/* A recipe of a later slipway has other keys: saying so is all that helps. */
static bool other_schema(struct load *l) {
    const struct value *v = value_get(l->root, "schema");

    if (!v || (v->kind == VALUE_INT && v->i == 1) || v->kind != VALUE_INT)
        return false;
    flaw_add(&l->flaws, v->at, "schema", "this slipway reads schema 1, not " STR_F, STR_A(v->s));
    return true;
}

static const char timeless[] =
    "nothing says when the release was made (SOURCE_DATE_EPOCH or a git commit): it is dated "
    "1970-01-01";

static void clock_of(struct load *l, const struct vars *v) {
    l->r->time = v->time;
    l->r->vars = v->map;
    l->timeless = v->timeless;
    if (v->timeless && l->o->flags & LOAD_STRICT)
        flaw_add(&l->flaws, (struct pos){.file = l->r->file}, "time", "%s", timeless);
}

static void read_changelog(struct load *l) {
    const struct value *v = value_get(l->root, "changelog");
    struct err e = {0};

    if (v && v->kind == VALUE_STR && !l->flaws.total && changes_load(l->r, v->s, l->mem, &e))
        flaw_add(&l->flaws, v->at, "changelog", "changelog: %s", e.msg);
}

static int check_all(struct load *l, struct err *e) {
    struct vars vars = {.mem = l->mem, .flaws = &l->flaws};
    struct fill fill = {l->r, l->mem, &l->flaws};

    sources_set(l->o, l->mem, l->root, &l->flaws);
    if (other_schema(l))
        return OK;
    if (vars_expand(&vars, l->root, l->r->dir, e))
        return (int)e->code;
    clock_of(l, &vars);
    schema_check(l->root, keys_recipe(l->o->sections, l->mem), "", &l->flaws);
    fill_recipe(&fill, l->root);
    cross_check(&fill, l->o->sections);
    read_changelog(l);
    recipe_for_targets(l->r, l->mem);
    return OK;
}

static int told(struct load *l, struct report *problems, struct err *e) {
    size_t first = problems->n, n = flaw_tell(&l->flaws, problems);

    if (!n)
        return OK;
    if (n == 1 && first < problems->n)
        return err_set(e, E_RECIPE, STR_F, STR_A(problems->line[first]));
    return err_set(e, E_RECIPE, "%s: %zu mistakes", l->o->path, n);
}

int load_recipe(const struct load_opts *o, struct arena *a, struct report *problems,
                struct recipe **out, struct err *e) {
    struct load l = {.o = o, .mem = a, .flaws = {.mem = a}};

    *out = NULL;
    l.r = arena_alloc(a, sizeof *l.r);
    if (where_it_is(&l, e))
        return (int)e->code;
    if (sources_read(o->path, a, &l.root, e)) {
        if (e->code == E_RECIPE)
            report_err(problems, e);
        return (int)e->code;
    }
    if (check_all(&l, e) || told(&l, problems, e))
        return (int)e->code;
    if (l.timeless)
        log_warn("%s: %s", l.r->file, timeless);
    *out = l.r;
    return OK;
}

int load_resolved(const struct recipe *r, struct buf *json, struct err *e) {
    return resolved_write(r, json, e);
}

int load_resolved_part(const struct recipe *r, const struct target *t, const struct map *without,
                       struct buf *json, struct err *e) {
    return resolved_write_part(r, t, without, json, e);
}
