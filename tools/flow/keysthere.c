/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/keysthere.h"

#include "crypto/secret.h"
#include "os/glob.h"

static bool comes_later(const struct recipe *r, struct str reference) {
    struct str path;

    if (secret_kind(reference, &path) != SECRET_FILE)
        return false;
    for (size_t i = 0; i < r->n_steps; i++)
        for (size_t k = 0; k < r->steps[i].n_outputs; k++)
            if (glob_match(r->steps[i].outputs[k], path))
                return true;
    return false;
}

static int look_through(const struct recipe *r, const char *signer, const struct schema *table,
                        struct err *e) {
    const struct value *section = value_get(value_get(r->root, "sign"), signer);
    AUTO(arena) mem = {0};
    const char *why;

    for (const struct value *v = section ? section->child : NULL; v; v = v->next) {
        const struct schema *row = schema_find(table, v->key);

        if (row && row->flags & SCHEMA_SECRET &&
            secret_look(v->s, r->dir, &why) == SECRET_MISSING && !comes_later(r, v->s))
            return err_set(e, E_SIGN, "%s: " STR_F ": %s", recipe_where(r, v->at, &mem),
                           STR_A(v->s), why);
    }
    return OK;
}

int keysthere_check(const struct flow *f, struct err *e) {
    return look_through(f->recipe, "openpgp", openpgp_schema, e) ||
                   (run_for_windows(f) &&
                    look_through(f->recipe, "authenticode", authenticode_schema, e))
               ? (int)e->code
               : OK;
}
