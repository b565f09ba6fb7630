/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/cross.h"

#include "base/map.h"
#include "model/names.h"

static bool made_by_a_step(const struct recipe *r, struct str path) {
    for (size_t i = 0; i < r->n_steps; i++)
        for (size_t k = 0; k < r->steps[i].n_outputs; k++)
            if (str_eq(r->steps[i].outputs[k], path))
                return true;
    return false;
}

static void file_is_there(struct fill *f, const char *key, struct str path, struct pos at) {
    if (path.n && !made_by_a_step(f->r, path))
        fill_is_file(f, key, path, at);
}

static void entry_is_given(struct fill *f, const struct value *root) {
    static const char *const keys[] = {"protocols", "associations"};
    const struct value *s = value_get(root, "shortcuts");
    size_t own = 0;

    for (size_t i = 0; i < f->r->n_targets; i++)
        own += value_get(f->r->targets[i].root, "entry") != NULL;
    if (f->r->entry.n || value_get(root, "entry") || (own && own == f->r->n_targets))
        return;
    for (size_t i = 0; i < COUNT(keys); i++) {
        const struct value *v = value_get(root, keys[i]);

        if (v && v->n)
            flaw_add(f->flaws, v->key_at, keys[i], "%s need an entry: the program that opens them",
                     keys[i]);
    }
    for (const struct value *c = s ? s->child : NULL; c; c = c->next)
        if (c->kind == VALUE_BOOL && c->b)
            flaw_add(f->flaws, c->key_at, "shortcuts",
                     "a shortcut needs an entry: the program that it starts");
}

/* `names` of rows, each to be there once. */
static void once(struct fill *f, struct map *seen, struct str name, struct pos at,
                 const char *what) {
    struct pos *first = arena_alloc(f->mem, sizeof *first);
    const struct pos *old;

    if (!name.n)
        return;
    *first = at;
    old = map_put(seen, name, first);
    if (old)
        flaw_add(f->flaws, at, "twice", "%s " STR_F " is here twice, first in line %u", what,
                 STR_A(name), old->line);
}

static void names_once(struct fill *f) {
    const struct recipe *r = f->r;
    struct map services = {.mem = f->mem}, steps = {.mem = f->mem};

    for (size_t i = 0; i < r->n_services; i++)
        once(f, &services, r->services[i].name, r->services[i].at, "service");
    for (size_t i = 0; i < r->n_steps; i++)
        once(f, &steps, r->steps[i].name, r->steps[i].at, "build step");
}

static void targets_once(struct fill *f) {
    const struct recipe *r = f->r;
    struct map seen = {.mem = f->mem};

    for (size_t i = 0; i < r->n_targets; i++) {
        const struct target *t = &r->targets[i];
        struct map formats = {.mem = f->mem};

        if (value_get(t->root, "os") && value_get(t->root, "arch"))
            once(f, &seen, str_fmt(f->mem, "%s/%s", names_os(t->os), names_arch(t->arch)), t->at,
                 "target");
        if (t->arch == ARCH_UNIVERSAL && t->os != OS_MACOS)
            flaw_add(f->flaws, t->at, "universal", "arch universal is for os macos only");
        for (size_t k = 0; k < t->n_formats; k++)
            once(f, &formats, t->formats[k], t->formats_at[k], "format");
    }
}

/* The files and scripts of every format's section, as if they were used. */
static void sections_fill(struct fill *f, const struct value *map,
                          const struct load_section *sections) {
    struct recipe copy = *f->r;
    struct fill inner = {&copy, f->mem, f->flaws};

    for (; sections && sections->name; sections++) {
        const struct value *s = value_get(map, sections->name);

        if (sections->kind == LOAD_FORMAT && s && s->kind == VALUE_MAP)
            fill_overrides(&inner, s);
    }
}

void cross_check(struct fill *f, const struct load_section *sections) {
    const struct recipe *r = f->r;

    file_is_there(f, "icon", r->icon, r->at_icon);
    file_is_there(f, "license-file", r->license_file, r->at_license_file);
    entry_is_given(f, r->root);
    names_once(f);
    targets_once(f);
    sections_fill(f, r->root, sections);
    for (size_t i = 0; i < r->n_targets; i++)
        sections_fill(f, r->targets[i].root, sections);
}
