/* SPDX-License-Identifier: Apache-2.0 */
#include "model/tree.h"

#include "base/map.h"

#include <stdlib.h>
#include <string.h>

enum { TREE_PATH_MAX = 4095, TREE_PART_MAX = 255 };

static struct tree_entry *add(struct tree *t, struct str path, enum tree_kind kind, uint32_t mode) {
    struct tree_entry *e = tree_add(t);

    e->path = path;
    e->kind = kind;
    e->mode = mode;
    return e;
}

struct tree_entry *tree_add(struct tree *t) {
    struct tree_entry *e;

    if (t->n == t->room)
        t->v = arena_regrow(t->mem, t->v, t->n, t->n + 1, sizeof *t->v, &t->room);
    e = &t->v[t->n++];
    memset(e, 0, sizeof *e);
    e->owner = e->group = STR("root");
    return e;
}

struct tree_entry *tree_add_data(struct tree *t, struct str path, uint32_t mode, struct str data) {
    struct tree_entry *e = add(t, path, TREE_FILE, mode);

    e->marks = TREE_MADE;
    e->size = data.n;
    e->bytes.data = data;
    e->digests = arena_alloc(t->mem, sizeof *e->digests);
    return e;
}

struct tree_entry *tree_add_dir(struct tree *t, struct str path, uint32_t mode) {
    return add(t, path, TREE_DIR, mode);
}

struct tree_entry *tree_add_link(struct tree *t, struct str path, struct str target) {
    struct tree_entry *e = add(t, path, TREE_LINK, 0777);

    e->target = target;
    return e;
}

