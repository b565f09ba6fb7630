/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/sources.h"

#include "base/map.h"
#include "os/fsys.h"

#include <string.h>

enum { SOURCES_FILE_MAX = 4 * 1024 * 1024, SOURCES_CHAIN_MAX = 8 };

struct link { /* one file of a chain of `extends` */
    const char *path;
    uint64_t dev, ino;
    const struct link *by; /* the file that extends this one */
};

const char *sources_dir(const char *path, struct arena *a) {
    struct str s = str_of(path);
    size_t slash = str_rfind(s, '/');

    if (slash == s.n)
        return ".";
    return str_z(a, str_cut(s, 0, slash ? slash : 1));
}

const char *sources_join(const char *dir, struct str path, struct arena *a) {
    if (str_starts(path, "/") || !strcmp(dir, "."))
        return str_z(a, path);
    return arena_fmt(a, "%s%s" STR_F, dir, strcmp(dir, "/") ? "/" : "", STR_A(path));
}

static const char *chain_text(const struct link *l, struct arena *a) {
    return l->by ? arena_fmt(a, "%s -> %s", chain_text(l->by, a), l->path) : l->path;
}

static bool circle(const struct link *l) {
    for (const struct link *by = l->by; by; by = by->by)
        if (by->dev == l->dev && by->ino == l->ino)
            return true;
    return false;
}

/* The size is looked at before a byte is read; a pipe or device is not waited for. */
static int look(struct link *l, struct pos at, struct arena *a, struct err *e) {
    struct fsys_stat st;
    const char *where = arena_fmt(a, "%s%s", value_where(a, at), l->by ? ": " : "");
    enum code code = l->by ? E_RECIPE : E_INPUT;

    if (fsys_stat(FSYS_HERE, l->path, &st, e))
        return l->by ? err_set(e, E_RECIPE, "%s%s", where, str_z(a, str_of(e->msg))) : (int)e->code;
    l->dev = st.dev;
    l->ino = st.ino;
    if (st.kind == FSYS_NONE)
        return err_set(e, code, "%s%s: there is no such file%s", where, l->path,
                       l->by ? arena_fmt(a, " (%s)", chain_text(l, a))
                             : "; \"slipway init\" writes a recipe, -f names another");
    if (st.kind != FSYS_FILE)
        return err_set(e, code, "%s%s: is not a file", where, l->path);
    if (st.size > SOURCES_FILE_MAX)
        return err_set(e, E_RECIPE, "%s%s: is larger than the %d MiB that a recipe may have", where,
                       l->path, SOURCES_FILE_MAX >> 20);
    return OK;
}

/* The place in the list or map stays. */
static void replace(struct value *old, const struct value *v) {
    struct value *next = old->next;
    struct str key = old->key;

    *old = *v;
    old->next = next;
    old->key = key;
}

/* The keys of `over` win; maps that both have are merged the same way. */
static void merge(struct value *under, struct value *over, struct arena *a) {
    struct map seen = {.mem = a};
    struct value *next;

    for (struct value *c = under->child; c; c = c->next)
        map_put(&seen, c->key, c);
    for (struct value *c = over->child; c; c = next) {
        struct value *old = map_get(&seen, c->key);

        next = c->next;
        if (!old) {
            value_add(under, c);
        } else if (old->kind == VALUE_MAP && c->kind == VALUE_MAP) {
            merge(old, c, a);
            old->at = c->at;
            old->key_at = c->key_at;
        } else {
            replace(old, c);
        }
    }
}

/* `version: {{ x }}` is a map of a map to YAML; what it says of it helps nobody. */
static void unquoted(const char *path, struct str text, struct err *e) {
    struct str where = str_cut(str_of(e->msg), strlen(path) + 1, ERR_MAX);
    struct str line = {0}, number = str_split(&where, ':');
    uint64_t n;
    char msg[ERR_MAX];

    if (!str_starts(str_of(e->msg), path) || !str_u64(number, UINT32_MAX, &n))
        return;
    while (n--)
        line = str_split(&text, '\n');
    if (!str_has(line, ": {{") && !str_has(line, "- {{") && !str_has(line, "[{{"))
        return;
    memcpy(msg, e->msg, sizeof msg);
    err_set(e, E_RECIPE, "%s (a value that begins with {{ wants quotes: \"{{ name }}\")", msg);
}

