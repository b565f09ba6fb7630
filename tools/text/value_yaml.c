/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"
#include "text/value.h"

#include <string.h>
#include <yaml.h>

enum {
    YAML_TEXT_MAX = 4 * 1024 * 1024,
    YAML_NODES_MAX = 100000,
    YAML_DEPTH_MAX = 64,
    YAML_FEW = 16 /* members of a map that are compared one by one */
};

struct anchor {
    struct value *v; /* NULL while it is being read */
};

struct reader {
    yaml_parser_t parser;
    yaml_event_t ev;
    bool open, have;
    struct str text;
    const char *file;
    struct arena *mem;
    struct map anchors;
    size_t nodes;
    struct err *e;
};

static void forget(struct reader *r) {
    if (r->have)
        yaml_event_delete(&r->ev);
    r->have = false;
}

static void reader_drop(struct reader *r) {
    forget(r);
    if (r->open)
        yaml_parser_delete(&r->parser);
    r->open = false;
}

static struct pos pos_of(const struct reader *r, yaml_mark_t m) {
    return (struct pos){r->file, (unsigned)m.line + 1, (unsigned)m.column + 1};
}

static int bad_at(struct reader *r, yaml_mark_t m, const char *what) {
    return err_set(r->e, E_RECIPE, "%s:%zu:%zu: %s", r->file, m.line + 1, m.column + 1, what);
}

static int bad_byte(struct reader *r, size_t at, const char *what) {
    yaml_mark_t m = {0};

    for (size_t i = 0; i < at && i < r->text.n; i++) {
        unsigned char c = (unsigned char)r->text.p[i];

        if (c == '\n') {
            m.line++;
            m.column = 0;
        } else if ((c & 0xc0) != 0x80) {
            m.column++;
        }
    }
    return bad_at(r, m, what);
}

static int check_utf8(struct reader *r) {
    struct str t = r->text;
    size_t i = 0;

    if (str_utf8(t))
        return OK;
    while (i < t.n) {
        unsigned char c = (unsigned char)t.p[i];
        size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

        if (n > t.n - i || !str_utf8(str_cut(t, i, i + n)))
            break;
        i += n;
    }
    return bad_byte(r, i, "not valid UTF-8");
}

static int next(struct reader *r) {
    yaml_parser_t *p = &r->parser;

    forget(r);
    if (yaml_parser_parse(p, &r->ev)) {
        r->have = true;
        return OK;
    }
    if (p->error == YAML_READER_ERROR)
        return bad_byte(r, p->problem_offset, p->problem ? p->problem : "not readable as text");
    return bad_at(r, p->problem_mark, p->problem ? p->problem : "not YAML");
}

static int count(struct reader *r, yaml_mark_t at, unsigned depth) {
    if (depth > YAML_DEPTH_MAX)
        return bad_at(r, at, "nested deeper than 64 levels");
    if (++r->nodes > YAML_NODES_MAX)
        return bad_at(r, at, "more than 100000 values (aliases count each time)");
    return OK;
}

static bool one_of(struct str s, const char *low, const char *title, const char *upper) {
    return str_is(s, low) || str_is(s, title) || str_is(s, upper);
}

static bool digits(struct str s, unsigned base, uint64_t *v) {
    *v = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        unsigned d = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                     : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                     : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                            : 99;

        if (d >= base || *v > ((uint64_t)INT64_MAX - d) / base)
            return false;
        *v = *v * base + d;
    }
    return s.n > 0;
}

/* YAML 1.2, 10.3.2, without floats: 1.10 is a version more often than a number. An integer that
 * does not fit stays a string too. */
