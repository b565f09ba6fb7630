/* SPDX-License-Identifier: Apache-2.0 */
#include "model/schema.h"

#include "model/flaw.h"
#include "model/peers.h"

#include <inttypes.h>
#include <string.h>

struct walk {
    struct flaws *f;
    struct arena *mem;
};

static bool check_value(struct walk *w, struct value *v, const struct schema *s, const char *name,
                        const char *place);

const struct schema *schema_find(const struct schema *table, struct str key) {
    for (; table && table->key; table++)
        if (str_is(key, table->key))
            return table;
    return NULL;
}

/* One edit a third of the word, at least one: "formts" for "formats", but "x" is nothing near "os".
 */
static bool nearer(struct str word, const char *candidate, size_t *least) {
    struct str c = str_of(candidate);
    size_t longer = word.n > c.n ? word.n : c.n, limit = longer / 3 ? longer / 3 : 1;
    size_t d = str_distance(word, c);

    if (d > limit || d >= longer || d >= *least)
        return false;
    *least = d;
    return true;
}

const char *schema_near(struct str word, const char *const *words) {
    const char *near = NULL;
    size_t least = SIZE_MAX;

    for (; words && *words; words++)
        if (nearer(word, *words, &least))
            near = *words;
    return near;
}

static const char *near_key(const struct walk *w, const struct value *v,
                            const struct schema *table) {
    const char *near = NULL;
    size_t least = SIZE_MAX, at = 0;

    while ((near = peers_call(v->key, &at)))
        if (schema_find(table, str_cut(str_of(near), 0, str_find(str_of(near), '.'))))
            return near;
    for (; table && table->key && !flaw_many(w->f); table++)
        if (nearer(v->key, table->key, &least))
            near = table->key;
    return near;
}

static const char *in_place(struct walk *w, const char *place) {
    return *place ? arena_fmt(w->mem, " in %s", place) : "";
}

/* What a user wrote, short enough for a message. */
static const char *shown(struct walk *w, struct str s) {
    enum { SHOWN_MAX = 60 };
    size_t n = s.n < SHOWN_MAX ? s.n : SHOWN_MAX;
    char *z;

    while (n < s.n && n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--;
    z = arena_fmt(w->mem, "\"%.*s%s\"", (int)n, s.n ? s.p : "", n < s.n ? "..." : "");
    for (char *p = z; *p; p++)
        if ((unsigned char)*p < 32 || *p == 127)
            *p = '?';
    return z;
}

static void unknown_key(struct walk *w, const struct value *v, const struct schema *table,
                        const char *place) {
    const char *near = near_key(w, v, table);
    const char *mend = near ? arena_fmt(w->mem, "; did you mean \"%s\"?", near) : "";

    flaw_add(w->f, v->key_at, "unknown key", "unknown key %s%s%s", shown(w, v->key),
             in_place(w, place), mend);
}

static const char *wanted(const struct schema *s) {
    switch (s->kind) {
    case SCHEMA_BOOL:
        return "true or false";
    case SCHEMA_INT:
        return "a number";
    case SCHEMA_WORD:
        return "a word";
    case SCHEMA_LIST:
        return "a list";
    case SCHEMA_MAP:
    case SCHEMA_DICT:
    case SCHEMA_PICK:
        return "a map";
    case SCHEMA_STR:
    case SCHEMA_ANY:
        break;
    }
    return s->flags & SCHEMA_OR_LIST ? "a string or a list of strings" : "a string";
}

static bool wrong_kind(struct walk *w, const struct value *v, const struct schema *s,
                       const char *name, const char *place) {
    if (v->kind == VALUE_NULL && v->quoted)
        return false; /* it could not be expanded, and that has been told */
    if (v->kind == VALUE_NULL)
        flaw_add(w->f, v->at, name, "%s%s has no value; %s is expected", name, in_place(w, place),
                 wanted(s));
    else
        flaw_add(w->f, v->at, name, "%s%s must be %s, not %s", name, in_place(w, place), wanted(s),
                 value_kind_name(v->kind));
    return false;
}

static bool control_free(struct str s, bool lines) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if ((c < 32 || c == 127) && !(lines && (c == '\n' || c == '\t')))
            return false;
    }
    return true;
}

static bool check_text(struct walk *w, struct value *v, const struct schema *s, const char *name,
                       const char *place) {
    struct err e = {0};

    if (!control_free(v->s, s->flags & SCHEMA_LINES)) {
        flaw_add(w->f, v->at, name, "%s%s %s", name, in_place(w, place),
                 s->flags & SCHEMA_LINES ? "holds control characters"
                                         : "must be one line without control characters");
        return false;
    }
    if (s->check && s->check(v->s, &e)) {
        bool secret = s->flags & SCHEMA_SECRET;

        flaw_add(w->f, v->at, name, "bad %s%s%s%s; %s", name, secret ? "" : " ",
                 secret ? "" : shown(w, v->s), in_place(w, place), e.msg);
        return false;
    }
    return true;
}

