/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* A tree of values with the positions they were written at; YAML and JSON are read into it. */
struct pos {
    const char *file;   /* as the user named it; NULL: made by us */
    unsigned line, col; /* from 1 */
};

enum value_kind { VALUE_NULL, VALUE_BOOL, VALUE_INT, VALUE_STR, VALUE_LIST, VALUE_MAP };

struct value {
    enum value_kind kind;
    struct pos at;                     /* of the value */
    struct pos key_at;                 /* of its key in a map */
    struct str key;                    /* its key when it stands in a map */
    struct str s;                      /* VALUE_STR; for scalars also the text as written */
    int64_t i;                         /* VALUE_INT */
    bool b;                            /* VALUE_BOOL */
    bool quoted;                       /* a quoted or block scalar: never anything but a string */
    struct value *child, *last, *next; /* first and last member, next sibling; in written order */
    size_t n;                          /* members */
};

struct value *value_new(struct arena *a, enum value_kind k);
struct value *value_str(struct arena *a, struct str s);
struct value *value_int(struct arena *a, int64_t i);
struct value *value_bool(struct arena *a, bool b);
void value_add(struct value *list,
               struct value *v); /* to a list; to a map when v->key is set and not there yet */
void value_set(struct arena *a, struct value *map, const char *key,
               struct value *v); /* adds or replaces */
const struct value *value_get(const struct value *map,
                              const char *key);                  /* NULL: absent, or not a map */
struct str value_text(const struct value *map, const char *key); /* a string member, else empty */
bool value_flag(const struct value *map, const char *key, bool otherwise);
int64_t value_number(const struct value *map, const char *key, int64_t otherwise);
const char *value_kind_name(enum value_kind k); /* "a list" */

/* The member at a dotted path, "sign.openpgp.key", a list's member by its index, "publish.0.to";
 * NULL when a part of the path is not there. */
const struct value *value_find(const struct value *root, struct str path);

/* A deep copy with all positions; it belongs to no list or map, its key is kept. */
struct value *value_copy(struct arena *a, const struct value *v);

/* "file:line:col" in the arena, "file" without a line; "" for values made by us. */
const char *value_where(struct arena *a, struct pos at);

/* YAML 1.2 by libyaml. Limits: 4 MiB of text, depth 64, 100,000 nodes; aliases are expanded and
 * count; tags, several documents, duplicate keys and invalid UTF-8 are E_RECIPE with the position.
 * `file` names it in positions. */
int value_yaml(struct str text, const char *file, struct arena *a, struct value **v,
               struct err *e) MUST_USE;

/* JSON by jansson (RFC 8259), same limits but 64 MiB and 5 million nodes; E_INPUT. No positions
 * beyond the file. Numbers with a fraction or an exponent are VALUE_STR, not `quoted`. */
int value_json(struct str text, const char *file, struct arena *a, struct value **v,
               struct err *e) MUST_USE;

/* Appends s as a JSON string with its quotes; what is not UTF-8 becomes U+FFFD. */
void value_write_quoted(struct str s, struct buf *out);

/* JSON text: compact, or indented by two blanks with a newline at the end; members in order. */
void value_write_json(const struct value *v, bool indent, struct buf *out);
/* YAML text that reads back as the same tree (strings quoted where YAML would take them for
 * something else). */
void value_write_yaml(const struct value *v, struct buf *out);
