/* SPDX-License-Identifier: Apache-2.0 */
#include "text/value.h"

#include <inttypes.h>

struct value *value_new(struct arena *a, enum value_kind k) {
    struct value *v = arena_alloc(a, sizeof *v);

    v->kind = k;
    return v;
}

struct value *value_str(struct arena *a, struct str s) {
    struct value *v = value_new(a, VALUE_STR);

    v->s = s;
    return v;
}

struct value *value_int(struct arena *a, int64_t i) {
    struct value *v = value_new(a, VALUE_INT);

    v->i = i;
    v->s = str_fmt(a, "%" PRId64, i);
    return v;
}

struct value *value_bool(struct arena *a, bool b) {
    struct value *v = value_new(a, VALUE_BOOL);

    v->b = b;
    v->s = b ? STR("true") : STR("false");
    return v;
}

void value_add(struct value *list, struct value *v) {
    v->next = NULL;
    if (list->last)
        list->last->next = v;
    else
        list->child = v;
    list->last = v;
    list->n++;
}

void value_set(struct arena *a, struct value *map, const char *key, struct value *v) {
    struct str k = str_of(key);
    struct value *before = NULL;

    for (struct value *c = map->child; c; before = c, c = c->next) {
        if (!str_eq(c->key, k))
            continue;
        v->key = c->key;
        v->next = c->next;
        if (before)
            before->next = v;
        else
            map->child = v;
        if (map->last == c)
            map->last = v;
        return;
    }
    v->key = str_dup(a, k);
    value_add(map, v);
}

static const struct value *member(const struct value *v, struct str key) {
    if (!v || v->kind != VALUE_MAP)
        return NULL;
    for (const struct value *c = v->child; c; c = c->next)
        if (str_eq(c->key, key))
            return c;
    return NULL;
}

const struct value *value_get(const struct value *map, const char *key) {
    return member(map, str_of(key));
}

struct str value_text(const struct value *map, const char *key) {
    const struct value *v = value_get(map, key);

    return v && v->kind == VALUE_STR ? v->s : (struct str){0};
}

bool value_flag(const struct value *map, const char *key, bool otherwise) {
    const struct value *v = value_get(map, key);

    return v && v->kind == VALUE_BOOL ? v->b : otherwise;
}

int64_t value_number(const struct value *map, const char *key, int64_t otherwise) {
    const struct value *v = value_get(map, key);

    return v && v->kind == VALUE_INT ? v->i : otherwise;
}

const char *value_kind_name(enum value_kind k) {
    static const char *const names[] = {
        [VALUE_NULL] = "nothing", [VALUE_BOOL] = "true or false", [VALUE_INT] = "a number",
        [VALUE_STR] = "a string", [VALUE_LIST] = "a list",        [VALUE_MAP] = "a map",
    };

    return names[k];
}

const struct value *value_find(const struct value *root, struct str path) {
    const struct value *v = root;

    while (v && path.n) {
        struct str part = str_split(&path, '.');
        uint64_t i;

        if (v->kind != VALUE_LIST) {
            v = member(v, part);
        } else if (str_u64(part, UINT32_MAX, &i)) {
            for (v = v->child; v && i; i--)
                v = v->next;
        } else {
            v = NULL;
        }
    }
    return v;
}

struct value *value_copy(struct arena *a, const struct value *v) {
    struct value *c = arena_alloc(a, sizeof *c);

    *c = *v;
    c->child = c->last = c->next = NULL;
    c->n = 0;
    for (const struct value *m = v->child; m; m = m->next)
        value_add(c, value_copy(a, m));
    return c;
}

const char *value_where(struct arena *a, struct pos at) {
    if (!at.file)
        return "";
    if (!at.line)
        return arena_fmt(a, "%s", at.file);
    return arena_fmt(a, "%s:%u:%u", at.file, at.line, at.col);
}