static bool check_str(struct walk *w, struct value *v, const struct schema *s, const char *name,
                      const char *place) {
    if (v->kind == VALUE_LIST && s->flags & SCHEMA_OR_LIST) {
        struct schema item = *s;
        bool ok = true;

        item.flags &= ~(unsigned)SCHEMA_OR_LIST;
        for (struct value *c = v->child; c; c = c->next)
            ok &= check_str(w, c, &item, name, place);
        return ok;
    }
    if (v->kind == VALUE_INT || v->kind == VALUE_BOOL) {
        if (s->flags & SCHEMA_QUOTED) {
            flaw_add(w->f, v->at, name, "%s%s must be a string; write it in quotes: \"" STR_F "\"",
                     name, in_place(w, place), STR_A(v->s));
            return false;
        }
        v->kind = VALUE_STR;
    }
    if (v->kind != VALUE_STR)
        return wrong_kind(w, v, s, name, place);
    return check_text(w, v, s, name, place);
}

static bool check_int(struct walk *w, const struct value *v, const struct schema *s,
                      const char *name, const char *place) {
    if (v->kind != VALUE_INT)
        return wrong_kind(w, v, s, name, place);
    if ((!s->min && !s->max) || (v->i >= s->min && v->i <= s->max))
        return true;
    if (s->max == INT64_MAX)
        flaw_add(w->f, v->at, name, "%s%s must be at least %" PRId64, name, in_place(w, place),
                 s->min);
    else
        flaw_add(w->f, v->at, name, "%s%s must be between %" PRId64 " and %" PRId64, name,
                 in_place(w, place), s->min, s->max);
    return false;
}

static const char *near_word(struct str word, const char *const *words) {
    const char *theirs;
    size_t at = 0;

    while ((theirs = peers_call(word, &at)))
        for (size_t i = 0; words && words[i]; i++)
            if (!strcmp(words[i], theirs))
                return theirs;
    return schema_near(word, words);
}

static bool unknown_word(struct walk *w, const struct value *v, const char *const *words,
                         const char *name, const char *place) {
    const char *near = flaw_many(w->f) ? NULL : near_word(v->s, words);
    const char *mend = "";

    if (near) {
        mend = arena_fmt(w->mem, "; did you mean \"%s\"?", near);
    } else if (!flaw_many(w->f)) {
        mend = words && words[0] ? "; it is one of" : "; there is none to choose from";
        for (size_t i = 0; words && words[i]; i++)
            mend = arena_fmt(w->mem, "%s%s %s", mend, i ? "," : "", words[i]);
    }
    flaw_add(w->f, v->at, name, "unknown word %s for %s%s%s", shown(w, v->s), name,
             in_place(w, place), mend);
    return false;
}

static bool check_word(struct walk *w, struct value *v, const struct schema *s, const char *name,
                       const char *place) {
    if (v->kind == VALUE_INT || v->kind == VALUE_BOOL)
        v->kind = VALUE_STR; /* restart: no */
    if (v->kind != VALUE_STR)
        return wrong_kind(w, v, s, name, place);
    for (size_t i = 0; s->words && s->words[i]; i++)
        if (str_is(v->s, s->words[i]))
            return true;
    return unknown_word(w, v, s->words, name, place);
}

static void take_out(struct value *parent, struct value *before, struct value *v) {
    if (before)
        before->next = v->next;
    else
        parent->child = v->next;
    if (parent->last == v)
        parent->last = before;
    parent->n--;
}

static bool check_list(struct walk *w, struct value *v, const struct schema *s, const char *name,
                       const char *place) {
    struct value *before = NULL, *next;
    size_t i = 0;

    if (v->kind != VALUE_LIST && v->kind != VALUE_NULL && s->flags & SCHEMA_ONE_OR_LIST) {
        struct value *item = value_copy(w->mem, v);

        item->key = (struct str){0};
        v->kind = VALUE_LIST;
        v->child = v->last = NULL;
        v->n = 0;
        value_add(v, item);
    }
    if (v->kind != VALUE_LIST)
        return wrong_kind(w, v, s, name, place);
    if (v->n < (uint64_t)s->min) {
        flaw_add(w->f, v->at, name, "%s%s is empty", name, in_place(w, place));
        return false;
    }
    for (struct value *c = v->child; c; c = next, i++) {
        bool nested = c->kind == VALUE_MAP || c->kind == VALUE_LIST;
        const char *item = nested ? arena_fmt(w->mem, "%s[%zu]", name, i) : name;

        next = c->next;
        if (check_value(w, c, s->sub, item, place))
            before = c;
        else
            take_out(v, before, c);
    }
    return true;
}

