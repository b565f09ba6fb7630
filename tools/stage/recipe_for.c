/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/recipe_for.h"

#include "stage/fill.h"

static bool overrides(const struct value *section) {
    static const char *const keys[] = {"name",    "title",      "summary",  "description",
                                       "vendor",  "maintainer", "homepage", "license",
                                       "release", "scripts",    "files"};

    for (size_t i = 0; i < COUNT(keys); i++)
        if (value_get(section, keys[i]))
            return true;
    return false;
}

void recipe_for_targets(struct recipe *r, struct arena *a) {
    for (size_t i = 0; i < r->n_targets; i++) {
        const struct value *entry = value_get(r->targets[i].root, "entry");
        struct recipe *own;

        if (!entry)
            continue;
        own = arena_alloc(a, sizeof *own);
        *own = *r;
        own->entry = entry->s;
        own->at_entry = entry->at;
        own->menu = fill_menu(r->root, true, r->terminal);
        r->targets[i].own = own;
    }
}

int recipe_for_format(const struct recipe *r, const struct target *t, const char *format,
                      struct arena *a, const struct recipe **out, struct err *e) {
    const struct value *section = recipe_section(r, t, format, a);
    struct recipe *own;
    struct flaws flaws = {.mem = a};
    struct report said = {.mem = a};
    struct fill f;

    if (t->own)
        r = t->own;
    *out = r;
    if (!overrides(section))
        return OK;
    *out = NULL;
    own = arena_alloc(a, sizeof *own);
    *own = *r;
    f = (struct fill){own, a, &flaws};
    fill_overrides(&f, section);
    if (flaw_tell(&flaws, &said)) /* a script that went away since the recipe was loaded */
        return err_set(e, E_INPUT, STR_F, STR_A(said.line[0]));
    *out = own;
    return OK;
}