const struct tree_entry *tree_find(const struct tree *t, struct str path) {
    size_t lo = 0, hi = t->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = str_cmp(t->v[mid].path, path);

        if (!c)
            return &t->v[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

static struct str parent(struct str path) {
    size_t i = str_rfind(path, '/');

    return str_cut(path, 0, i < path.n ? i : 0);
}

uint64_t tree_size(const struct tree *t) {
    uint64_t sum = 0;

    for (size_t i = 0; i < t->n; i++)
        if (t->v[i].kind == TREE_FILE && !t->v[i].link)
            sum += t->v[i].size;
    return sum;
}

static int part_ok(struct str path, struct str part, struct err *e) {
    if (!part.n)
        return err_set(e, E_RECIPE, "path \"" STR_F "\" has an empty part", STR_A(path));
    if (str_is(part, ".") || str_is(part, ".."))
        return err_set(e, E_RECIPE, "path \"" STR_F "\" has a \"" STR_F "\" part", STR_A(path),
                       STR_A(part));
    if (part.n > TREE_PART_MAX)
        return err_set(e, E_RECIPE, "path \"" STR_F "\" has a part of %zu bytes, more than %d",
                       STR_A(path), part.n, TREE_PART_MAX);
    return 0;
}

int tree_path_ok(struct str path, struct err *e) {
    struct str rest = path;

    if (!path.n)
        return err_set(e, E_RECIPE, "path is empty");
    if (path.n > TREE_PATH_MAX)
        return err_set(e, E_RECIPE, "path has %zu bytes, more than %d", path.n, TREE_PATH_MAX);
    if (!str_utf8(path))
        return err_set(e, E_RECIPE, "path \"" STR_F "\" is not valid UTF-8", STR_A(path));
    for (size_t i = 0; i < path.n; i++)
        if ((unsigned char)path.p[i] < 0x20 || path.p[i] == 0x7f) /* md5sums, conffiles: lines */
            return err_set(e, E_RECIPE, "path \"" STR_F "\" has a control character (byte 0x%02x)",
                           STR_A(str_cut(path, 0, i)), (unsigned)(unsigned char)path.p[i]);
    if (path.p[0] == '/')
        return err_set(e, E_RECIPE, "path \"" STR_F "\" is absolute", STR_A(path));
    if (path.p[path.n - 1] == '/')
        return err_set(e, E_RECIPE, "path \"" STR_F "\" ends with a slash", STR_A(path));
    while (rest.n)
        if (part_ok(path, str_split(&rest, '/'), e))
            return e->code;
    return 0;
}

int tree_rebase(const struct tree *app, const char *prefix, const char *abs_prefix,
                struct arena *mem, struct tree *out, struct err *e) {
    /* Room at once, and for the parents that come later: growing leaves the old arrays behind. */
    *out = (struct tree){.mem = mem, .room = app->n + 32};
    out->v = arena_array(mem, out->room, sizeof *out->v);
    for (size_t i = 0; i < app->n; i++) {
        const struct tree_entry *from = &app->v[i];
        bool abs = str_starts(from->path, "/");
        const char *front = abs ? abs_prefix : prefix;
        struct str rest = abs ? str_cut(from->path, 1, from->path.n) : from->path;
        struct tree_entry *to = tree_add(out);

        if (!front)
            return err_set(e, E_RECIPE,
                           "\"" STR_F "\" is an absolute path, which this format does not have",
                           STR_A(from->path));
        *to = *from;
        to->path = *front ? str_fmt(mem, "%s" STR_F, front, STR_A(rest)) : rest;
        if (tree_path_ok(to->path, e))
            return e->code;
    }
    return 0;
}

bool tree_link_leads(const struct tree_entry *x, struct arena *mem, struct str *path) {
    struct str rest = x->target, at = parent(str_cut(x->path, str_starts(x->path, "/"), x->path.n));

    if (str_starts(x->target, "/"))
        return false;
    while (rest.n) {
        struct str part = str_split(&rest, '/');

        if (!part.n || str_is(part, "."))
            continue;
        if (str_is(part, "..") && !at.n)
            return false;
        if (str_is(part, ".."))
            at = parent(at);
        else
            at = at.n ? str_fmt(mem, STR_F "/" STR_F, STR_A(at), STR_A(part)) : part;
    }
    *path = str_starts(x->path, "/") ? str_fmt(mem, "/" STR_F, STR_A(at)) : at;
    return true;
}

struct str tree_link_target(struct str from, struct str to, struct arena *mem) {
    struct str up = {0};

    for (;;) { /* leave the folders that both have in common */
        struct str a = str_cut(from, 0, str_find(from, '/')), b = str_cut(to, 0, str_find(to, '/'));

        if (a.n == from.n || !str_eq(a, b))
            break;
        from = str_cut(from, a.n + 1, from.n);
        to = str_cut(to, b.n + 1, to.n);
    }
    for (size_t i = 0; i < from.n; i++)
        if (from.p[i] == '/')
            up = str_fmt(mem, STR_F "../", STR_A(up));
    if (!to.n)
        return up.n ? str_cut(up, 0, up.n - 1) : STR(".");
    return str_fmt(mem, STR_F STR_F, STR_A(up), STR_A(to));
}

/* ------------------------------------------------------------------------------ tree_finish */

static int by_path(const void *a, const void *b) {
    const struct tree_entry *const *x = a, *const *y = b;
    int c = str_cmp((*x)->path, (*y)->path);

    return c ? c : (*x < *y ? -1 : *x > *y);
}

/* The first of a group of hard links in the new order is the one that the others name. `was` is
 * each entry's index before it moved; links still name such indices. */
static void name_heads(struct tree *t, const size_t *was, struct arena *scratch) {
    size_t *head = arena_array(scratch, t->n, sizeof *head); /* by old index: 1 + new one */

    for (size_t i = 0; i < t->n; i++) {
        struct tree_entry *x = &t->v[i];
        size_t group = x->link ? x->link - 1 : was[i];

        x->link = head[group];
        if (!head[group])
            head[group] = i + 1;
    }
}

/* Entry i becomes what entry was[i] is, along the circles that this makes: in place, for a large
 * tree is half of what a run has in memory. */
static void move(struct tree *t, const size_t *was, struct arena *scratch) {
    bool *moved = arena_array(scratch, t->n, sizeof *moved);

    for (size_t i = 0; i < t->n; i++) {
        struct tree_entry first;
        size_t to = i;

        if (moved[i])
            continue;
        first = t->v[i];
        for (; was[to] != i; to = was[to]) {
            t->v[to] = t->v[was[to]];
            moved[to] = true;
        }
        t->v[to] = first;
        moved[to] = true;
    }
}

/* Brings the entries into the order of their paths; the hard-link indices go with them. */
static void sort(struct tree *t, struct arena *scratch) {
    struct tree_entry **order = arena_array(scratch, t->n, sizeof *order);
    size_t *was = arena_array(scratch, t->n, sizeof *was);
    bool sorted = true;

    for (size_t i = 0; i < t->n; i++) {
        order[i] = &t->v[i];
        sorted = sorted && (!i || str_cmp(t->v[i - 1].path, t->v[i].path) <= 0);
    }
    if (!sorted)
        qsort(order, t->n, sizeof(struct tree_entry *), by_path);
    for (size_t i = 0; i < t->n; i++)
        was[i] = (size_t)(order[i] - t->v);
    if (!sorted)
        move(t, was, scratch);
    name_heads(t, was, scratch);
}

static const char *where(struct arena *a, const struct tree_entry *x) {
    return x->at.file ? value_where(a, x->at) : "slipway";
}

static int clash(const struct tree_entry *a, const struct tree_entry *b, const char *what,
                 struct arena *scratch, struct err *e) {
    return err_set(e, E_RECIPE, "%s: \"" STR_F "\" %s \"" STR_F "\", which came from %s",
                   where(scratch, b), STR_A(b->path), what, STR_A(a->path), where(scratch, a));
}

static bool same_folder(const struct tree_entry *a, const struct tree_entry *b) {
    return a->mode == b->mode && str_eq(a->owner, b->owner) && str_eq(a->group, b->group);
}

/* Folders that are there twice become one; anything else that is there twice is refused. */
static int merge(struct tree *t, struct arena *scratch, struct err *e) {
    size_t *moved = arena_array(scratch, t->n, sizeof *moved);
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++) {
        struct tree_entry *x = &t->v[i], *last = n ? &t->v[n - 1] : NULL;

        moved[i] = n;
        if (!last || !str_eq(last->path, x->path)) {
            t->v[n++] = *x;
            continue;
        }
        moved[i] = n - 1;
        if (last->kind != TREE_DIR || x->kind != TREE_DIR)
            return clash(last, x,
                         last->kind == x->kind ? "is there twice; the other is"
                                               : "is a folder and something else; the other is",
                         scratch, e);
        if (x->marks & TREE_IMPLIED)
            continue;
        if (last->marks & TREE_IMPLIED)
            *last = *x;
        else if (!same_folder(last, x))
            return clash(last, x, "has another mode or owner than", scratch, e);
    }
    t->n = n;
    for (size_t i = 0; i < n; i++)
        if (t->v[i].link)
            t->v[i].link = moved[t->v[i].link - 1] + 1;
    return 0;
}

static int no_folder(const struct tree_entry *x, const struct tree_entry *up, struct arena *scratch,
                     struct err *e) {
    return err_set(e, E_RECIPE,
                   "%s: \"" STR_F "\" lies below \"" STR_F
                   "\", which is no folder; that came from %s",
                   where(scratch, x), STR_A(x->path), STR_A(up->path), where(scratch, up));
}

/* Parents that nobody named. Appended; the caller sorts again. */
static int add_parents(struct tree *t, struct arena *scratch, struct err *e) {
    struct map made = {.mem = scratch};
    struct tree sorted = *t;

    for (size_t i = 0; i < sorted.n; i++)
        for (struct str up = parent(t->v[i].path); up.n; up = parent(up)) {
            const struct tree_entry *there;
            struct tree_entry *x;

            sorted.v = t->v; /* tree_add moves v */
            there = tree_find(&sorted, up);
            if (there && there->kind != TREE_DIR)
                return no_folder(&t->v[i], there, scratch, e);
            if (there || map_put(&made, up, t))
                break;
            x = add(t, up, TREE_DIR, 0755);
            x->marks = TREE_IMPLIED;
            x->at = t->v[i].at;
        }
    return 0;
}

static uint32_t utf8_next(struct str *s) { /* of valid UTF-8 */
    unsigned char c = (unsigned char)s->p[0];
    size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    uint32_t u = n == 1 ? c : c & (0xffu >> (n + 1));

    for (size_t i = 1; i < n && i < s->n; i++)
        u = u << 6 | ((unsigned char)s->p[i] & 0x3f);
    *s = str_cut(*s, n, s->n);
    return u;
}

/* Lower case of the alphabets that have one and file systems fold: Latin, Greek, Cyrillic. */
static uint32_t lower(uint32_t u) {
    if ((u >= 'A' && u <= 'Z') || (u >= 0xc0 && u <= 0xde && u != 0xd7) ||
        (u >= 0x391 && u <= 0x3a9) || (u >= 0x410 && u <= 0x42f))
        return u + 32;
    if (u >= 0x400 && u <= 0x40f)
        return u + 80;
    if ((u >= 0x100 && u <= 0x137 && u != 0x130) || (u >= 0x14a && u <= 0x177) ||
        (u >= 0x460 && u <= 0x481) || (u >= 0x48a && u <= 0x4bf) || (u >= 0x4d0 && u <= 0x52f) ||
        (u >= 0x1e00 && u <= 0x1e95) || (u >= 0x1ea0 && u <= 0x1eff))
        return u | 1;
    if ((u >= 0x139 && u <= 0x148) || (u >= 0x179 && u <= 0x17e))
        return u + (u & 1);
    return u;
}

static struct str fold(struct arena *a, struct str s) {
    uint32_t *out = arena_array(a, s.n, sizeof *out);
    size_t n = 0;

    while (s.n)
        out[n++] = lower(utf8_next(&s));
    return (struct str){(const char *)out, n * sizeof *out};
}

static int no_clash_of_case(const struct tree *t, struct arena *scratch, struct err *e) {
    struct map seen = {.mem = scratch};

    for (size_t i = 0; i < t->n; i++) {
        struct tree_entry *x = &t->v[i];
        const struct tree_entry *there = map_put(&seen, fold(scratch, x->path), x);

        if (there)
            return clash(there, x, "differs only by upper and lower case from", scratch, e);
    }
    return 0;
}

static int finish(struct tree *t, bool no_case, struct arena *scratch, struct err *e) {
    if (!t->n)
        return 0;
    sort(t, scratch);
    if (merge(t, scratch, e) || add_parents(t, scratch, e))
        return e->code;
    sort(t, scratch);
    for (size_t i = 0; i < t->n; i++)
        if (t->v[i].kind == TREE_FILE && !t->v[i].digests)
            t->v[i].digests = t->v[i].link ? t->v[t->v[i].link - 1].digests
                                           : arena_alloc(t->mem, sizeof *t->v[i].digests);
    return no_case ? no_clash_of_case(t, scratch, e) : 0;
}

int tree_finish(struct tree *t, bool no_case, struct err *e) {
    AUTO(arena) scratch = {0};

    return finish(t, no_case, &scratch, e);
}