static bool check_dict(struct walk *w, struct value *v, const struct schema *s, const char *inside,
                       const char *name, const char *place) {
    struct value *before = NULL, *next;

    if (v->kind != VALUE_MAP)
        return wrong_kind(w, v, s, name, place);
    for (struct value *c = v->child; c; c = next) {
        next = c->next;
        if (check_value(w, c, s->sub, str_z(w->mem, c->key), inside))
            before = c;
        else
            take_out(v, before, c);
    }
    return true;
}

/* A required key is not called missing when it was only misspelt. */
static void missing_keys(struct walk *w, const struct value *map, const struct schema *table,
                         const struct value *unknown, const char *place) {
    for (const struct schema *row = table; row && row->key; row++) {
        bool meant = false;

        if (!(row->flags & SCHEMA_REQUIRED) || value_get(map, row->key))
            continue;
        for (const struct value *u = unknown; u; u = u->next) {
            const char *near = near_key(w, u, table);

            meant |= near && !strcmp(near, row->key);
        }
        if (!meant)
            flaw_add(w->f, map->at, row->key, "key \"%s\" is missing%s", row->key,
                     in_place(w, place));
    }
}

/* `also` is a key that is known beside the table's. */
static void check_map(struct walk *w, struct value *map, const struct schema *table,
                      const char *also, const char *place) {
    struct value *before = NULL, *next;
    struct value unknown = {.kind = VALUE_LIST};

    for (struct value *c = map->child; c; c = next) {
        const struct schema *row = schema_find(table, c->key);

        next = c->next;
        if (!row && !(also && str_is(c->key, also))) {
            unknown_key(w, c, table, place);
            take_out(map, before, c);
            value_add(&unknown, c);
            continue;
        }
        if (row && !check_value(w, c, row, row->key, place))
            c->kind = VALUE_NULL; /* it was there: it is not missing */
        before = c;
    }
    missing_keys(w, map, table, unknown.child, place);
    before = NULL;
    for (struct value *c = map->child; c; c = next) {
        next = c->next;
        if (c->kind == VALUE_NULL)
            take_out(map, before, c);
        else
            before = c;
    }
}

static bool check_pick(struct walk *w, struct value *v, const struct schema *s, const char *inside,
                       const char *name, const char *place) {
    const struct value *word;
    const struct schema *row;
    const char **words;
    size_t n = 0;

    if (v->kind != VALUE_MAP)
        return wrong_kind(w, v, s, name, place);
    word = value_get(v, s->pattern);
    if (!word) {
        flaw_add(w->f, v->at, s->pattern, "key \"%s\" is missing in %s", s->pattern, inside);
        return false;
    }
    row = word->kind == VALUE_STR ? schema_find(s->sub, word->s) : NULL;
    if (row) {
        check_map(w, v, row->sub, s->pattern, inside);
        return true;
    }
    if (word->kind != VALUE_STR)
        return wrong_kind(w, word, &(struct schema){.kind = SCHEMA_WORD}, s->pattern, inside);
    while (s->sub && s->sub[n].key)
        n++;
    words = arena_array(w->mem, n + 1, sizeof *words);
    for (size_t i = 0; i < n; i++)
        words[i] = s->sub[i].key;
    return unknown_word(w, word, words, s->pattern, inside);
}

/* False when the value has to be taken out. `name` is what messages call it. */
static bool check_value(struct walk *w, struct value *v, const struct schema *s, const char *name,
                        const char *place) {
    const char *inside = *place ? arena_fmt(w->mem, "%s.%s", place, name) : name;

    switch (s->kind) {
    case SCHEMA_STR:
        return check_str(w, v, s, name, place);
    case SCHEMA_BOOL:
        return v->kind == VALUE_BOOL || wrong_kind(w, v, s, name, place);
    case SCHEMA_INT:
        return check_int(w, v, s, name, place);
    case SCHEMA_WORD:
        return check_word(w, v, s, name, place);
    case SCHEMA_LIST:
        return check_list(w, v, s, name, place);
    case SCHEMA_DICT:
        return check_dict(w, v, s, inside, name, place);
    case SCHEMA_PICK:
        return check_pick(w, v, s, inside, name, place);
    case SCHEMA_MAP:
        if (v->kind != VALUE_MAP)
            return wrong_kind(w, v, s, name, place);
        check_map(w, v, s->sub, NULL, inside);
        return true;
    case SCHEMA_ANY:
        break;
    }
    return true;
}

void schema_check(struct value *map, const struct schema *table, const char *place,
                  struct flaws *f) {
    struct walk w = {f, f->mem};

    check_map(&w, map, table, NULL, place);
}
