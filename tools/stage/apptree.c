/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/apptree.h"

const struct tree_entry *apptree_find(const struct tree *app, struct str path) {
    for (size_t i = 0; i < app->n; i++)
        if (str_eq(app->v[i].path, path))
            return &app->v[i];
    return NULL;
}

int apptree_program(const struct tree *app, struct str path, struct err *e) {
    const struct tree_entry *x = apptree_find(app, path);

    if (!x && str_starts(path, "/"))
        return 0;
    if (!x)
        return err_set(e, E_RECIPE,
                       "\"" STR_F "\" is not among the files of this target; name it as a `to` of "
                       "`files` does",
                       STR_A(path));
    if (x->kind == TREE_DIR)
        return err_set(e, E_RECIPE, "\"" STR_F "\" is a folder, not a program", STR_A(path));
    if (x->kind == TREE_FILE && !(x->mode & 0111))
        return err_set(e, E_RECIPE,
                       "\"" STR_F "\" is not executable; give its row `mode: \"0755\"`",
                       STR_A(path));
    return 0;
}
