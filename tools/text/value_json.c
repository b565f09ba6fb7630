/* SPDX-License-Identifier: Apache-2.0 */
#include "text/value.h"

#include <jansson.h>
#include <stdio.h>

enum { JSON_TEXT_MAX = 64 * 1024 * 1024, JSON_NODES_MAX = 5000000, JSON_DEPTH_MAX = 64 };

/* Counts nesting and members before jansson spends memory on them. */
static int measure(struct str text, const char *file, struct err *e) {
    size_t depth = 0, nodes = 1, line = 1;
    bool quoted = false;

    if (text.n > JSON_TEXT_MAX)
        return err_set(e, E_INPUT, "%s: larger than %d MiB", file, JSON_TEXT_MAX >> 20);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (c == '\n')
            line++;
        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = false;
            continue;
        }
        if (c == '"')
            quoted = true;
        else if (c == ']' || c == '}')
            depth -= depth > 0;
        else if (c == '[' || c == '{')
            depth++;
        if (c == ',' || c == '[' || c == '{')
            nodes++;
        if (depth > JSON_DEPTH_MAX)
            return err_set(e, E_INPUT, "%s:%zu: nested deeper than %d", file, line, JSON_DEPTH_MAX);
        if (nodes > JSON_NODES_MAX)
            return err_set(e, E_INPUT, "%s:%zu: more than %d values", file, line, JSON_NODES_MAX);
    }
    return OK;
}

static struct value *convert(json_t *j, const char *file, struct arena *a) {
    struct value *v = NULL, *m;
    const char *key;
    size_t i;
    json_t *c;

    switch (json_typeof(j)) {
    case JSON_OBJECT: {
        v = value_new(a, VALUE_MAP);
        json_object_foreach(j, key, c) {
            m = convert(c, file, a);
            m->key = str_dup(a, str_of(key));
            m->key_at = (struct pos){.file = file};
            value_add(v, m);
        }
        break;
    }
    case JSON_ARRAY: {
        v = value_new(a, VALUE_LIST);
        for (i = 0; i < json_array_size(j); i++)
            value_add(v, convert(json_array_get(j, i), file, a));
        break;
    }
    case JSON_STRING:
        v = value_str(a, str_dup(a, (struct str){json_string_value(j), json_string_length(j)}));
        v->quoted = true;
        break;
    case JSON_INTEGER:
        v = value_int(a, json_integer_value(j));
        break;
    case JSON_REAL:
        v = value_str(a, str_fmt(a, "%.17g", json_real_value(j)));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        v = value_bool(a, json_is_true(j));
        break;
    case JSON_NULL:
    default:
        v = value_new(a, VALUE_NULL);
        break;
    }
    v->at = (struct pos){.file = file};
    return v;
}

int value_json(struct str text, const char *file, struct arena *a, struct value **v,
               struct err *e) {
    json_error_t bad;
    json_t *root;

    *v = NULL;
    if (measure(text, file, e))
        return (int)e->code;
    root = json_loadb(text.p ? text.p : "", text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &bad);
    if (!root)
        return err_set(e, E_INPUT, "%s:%d:%d: %s", file, bad.line > 0 ? bad.line : 1,
                       bad.column > 0 ? bad.column : 1, bad.text);
    *v = convert(root, arena_fmt(a, "%s", file), a);
    json_decref(root);
    return OK;
}
