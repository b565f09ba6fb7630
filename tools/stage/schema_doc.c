/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/schema_doc.h"

#include "stage/keys.h"

#include <inttypes.h>
#include <string.h>

enum { QUEUE_MAX = 200 };

/* Tables still to be written, each once, in the order in which they are first named. */
struct doc {
    struct arena mem;
    struct {
        const struct schema *table;
        const char *name, *help;
    } queue[QUEUE_MAX];
    size_t n;
    struct buf *out;
};

static void doc_drop(struct doc *d) {
    arena_drop(&d->mem);
}

static const char *kind_of(struct doc *d, const struct schema *s, const char *name);

/* Where Markdown readers jump to: a heading in lower case without its dots. */
static const char *anchor(struct doc *d, const char *name) {
    char *z = arena_fmt(&d->mem, "%s", name), *to = z;

    for (const char *p = name; *p; p++)
        if (*p != '.')
            *to++ = *p;
    *to = '\0';
    return z;
}

static const char *see(struct doc *d, const struct schema *table, const char *name,
                       const char *help) {
    size_t i = 0;

    if (!table || !table->key)
        return "map";
    while (i < d->n && d->queue[i].table != table)
        i++;
    if (i == d->n && d->n < QUEUE_MAX) {
        d->queue[d->n].table = table;
        d->queue[d->n].name = name;
        d->queue[d->n++].help = help;
    }
    return arena_fmt(&d->mem, "[map](#%s)", anchor(d, d->queue[i < QUEUE_MAX ? i : 0].name));
}

static const char *words_of(struct doc *d, const char *const *words) {
    const char *all = "";

    for (size_t i = 0; words && words[i]; i++)
        all = arena_fmt(&d->mem, "%s%s`%s`", all, i ? ", " : "", words[i]);
    return all;
}

static const char *number_of(struct doc *d, const struct schema *s) {
    if (!s->min && !s->max)
        return "number";
    if (s->min == s->max)
        return arena_fmt(&d->mem, "`%" PRId64 "`", s->min);
    if (s->max == INT64_MAX)
        return arena_fmt(&d->mem, "number from %" PRId64, s->min);
    return arena_fmt(&d->mem, "%" PRId64 " to %" PRId64, s->min, s->max);
}

static const char *pick_of(struct doc *d, const struct schema *s) {
    const char *all = arena_fmt(&d->mem, "map with `%s`:", s->pattern);

    for (const struct schema *row = s->sub; row && row->key; row++) {
        const char *name = arena_fmt(&d->mem, "%s-%s", s->pattern, row->key);

        see(d, row->sub, name, row->help);
        all = arena_fmt(&d->mem, "%s%s [%s](#%s)", all, row == s->sub ? "" : ",", row->key, name);
    }
    return all;
}

static const char *kind_of(struct doc *d, const struct schema *s, const char *name) {
    switch (s->kind) {
    case SCHEMA_STR:
        if (s->flags & SCHEMA_OR_LIST)
            return "text, or list of strings";
        return s->flags & SCHEMA_PATH ? "file" : s->flags & SCHEMA_LINES ? "text" : "string";
    case SCHEMA_BOOL:
        return "`true`, `false`";
    case SCHEMA_INT:
        return number_of(d, s);
    case SCHEMA_WORD:
        return words_of(d, s->words);
    case SCHEMA_MAP:
        return see(d, s->sub, name, s->help);
    case SCHEMA_LIST:
        return arena_fmt(&d->mem, "%slist: %s", s->flags & SCHEMA_ONE_OR_LIST ? "one or " : "",
                         kind_of(d, s->sub, name));
    case SCHEMA_DICT:
        return arena_fmt(&d->mem, "map of own keys: %s", kind_of(d, s->sub, name));
    case SCHEMA_PICK:
        return pick_of(d, s);
    case SCHEMA_ANY:
        break;
    }
    return "any";
}

static bool common(const struct schema *row) {
    for (const struct schema *o = keys_overrides(); o->key; o++)
        if (!strcmp(o->key, row->key) && o->help == row->help)
            return true;
    return false;
}

static void row_of(struct doc *d, const struct schema *row) {
    buf_fmt(d->out, "| `%s`%s | %s | %s |\n", row->key,
            row->flags & SCHEMA_REQUIRED ? " (required)" : "", kind_of(d, row, row->key),
            row->help ? row->help : "");
}

/* The keys that every format's section has are told once. */
static void table_of(struct doc *d, const struct schema *table) {
    size_t shared = 0, own = 0;

    for (; table && table->key; table++) {
        if (common(table)) {
            shared++;
            continue;
        }
        if (!own++)
            buf_z(d->out, "| key | value | |\n|---|---|---|\n");
        row_of(d, table);
    }
    if (shared)
        buf_fmt(d->out, "%s [keys of every format](#every-format).\n", own ? "\nAnd the" : "The");
}

static void every_format(struct doc *d) {
    buf_z(d->out, "\n### every-format\n\nThe section of a format may hold these too. They count "
                  "for its packages only; in a target, for that target's only.\n\n"
                  "| key | value | |\n|---|---|---|\n");
    for (const struct schema *o = keys_overrides(); o->key; o++)
        row_of(d, o);
}

int schema_doc(const struct load_section *sections, struct buf *out, struct err *e) {
    AUTO(doc) d = {.out = out};
    const struct schema *root = keys_recipe(sections, &d.mem);

    table_of(&d, root);
    for (size_t i = 0; i < d.n; i++) {
        buf_fmt(out, "\n### %s\n\n", d.queue[i].name);
        if (d.queue[i].help)
            buf_fmt(out, "%s\n\n", d.queue[i].help);
        table_of(&d, d.queue[i].table);
    }
    every_format(&d);
    return buf_check(out, "the tables", e);
}
