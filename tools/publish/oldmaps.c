/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/oldmaps.h"

#include "model/names.h"
#include "os/fsys.h"

enum { LEDGER_MAX = 64 * 1024 * 1024 };

static bool has_map(const struct release *r) {
    for (size_t i = 0; i < r->n; i++)
        if (r->v[i].role == ROLE_BLOCKMAP)
            return true;
    return false;
}

/* The versions below `releases` that come before, newest first. */
static int list_earlier(int root, struct str before, struct arena *mem, struct str **out, size_t *n,
                        struct err *e) {
    struct fsys_stat st;
    struct fsys_name *names;
    size_t all;

    *out = NULL;
    *n = 0;
    if (fsys_lstat(root, "releases", &st, e))
        return (int)e->code;
    if (st.kind != FSYS_DIR)
        return OK;
    if (fsys_list(root, "releases", mem, &names, &all, e))
        return (int)e->code;
    *out = arena_array(mem, all + 1, sizeof **out);
    for (size_t i = 0; i < all; i++) {
        struct str version = str_cut(names[i].name, 1, names[i].name.n);
        struct names_semver v;
        size_t at = *n;

        if (names[i].kind != FSYS_DIR || !str_starts(names[i].name, "v") ||
            !names_semver(version, &v) || names_semver_cmp(version, before) >= 0)
            continue;
        for (; at > 0 && names_semver_cmp((*out)[at - 1], version) < 0; at--)
            (*out)[at] = (*out)[at - 1];
        (*out)[at] = version;
        (*n)++;
    }
    return OK;
}

static int link_maps(int root, const char *folder, const struct release *old,
                     const struct release *r, struct arena *mem, struct err *e) {
    for (size_t i = 0; i < old->n; i++) {
        const struct artifact *a = &old->v[i];
        const char *from, *to;
        struct fsys_stat st, there;

        if (a->role != ROLE_BLOCKMAP || release_find(r, a->name) ||
            str_find(a->name, '/') < a->name.n)
            continue;
        from = arena_fmt(mem, "releases/v" STR_F "/" STR_F, STR_A(old->version), STR_A(a->name));
        to = arena_fmt(mem, "%s/" STR_F, folder, STR_A(a->name));
        if (fsys_lstat(root, from, &st, e) || fsys_lstat(root, to, &there, e))
            return (int)e->code;
        if (st.kind == FSYS_FILE && there.kind == FSYS_NONE && fsys_link(root, from, to, e))
            return (int)e->code;
    }
    return OK;
}

int oldmaps_link(int root, const char *folder, const struct release *r, struct arena *mem,
                 struct err *e) {
    struct str *version;
    size_t n, kept = 0;

    if (!has_map(r))
        return OK;
    if (list_earlier(root, r->version, mem, &version, &n, e))
        return (int)e->code;
    for (size_t i = 0; i < n && kept < OLDMAPS_KEPT; i++) {
        const char *path = arena_fmt(mem, "releases/v" STR_F "/release.json", STR_A(version[i]));
        struct release old = {.mem = mem};
        struct str text;

        if (fsys_read(root, path, LEDGER_MAX, mem, &text, e) ||
            release_read(text, path, mem, &old, e) || link_maps(root, folder, &old, r, mem, e))
            return (int)e->code;
        kept += has_map(&old);
    }
    return OK;
}
