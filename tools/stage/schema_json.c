/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/schema_json.h"

#include "stage/keys.h"

#include <string.h>

enum { DEFS_MAX = 200 };

/* Tables are written once, under $defs. */
struct defs {
    struct arena mem;
    struct {
        const struct schema *table;
        const char *name;
    } seen[DEFS_MAX];
    size_t n;
    struct value *map;
};

static void defs_drop(struct defs *d) {
    arena_drop(&d->mem);
}

static struct value *node(struct defs *d, const struct schema *s, const char *name);

static struct value *map_new(struct defs *d) {
    return value_new(&d->mem, VALUE_MAP);
}

static void set(struct defs *d, struct value *map, const char *key, struct value *v) {
    value_set(&d->mem, map, key, v);
}

static void set_z(struct defs *d, struct value *map, const char *key, const char *z) {
    set(d, map, key, value_str(&d->mem, str_of(z)));
}

static struct value *list_of(struct defs *d, const char *const *words) {
    struct value *list = value_new(&d->mem, VALUE_LIST);

    for (; words && *words; words++)
        value_add(list, value_str(&d->mem, str_of(*words)));
    return list;
}

static struct value *either(struct defs *d, struct value *a, struct value *b) {
    struct value *list = value_new(&d->mem, VALUE_LIST), *m = map_new(d);

    value_add(list, a);
    value_add(list, b);
    set(d, m, "anyOf", list);
    return m;
}

static struct value *typed(struct defs *d, const char *type) {
    struct value *m = map_new(d);

    set_z(d, m, "type", type);
    return m;
}

static const char *or_variable(struct defs *d, const char *pattern) {
    return arena_fmt(&d->mem, "(?:%s)|\\{\\{", pattern);
}

static struct value *text(struct defs *d, const struct schema *s) {
    struct value *m = map_new(d);
    const char *kind = s->flags & SCHEMA_LINES ? "lines" : "line";

    if (s->flags & SCHEMA_QUOTED)
        set_z(d, m, "type", "string");
    set_z(d, m, "$ref", arena_fmt(&d->mem, "#/$defs/%s", kind));
    if (s->pattern)
        set_z(d, m, "pattern", or_variable(d, s->pattern));
    if (s->flags & SCHEMA_OR_LIST) {
        struct value *list = typed(d, "array");

        set(d, list, "items", m);
        set(d, list, "minItems", value_int(&d->mem, 1));
        return either(d, value_copy(&d->mem, m), list);
    }
    return m;
}

static struct value *number(struct defs *d, const struct schema *s) {
    struct value *m = map_new(d);

    if (s->min && s->min == s->max) {
        set(d, m, "const", value_int(&d->mem, s->min));
        return m;
    }
    set_z(d, m, "type", "integer");
    if (s->min || s->max) {
        set(d, m, "minimum", value_int(&d->mem, s->min));
        if (s->max != INT64_MAX)
            set(d, m, "maximum", value_int(&d->mem, s->max));
    }
    return m;
}

static struct value *word(struct defs *d, const struct schema *s) {
    struct value *m = map_new(d), *variable = typed(d, "string");

    set(d, m, "enum", list_of(d, s->words));
    set_z(d, variable, "pattern", "\\{\\{");
    return either(d, m, variable);
}

static void members(struct defs *d, struct value *m, const struct schema *table, const char *pick,
                    const char *picked) {
    struct value *keys = map_new(d), *need = value_new(&d->mem, VALUE_LIST);

    if (pick) {
        struct value *one = map_new(d);

        set_z(d, one, "const", picked);
        set(d, keys, pick, one);
        value_add(need, value_str(&d->mem, str_of(pick)));
    }
    for (; table && table->key; table++) {
        struct value *v = node(d, table, table->key);

        if (table->help)
            set_z(d, v, "description", table->help);
        if (!pick || strcmp(pick, table->key) != 0)
            set(d, keys, table->key, v);
        if (table->flags & SCHEMA_REQUIRED)
            value_add(need, value_str(&d->mem, str_of(table->key)));
    }
    set_z(d, m, "type", "object");
    set(d, m, "properties", keys);
    if (need->n)
        set(d, m, "required", need);
    set(d, m, "additionalProperties", value_bool(&d->mem, false));
}

static const char *name_of(struct defs *d, const struct schema *table, const char *name,
                           bool *fresh) {
    unsigned same = 1;

    *fresh = false;
    for (size_t i = 0; i < d->n; i++)
        if (d->seen[i].table == table)
            return d->seen[i].name;
        else if (str_starts(str_of(d->seen[i].name), name) &&
                 (!d->seen[i].name[strlen(name)] || d->seen[i].name[strlen(name)] == '~'))
            same++;
    *fresh = true;
    if (same > 1)
        name = arena_fmt(&d->mem, "%s~%u", name, same);
    if (d->n < DEFS_MAX) {
        d->seen[d->n].table = table;
        d->seen[d->n++].name = name;
    }
    return name;
}