static void resolve(struct value *v) {
    struct str s = v->s, t = s;
    bool minus = s.n && s.p[0] == '-';
    uint64_t u;

    if (!s.n || str_is(s, "~") || one_of(s, "null", "Null", "NULL")) {
        v->kind = VALUE_NULL;
    } else if (one_of(s, "true", "True", "TRUE") || one_of(s, "false", "False", "FALSE")) {
        v->kind = VALUE_BOOL;
        v->b = s.p[0] == 't' || s.p[0] == 'T';
    } else {
        if (minus || s.p[0] == '+')
            t = str_cut(s, 1, s.n);
        if (digits(t, 10, &u) || (str_starts(s, "0o") && digits(str_cut(s, 2, s.n), 8, &u)) ||
            (str_starts(s, "0x") && digits(str_cut(s, 2, s.n), 16, &u))) {
            v->kind = VALUE_INT;
            v->i = minus ? -(int64_t)u : (int64_t)u;
        }
    }
}

static int node(struct reader *r, unsigned depth, struct value **out);

static int anchor_new(struct reader *r, const yaml_char_t *name, struct anchor **out) {
    struct str key = str_of((const char *)name);

    *out = NULL;
    if (!name)
        return OK;
    *out = map_get(&r->anchors, key);
    if (!*out) {
        *out = arena_alloc(r->mem, sizeof **out);
        map_put(&r->anchors, str_dup(r->mem, key), *out);
    }
    (*out)->v = NULL; /* an anchor may be used again for something else */
    return OK;
}

static int copy(struct reader *r, const struct value *v, unsigned depth, struct value **out) {
    struct value *c;

    if (count(r, r->ev.start_mark, depth))
        return (int)r->e->code;
    c = arena_alloc(r->mem, sizeof *c);
    *c = *v;
    c->child = c->last = c->next = NULL;
    c->n = 0;
    for (const struct value *m = v->child; m; m = m->next) {
        struct value *k = NULL;

        if (copy(r, m, depth + 1, &k))
            return (int)r->e->code;
        value_add(c, k);
    }
    *out = c;
    return OK;
}

static int alias(struct reader *r, unsigned depth, struct value **out) {
    struct str name = str_of((const char *)r->ev.data.alias.anchor);
    struct anchor *a = map_get(&r->anchors, name);

    if (!a)
        return bad_at(r, r->ev.start_mark,
                      arena_fmt(r->mem, "no anchor \"" STR_F "\" before this", STR_A(name)));
    if (!a->v)
        return bad_at(r, r->ev.start_mark,
                      arena_fmt(r->mem, "\"" STR_F "\" would hold itself", STR_A(name)));
    return copy(r, a->v, depth, out);
}

static int sequence(struct reader *r, unsigned depth, struct value *v) {
    for (;;) {
        struct value *c;

        if (next(r))
            return (int)r->e->code;
        if (r->ev.type == YAML_SEQUENCE_END_EVENT)
            return OK;
        if (node(r, depth + 1, &c))
            return (int)r->e->code;
        value_add(v, c);
    }
}

/* The same key twice is a mistake that most YAML readers pass over in silence. */
static int once(struct reader *r, const struct value *map, struct map *seen, struct str key,
                struct pos at, struct value *c) {
    const struct value *old = NULL;

    if (map->n < YAML_FEW) {
        for (old = map->child; old && !str_eq(old->key, key);)
            old = old->next;
    } else {
        if (!seen->n)
            for (struct value *m = map->child; m; m = m->next)
                map_put(seen, m->key, m);
        old = map_put(seen, key, c);
    }
    if (!old)
        return OK;
    return err_set(r->e, E_RECIPE, "%s:%u:%u: key \"" STR_F "\" is here twice, first in line %u",
                   r->file, at.line, at.col, STR_A(key), old->key_at.line);
}

