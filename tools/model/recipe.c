/* SPDX-License-Identifier: Apache-2.0 */
#include "model/recipe.h"

#include <string.h>

static const struct value *own(const struct value *map, struct str name) {
    for (const struct value *c = map && map->kind == VALUE_MAP ? map->child : NULL; c; c = c->next)
        if (str_eq(c->key, name))
            return c->kind == VALUE_MAP ? c : NULL;
    return NULL;
}

static const struct value *of_map(const struct value *map, struct str name) {
    const struct value *s = own(map, name);

    return s ? s : own(map ? value_get(map, "sign") : NULL, name);
}

const struct value *recipe_section(const struct recipe *r, const struct target *t, const char *name,
                                   struct arena *mem) {
    const struct value *wide = of_map(r->root, str_of(name));
    const struct value *near = t ? of_map(t->root, str_of(name)) : NULL;
    struct value *both;

    if (!wide || !near)
        return near ? near : wide;
    both = value_copy(mem, wide);
    both->at = near->at;
    for (const struct value *c = near->child; c; c = c->next)
        value_set(mem, both, str_z(mem, c->key), value_copy(mem, c));
    return both;
}

bool recipe_placed(const struct recipe *r, const struct err *e) {
    size_t n = r->file ? strlen(r->file) : 0;

    return n && !strncmp(e->msg, r->file, n) && e->msg[n] == ':';
}

const char *recipe_where(const struct recipe *r, struct pos at, struct arena *mem) {
    const char *where = value_where(mem, at);

    return *where ? where : r->file ? r->file : "";
}