static int read_chain(const struct link *l, unsigned depth, struct arena *a, struct value **root,
                      struct err *e) {
    struct str text;
    struct value *under;
    const struct value *ext;
    struct link next = {.by = l};

    if (fsys_read(FSYS_HERE, l->path, SOURCES_FILE_MAX, a, &text, e))
        return (int)e->code;
    if (str_starts(text, "\xef\xbb\xbf")) /* a byte order mark: YAML 1.2, 5.2 */
        text = str_cut(text, 3, text.n);
    if (value_yaml(text, l->path, a, root, e)) {
        unquoted(l->path, text, e);
        return (int)e->code;
    }
    if ((*root)->kind != VALUE_MAP)
        return err_set(e, E_RECIPE, "%s: a recipe is a map of keys, not %s",
                       value_where(a, (*root)->at), value_kind_name((*root)->kind));
    ext = value_get(*root, "extends");
    if (!ext || ext->kind != VALUE_STR || !ext->s.n)
        return OK;
    next.path = sources_join(sources_dir(l->path, a), ext->s, a);
    if (look(&next, ext->at, a, e))
        return (int)e->code;
    if (circle(&next))
        return err_set(e, E_RECIPE, "%s: recipes extend each other in a circle: %s",
                       value_where(a, ext->at), chain_text(&next, a));
    if (depth >= SOURCES_CHAIN_MAX)
        return err_set(e, E_RECIPE, "%s: more than %d recipes extend one another: %s",
                       value_where(a, ext->at), SOURCES_CHAIN_MAX, chain_text(&next, a));
    if (read_chain(&next, depth + 1, a, &under, e))
        return (int)e->code;
    merge(under, *root, a);
    under->at = (*root)->at;
    *root = under;
    return OK;
}

/* Without `extends`, which is done. */
static void forget_extends(struct value *root) {
    struct value *before = NULL;

    for (struct value *c = root->child; c; before = c, c = c->next) {
        if (!str_is(c->key, "extends") || c->kind != VALUE_STR || !c->s.n)
            continue;
        if (before)
            before->next = c->next;
        else
            root->child = c->next;
        if (root->last == c)
            root->last = before;
        root->n--;
        return;
    }
}

int sources_read(const char *path, struct arena *a, struct value **root, struct err *e) {
    struct link first = {.path = str_z(a, str_of(path))};

    *root = NULL;
    if (look(&first, (struct pos){0}, a, e) || read_chain(&first, 1, a, root, e)) {
        *root = NULL;
        return (int)e->code;
    }
    forget_extends(*root);
    return OK;
}

static bool begins(struct str path, struct str key) {
    return path.n > key.n && path.p[key.n] == '.' && str_eq(str_cut(path, 0, key.n), key);
}

/* Names of formats hold dots ("tar.gz"), so the longest key that is known here wins. */
static struct str first_key(const struct load_opts *o, const struct value *map, struct str *path) {
    struct str best = {0}, key;

    for (const struct value *c = map->child; c; c = c->next)
        if (begins(*path, c->key) && c->key.n > best.n)
            best = c->key;
    for (const struct load_section *s = o->sections; s && s->name; s++)
        if (begins(*path, str_of(s->name)) && strlen(s->name) > best.n)
            best = str_of(s->name);
    if (!best.n)
        return str_split(path, '.');
    key = str_cut(*path, 0, best.n);
    *path = str_cut(*path, best.n + 1, path->n);
    return key;
}

static struct value *list_member(const struct value *list, struct str index) {
    struct value *c = list->child;
    uint64_t i;

    if (!str_u64(index, UINT32_MAX, &i))
        return NULL;
    while (c && i--)
        c = c->next;
    return c;
}

static struct value *map_member(const struct value *map, struct str key) {
    struct value *c = map->child;

    while (c && !str_eq(c->key, key))
        c = c->next;
    return c;
}

static void set_one(const struct load_opts *o, struct arena *a, struct value *root, const char *row,
                    struct flaws *f) {
    struct str value = str_of(row), path = str_split(&value, '=');
    struct pos at = {.file = arena_fmt(a, "--set " STR_F, STR_A(path))};
    struct value *v, *map = root;
    struct err e = {0};

    if (!path.n || path.n == strlen(row)) {
        flaw_add(f, (struct pos){.file = "--set"}, row, "\"%s\" is not KEY=VALUE", row);
        return;
    }
    if (value_yaml(value, at.file, a, &v, &e)) {
        flaw_add(f, (struct pos){0}, row, "%s", e.msg);
        return;
    }
    while (map) {
        struct str key = map->kind == VALUE_MAP ? first_key(o, map, &path) : str_split(&path, '.');
        struct value *in = map->kind == VALUE_LIST ? list_member(map, key) : map_member(map, key);

        if (!key.n || (!in && map->kind == VALUE_LIST)) {
            flaw_add(f, at, row, "there is nothing at this place of the recipe");
            return;
        }
        if (!path.n) {
            v->at = v->key_at = at;
            if (in)
                replace(in, v);
            else
                value_set(a, map, str_z(a, key), v);
            return;
        }
        if (!in) {
            in = value_new(a, VALUE_MAP);
            in->at = in->key_at = at;
            value_set(a, map, str_z(a, key), in);
        }
        map = in->kind == VALUE_MAP || in->kind == VALUE_LIST ? in : NULL;
    }
    flaw_add(f, at, row, "the recipe has a single value where this wants to go deeper");
}

void sources_set(const struct load_opts *o, struct arena *a, struct value *root, struct flaws *f) {
    for (size_t i = 0; i < o->n_set; i++)
        set_one(o, a, root, o->set[i], f);
    if (o->set_version) {
        struct value *v = value_str(a, str_dup(a, str_of(o->set_version)));

        v->quoted = true;
        v->at = v->key_at = (struct pos){.file = "the version given"};
        value_set(a, root, "version", v);
    }
}