static int map_member(struct reader *r, unsigned depth, struct value *v, struct map *seen) {
    struct pos at = pos_of(r, r->ev.start_mark);
    struct value *c;
    struct str key;

    if (r->ev.type != YAML_SCALAR_EVENT)
        return bad_at(r, r->ev.start_mark, "a key is a plain or quoted word here");
    if (r->ev.data.scalar.tag)
        return bad_at(r, r->ev.start_mark, "tags are not used here");
    if (r->ev.data.scalar.anchor)
        return bad_at(r, r->ev.start_mark, "a key takes no anchor here");
    key = str_dup(r->mem,
                  (struct str){(const char *)r->ev.data.scalar.value, r->ev.data.scalar.length});
    if (!key.n && r->ev.data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        return bad_at(r, r->ev.start_mark, "a key is missing before ':'");
    if (next(r) || node(r, depth + 1, &c) || once(r, v, seen, key, at, c))
        return (int)r->e->code;
    c->key = key;
    c->key_at = at;
    value_add(v, c);
    return OK;
}

static int mapping(struct reader *r, unsigned depth, struct value *v) {
    struct map seen = {.mem = r->mem};

    for (;;) {
        if (next(r))
            return (int)r->e->code;
        if (r->ev.type == YAML_MAPPING_END_EVENT)
            return OK;
        if (map_member(r, depth, v, &seen))
            return (int)r->e->code;
    }
}

static const yaml_char_t *tag_of(const yaml_event_t *ev) {
    return ev->type == YAML_SCALAR_EVENT           ? ev->data.scalar.tag
           : ev->type == YAML_SEQUENCE_START_EVENT ? ev->data.sequence_start.tag
                                                   : ev->data.mapping_start.tag;
}

static const yaml_char_t *anchor_of(const yaml_event_t *ev) {
    return ev->type == YAML_SCALAR_EVENT           ? ev->data.scalar.anchor
           : ev->type == YAML_SEQUENCE_START_EVENT ? ev->data.sequence_start.anchor
                                                   : ev->data.mapping_start.anchor;
}

/* The value that begins with the current event, up to and with its last event. */
static int node(struct reader *r, unsigned depth, struct value **out) {
    const yaml_event_t *ev = &r->ev;
    struct anchor *a;
    struct value *v;

    if (ev->type == YAML_ALIAS_EVENT)
        return alias(r, depth, out);
    if (count(r, ev->start_mark, depth))
        return (int)r->e->code;
    if (tag_of(ev))
        return bad_at(r, ev->start_mark, "tags are not used here");
    if (anchor_new(r, anchor_of(ev), &a))
        return (int)r->e->code;
    v = *out = value_new(r->mem, VALUE_STR);
    v->at = pos_of(r, ev->start_mark);
    if (ev->type == YAML_SCALAR_EVENT) {
        v->s = str_dup(r->mem,
                       (struct str){(const char *)ev->data.scalar.value, ev->data.scalar.length});
        v->quoted = ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        if (!v->quoted)
            resolve(v);
    } else {
        v->kind = ev->type == YAML_SEQUENCE_START_EVENT ? VALUE_LIST : VALUE_MAP;
        if (v->kind == VALUE_LIST ? sequence(r, depth, v) : mapping(r, depth, v))
            return (int)r->e->code;
    }
    if (a)
        a->v = v;
    return OK;
}

static int document(struct reader *r, struct value **v) {
    if (next(r) || next(r)) /* stream start, document start */
        return (int)r->e->code;
    if (r->ev.type == YAML_STREAM_END_EVENT) {
        *v = value_new(r->mem, VALUE_NULL);
        (*v)->at = (struct pos){r->file, 1, 1};
        return OK;
    }
    if (next(r) || node(r, 0, v) || next(r) || next(r)) /* document end, stream end */
        return (int)r->e->code;
    if (r->ev.type != YAML_STREAM_END_EVENT)
        return bad_at(r, r->ev.start_mark, "a second document begins here; one is expected");
    return OK;
}

int value_yaml(struct str text, const char *file, struct arena *a, struct value **v,
               struct err *e) {
    AUTO_CLEANUP(reader_drop)
    struct reader r = {
        .text = text, .file = arena_fmt(a, "%s", file), .mem = a, .anchors = {.mem = a}, .e = e};

    *v = NULL;
    if (text.n > YAML_TEXT_MAX)
        return err_set(e, E_RECIPE, "%s: larger than %d MiB", file, YAML_TEXT_MAX >> 20);
    if (check_utf8(&r))
        return (int)e->code;
    if (!yaml_parser_initialize(&r.parser))
        return err_set(e, E_BUG, "out of memory");
    r.open = true;
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)(text.p ? text.p : ""), text.n);
    if (document(&r, v)) {
        *v = NULL;
        return (int)e->code;
    }
    return OK;
}
