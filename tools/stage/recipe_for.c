/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/recipe_for.h"

#include "stage/fill.h"

int recipe_for_format(const struct recipe *r, const struct target *t, const char *format,
                      struct arena *a, struct recipe **out, struct err *e) {
    const struct value *section = recipe_section(r, t, format, a);
    struct recipe *own = arena_alloc(a, sizeof *own);
    struct flaws flaws = {.mem = a};
    struct fill f = {own, a, &flaws};
    struct report said = {.mem = a};

    *out = NULL;
    *own = *r;
    if (section)
        fill_overrides(&f, section);
    if (flaw_tell(&flaws, &said)) /* a script that went away since the recipe was loaded */
        return err_set(e, E_INPUT, STR_F, STR_A(said.line[0]));
    *out = own;
    return OK;
}
