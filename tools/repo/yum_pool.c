/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/yum_pool.h"

#include "model/tree.h"
#include "os/abspath.h"
#include "os/fsys.h"

#include <stdlib.h>

enum { DEPTH = 64, FILES_MAX = 1000000 };

struct walk {
    int root;
    struct arena *mem;
    struct yum_pool_file *v;
    size_t n, room;
};

static int add_file(struct walk *w, struct str path, struct err *e) {
    struct fsys_stat st;
    struct err why = {0};

    if (fsys_stat(w->root, path.p, &st, e))
        return (int)e->code;
    if (st.kind != FSYS_FILE)
        return OK;
    if (tree_path_ok(path, &why))
        return err_set(e, E_INPUT, "%s", why.msg);
    if (w->n >= FILES_MAX)
        return err_set(e, E_INPUT, "more than %d packages", FILES_MAX);
    w->v = arena_grow(w->mem, w->v, w->n, w->n + 1, sizeof *w->v, &w->room);
    w->v[w->n++] = (struct yum_pool_file){str_dup(w->mem, path), st.size, st.mtime};
    return OK;
}

static int walk_dir(struct walk *w, const char *dir, unsigned depth, struct err *e) {
    AUTO(arena) scratch = {0};
    struct fsys_name *names;
    size_t n;

    if (depth > DEPTH)
        return err_set(e, E_INPUT, "%s: folders lie too deep in each other", dir);
    if (fsys_list(w->root, *dir ? dir : ".", &scratch, &names, &n, e))
        return (int)e->code;
    for (size_t i = 0; i < n; i++) {
        struct str name = names[i].name;
        struct str path = str_fmt(&scratch, "%s%s" STR_F, dir, *dir ? "/" : "", STR_A(name));

        if (str_starts(name, ".") || (!*dir && str_is(name, "repodata")))
            continue;
        if (names[i].kind == FSYS_DIR) {
            if (walk_dir(w, path.p, depth + 1, e))
                return (int)e->code;
        } else if (str_ends(name, ".rpm") && add_file(w, path, e)) {
            return (int)e->code;
        }
    }
    return OK;
}

static int by_path(const void *a, const void *b) {
    const struct yum_pool_file *x = a, *y = b;

    return str_cmp(x->path, y->path);
}

int yum_pool_scan(int root, struct arena *mem, struct yum_pool_file **v, size_t *n, struct err *e) {
    struct walk w = {.root = root, .mem = mem};

    *v = NULL;
    *n = 0;
    if (walk_dir(&w, "", 0, e))
        return (int)e->code;
    if (w.n)
        qsort(w.v, w.n, sizeof *w.v, by_path);
    *v = w.v;
    *n = w.n;
    return OK;
}

int yum_pool_inside(const struct repository_job *j, const struct repository_add *a,
                    struct arena *mem, struct str *path, struct err *e) {
    struct str file, root, rest;
    struct fsys_stat x, y;
    struct err why = {0};

    *path = (struct str){0};
    if (a->dir != FSYS_HERE)
        return OK;
    if (abspath(a->path, mem, &file, e) || abspath(j->where, mem, &root, e))
        return (int)e->code;
    while (root.n > 1 && str_ends(root, "/"))
        root.n--;
    if (file.n <= root.n + 1 || !str_eq(str_cut(file, 0, root.n), root) || file.p[root.n] != '/')
        return OK;
    rest = str_cut(file, root.n + 1, file.n);
    while (str_starts(rest, "./"))
        rest = str_cut(rest, 2, rest.n);
    if (tree_path_ok(rest, &why))
        return OK;
    if (fsys_stat(a->dir, a->path, &x, e) || fsys_stat(j->root, str_z(mem, rest), &y, e))
        return (int)e->code;
    if (x.kind == FSYS_FILE && y.kind == FSYS_FILE && x.dev == y.dev && x.ino == y.ino)
        *path = rest;
    return OK;
}

struct yum_pool_stamp yum_pool_stamp(const struct fsys_stat *st) {
    return (struct yum_pool_stamp){st->ino, st->size, st->mtime, st->mtime_ns};
}

int yum_pool_put(const struct repository_job *j, const struct repository_add *a,
                 const struct yum_pool_stamp *was, const struct yum_pkg *p, struct err *e) {
    AUTO(arena) mem = {0};
    const char *to = str_z(&mem, p->href);
    struct fsys_stat now;
    size_t slash = str_rfind(p->href, '/');
    int rc = OK;

    if (slash < p->href.n)
        rc = fsys_mkdirs(j->root, str_z(&mem, str_cut(p->href, 0, slash)), e);
    if (!rc && a->link)
        rc = fsys_link_over(a->dir, a->path, j->root, to, e);
    else if (!rc)
        rc = fsys_copy(a->dir, a->path, j->root, to, 0644, e) ||
                     fsys_set_time(j->root, to, p->time, e)
                 ? (int)e->code
                 : OK;
    if (rc || fsys_stat(a->dir, a->path, &now, e))
        return (int)e->code;
    if (now.ino != was->ino || now.size != was->size || now.mtime != was->mtime ||
        now.mtime_ns != was->mtime_ns)
        return err_set(e, E_INPUT, "%s: changed while it was read", a->path);
    return OK;
}