static struct value *map_ref(struct defs *d, const struct schema *table, const char *name) {
    struct value *ref = map_new(d), *m;
    bool fresh;

    if (!table) { /* nothing may stand in it */
        members(d, ref, NULL, NULL, NULL);
        return ref;
    }
    name = name_of(d, table, name, &fresh);
    if (fresh) {
        m = map_new(d);
        set(d, d->map, name, m); /* before its members, so that it stands where it is first used */
        members(d, m, table, NULL, NULL);
    }
    /* JSON Pointer, RFC 6901: a ~ in a name is ~0 */
    if (strchr(name, '~'))
        name = arena_fmt(&d->mem, "%.*s~0%s", (int)(strchr(name, '~') - name), name,
                         strchr(name, '~') + 1);
    set_z(d, ref, "$ref", arena_fmt(&d->mem, "#/$defs/%s", name));
    return ref;
}

static struct value *pick(struct defs *d, const struct schema *s) {
    struct value *m = map_new(d), *list = value_new(&d->mem, VALUE_LIST);

    for (const struct schema *row = s->sub; row && row->key; row++) {
        struct value *one = map_new(d);

        members(d, one, row->sub, s->pattern, row->key);
        value_add(list, one);
    }
    set(d, m, "oneOf", list);
    return m;
}

static struct value *list(struct defs *d, const struct schema *s, const char *name) {
    struct value *m = typed(d, "array");

    set(d, m, "items", node(d, s->sub, name));
    if (s->min)
        set(d, m, "minItems", value_int(&d->mem, s->min));
    if (!(s->flags & SCHEMA_ONE_OR_LIST))
        return m;
    return either(d, node(d, s->sub, name), m);
}

static struct value *node(struct defs *d, const struct schema *s, const char *name) {
    struct value *m;

    switch (s->kind) {
    case SCHEMA_STR:
        return text(d, s);
    case SCHEMA_BOOL:
        return typed(d, "boolean");
    case SCHEMA_INT:
        return number(d, s);
    case SCHEMA_WORD:
        return word(d, s);
    case SCHEMA_LIST:
        return list(d, s, name);
    case SCHEMA_MAP:
        return map_ref(d, s->sub, name);
    case SCHEMA_PICK:
        return pick(d, s);
    case SCHEMA_DICT:
        m = typed(d, "object");
        set(d, m, "additionalProperties", node(d, s->sub, name));
        return m;
    case SCHEMA_ANY:
        break;
    }
    return map_new(d);
}

static void text_defs(struct defs *d) {
    static const char *const scalars[] = {"string", "number", "boolean", NULL};
    struct value *line = map_new(d), *lines = map_new(d);

    set(d, line, "type", list_of(d, scalars));
    set_z(d, line, "pattern", "^[^\\u0000-\\u001f\\u007f]*$");
    set(d, lines, "type", list_of(d, scalars));
    set_z(d, lines, "pattern", "^[^\\u0000-\\u0008\\u000b-\\u001f\\u007f]*$");
    set(d, d->map, "line", line);
    set(d, d->map, "lines", lines);
}

/* What a recipe needs may stand in the one it extends. */
static void need_or_extend(struct defs *d, struct value *root) {
    static const char *const extends[] = {"extends", NULL};
    struct value *test = map_new(d), *need = map_new(d), *m = map_new(d);

    for (const struct value *c = root->child; c; c = c->next)
        if (str_is(c->key, "required"))
            set(d, need, "required", value_copy(&d->mem, c));
        else
            set(d, m, str_z(&d->mem, c->key), value_copy(&d->mem, c));
    set(d, test, "required", list_of(d, extends));
    set(d, m, "if", test);
    set(d, m, "else", need);
    *root = *m;
}

int schema_json(const struct load_section *sections, struct buf *out, struct err *e) {
    AUTO(defs) d = {.n = 0};
    const struct schema *table = keys_recipe(sections, &d.mem);
    struct value *root, *top = map_new(&d);

    d.map = map_new(&d);
    root = map_new(&d);
    text_defs(&d);
    members(&d, root, table, NULL, NULL);
    need_or_extend(&d, root);
    set_z(&d, top, "$schema", "https://json-schema.org/draft/2020-12/schema");
    set_z(&d, top, "title", "slipway recipe");
    for (struct value *c = root->child; c; c = c->next)
        set(&d, top, str_z(&d.mem, c->key), value_copy(&d.mem, c));
    set(&d, top, "$defs", d.map);
    value_write_json(top, true, out);
    return buf_check(out, "the schema", e);
}
