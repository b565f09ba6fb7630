/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/rooted.h"

#include "pack/payload.h"

enum { TEXT_MAX = 1024 * 1024, HOPS = 40 };

const struct tree_entry *rooted_find(const struct tree *t, struct str path) {
    for (size_t i = 0; i < t->n; i++)
        if (str_eq(t->v[i].path, path))
            return &t->v[i];
    return NULL;
}

/* "/usr/bin/x" -> "usr/bin/x"; false when it goes above the root. */
static bool absolute(struct str target, struct arena *mem, struct str *path) {
    struct tree_entry from = {.path = STR("x"), .kind = TREE_LINK};

    while (str_starts(target, "/"))
        target = str_cut(target, 1, target.n);
    from.target = target;
    return tree_link_leads(&from, mem, path);
}

int rooted_links(const struct pack_job *j, struct tree *pkg, const char *what, struct err *e) {
    for (size_t i = 0; i < pkg->n; i++) {
        struct tree_entry *x = &pkg->v[i];
        struct str to;

        if (x->kind != TREE_LINK)
            continue;
        if (str_starts(x->target, "/") && absolute(x->target, j->mem, &to) && to.n &&
            tree_find(pkg, to)) {
            x->target = tree_link_target(x->path, to, pkg->mem);
            continue;
        }
        if (str_starts(x->target, "/") || !tree_link_leads(x, j->mem, &to))
            return err_set(e, E_RECIPE,
                           "%s: %s: " STR_F " -> " STR_F
                           " leads out of it; give a target that is in it, or `follow: true` to "
                           "pack what it leads to",
                           recipe_where(j->recipe, x->at, j->mem), what, STR_A(x->path),
                           STR_A(x->target));
    }
    return OK;
}

const struct tree_entry *rooted_follow(const struct tree *pkg, struct str path, struct arena *mem) {
    for (unsigned hops = 0; hops < HOPS; hops++) {
        const struct tree_entry *x = NULL;
        struct str rest = {0}, to;

        for (size_t n = 0; n <= path.n; n++)
            if ((n == path.n || path.p[n] == '/') && (x = tree_find(pkg, str_cut(path, 0, n))) &&
                x->kind == TREE_LINK) {
                rest = str_cut(path, n, path.n);
                break;
            }
        if (!x || x->kind != TREE_LINK)
            return tree_find(pkg, path);
        if (!tree_link_leads(x, mem, &to))
            return NULL;
        path = str_fmt(mem, STR_F STR_F, STR_A(to), STR_A(rest));
    }
    return NULL;
}

int rooted_text(const struct pack_job *j, const struct tree_entry *x, struct str *text,
                struct err *e) {
    struct tree_entry copy = *x; /* its digests are not wanted here */
    struct pack_job quiet = *j;
    AUTO(buf) out = BUF_NONE;
    struct sink s = SINK_NONE;
    struct payload p;

    if (!x->bytes.path && !x->bytes.n_range) {
        *text = x->bytes.data;
        return OK;
    }
    quiet.tick = NULL;
    copy.digests = arena_alloc(j->mem, sizeof *copy.digests);
    buf_init(&out, TEXT_MAX);
    sink_buf(&s, &out);
    payload_init(&p, &quiet, 0);
    if (payload_end(&p, payload_put(&p, &copy, &s, e), e) || sink_close(&s, e) ||
        buf_check(&out, str_z(j->mem, x->path), e))
        return (int)e->code;
    *text = str_dup(j->mem, buf_get(&out));
    return OK;
}
