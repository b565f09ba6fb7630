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

int recipe_for_format(const struct recipe *r, const struct target *t, const char *format,
                      struct arena *a, const struct recipe **out, struct err *e) {
    const struct value *section = recipe_section(r, t, format, a);
    struct recipe *own;
    struct flaws flaws = {.mem = a};
    struct report said = {.mem = a};
    struct fill f;

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
