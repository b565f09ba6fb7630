/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/links.h"

#include "base/log.h"

static bool system_path(struct str target) {
    static const char *const ok[] = {"bin",   "dev",    "etc", "lib",  "lib32",
                                     "lib64", "libx32", "opt", "proc", "run",
                                     "sbin",  "srv",    "sys", "usr",  "var"};
    struct str rest = str_cut(target, 1, target.n), top = str_split(&rest, '/');

    if (str_has(target, "/../"))
        return false;
    for (size_t i = 0; i < COUNT(ok); i++)
        if (str_is(top, ok[i]))
            return true;
    return false;
}

static int bad_target(struct str t, struct err *e) {
    if (!t.n || t.n > 4095 || !str_utf8(t))
        return err_set(e, E_RECIPE, "a symlink's target must be 1 to 4095 bytes of UTF-8");
    for (size_t i = 0; i < t.n; i++)
        if ((unsigned char)t.p[i] < 0x20 || t.p[i] == 0x7f)
            return err_set(e, E_RECIPE, "a symlink's target has a control character");
    return 0;
}

int links_check_made(const struct tree_entry *x, const char *where, struct err *e) {
    AUTO(arena) scratch = {0};
    struct str path;

    if (bad_target(x->target, e))
        return err_in(e, "%s: " STR_F, where, STR_A(x->path));
    if (str_starts(x->target, "/") && !system_path(x->target))
        return err_set(e, E_RECIPE,
                       "%s: " STR_F " -> " STR_F " is no place of an installed system; give a "
                       "relative target, or `follow: true` to pack what it leads to",
                       where, STR_A(x->path), STR_A(x->target));
    if (!str_starts(x->target, "/") && !tree_link_leads(x, &scratch, &path))
        return err_set(e, E_RECIPE,
                       "%s: " STR_F " -> " STR_F " leads out of the tree; give an absolute target, "
                       "or `follow: true` to pack what it leads to",
                       where, STR_A(x->path), STR_A(x->target));
    return 0;
}

/* Is it in the tree, or below a link of the tree, which may lead to it? */
static bool shipped(const struct tree *t, struct str path) {
    size_t slash;

    if (!path.n || str_is(path, "/") || tree_find(t, path))
        return true;
    for (; (slash = str_rfind(path, '/')) < path.n && slash; path.n = slash) {
        const struct tree_entry *x = tree_find(t, str_cut(path, 0, slash));

        if (x)
            return x->kind == TREE_LINK;
    }
    return false;
}

int links_check(const struct recipe *r, const struct tree *t, struct err *e) {
    AUTO(arena) scratch = {0};
    const struct tree_entry *lost = NULL, *absolute = NULL;
    size_t n_lost = 0, n_absolute = 0;

    for (size_t i = 0; i < t->n; i++) {
        const struct tree_entry *x = &t->v[i];
        struct str path = {0};

        if (x->kind != TREE_LINK)
            continue;
        if (links_check_made(x, recipe_where(r, x->at, &scratch), e))
            return e->code;
        if (!x->bytes.path) /* written by the recipe itself: meant */
            continue;
        if (str_starts(x->target, "/")) {
            absolute = absolute ? absolute : x;
            n_absolute++;
        } else if (tree_link_leads(x, &scratch, &path) && !shipped(t, path)) {
            lost = lost ? lost : x;
            n_lost++;
        }
    }
    if (lost)
        log_warn("%s: " STR_F " -> " STR_F " leads to nothing in the tree%s",
                 recipe_where(r, lost->at, &scratch), STR_A(lost->path), STR_A(lost->target),
                 n_lost > 1 ? arena_fmt(&scratch, " (and %zu more such links)", n_lost - 1) : "");
    if (absolute)
        log_warn("%s: " STR_F " -> " STR_F " is an absolute symlink%s",
                 recipe_where(r, absolute->at, &scratch), STR_A(absolute->path),
                 STR_A(absolute->target),
                 n_absolute > 1 ? arena_fmt(&scratch, " (and %zu more such links)", n_absolute - 1)
                                : "");
    return 0;
}
