/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msisecure.h"

struct names {
    struct msibuild *b;
    struct map seen;
    struct buf *out;
};

static bool is_capital(char c) {
    return (c >= 'A' && c <= 'Z') || c == '_';
}

static bool in_name(char c) {
    return is_capital(c) || (c >= '0' && c <= '9') || c == '.';
}

bool msisecure_public(struct str name) {
    size_t n = 0;

    while (n < name.n && in_name(name.p[n]))
        n++;
    return name.n && n == name.n && is_capital(name.p[0]);
}

static void add(struct names *all, struct str name) {
    if (msisecure_public(name) && !map_put(&all->seen, name, all->out) &&
        !msibuild_has(all->b, "Directory", name))
        buf_fmt(all->out, ";" STR_F, STR_A(name));
}

/* "--url=[SERVER_URL]". */
static void in_text(struct names *all, struct str text) {
    while (text.n) {
        size_t at = str_find(text, '['), end;

        text = str_cut(text, at + 1, text.n);
        end = str_find(text, ']');
        if (end < text.n)
            add(all, str_cut(text, 0, end));
    }
}

static void in_column(struct names *all, const char *table, size_t column) {
    const struct msidb_table *t = msidb_find(&all->b->db, str_of(table));

    for (size_t i = 0; t && i < t->n_rows; i++)
        in_text(all, t->cell[i * t->n_columns + column].s);
}

static bool is_word(struct str s) {
    static const char *const words[] = {"AND", "OR", "NOT", "XOR", "EQV", "IMP"};

    for (size_t i = 0; i < COUNT(words); i++)
        if (str_is(s, words[i]))
            return true;
    return false;
}

static bool in_identifier(char c) {
    return in_name(c) || (c >= 'a' && c <= 'z');
}

/* LICENCE_KEY AND NOT Other = "A TEXT" OR %VARIABLE. */
static void in_condition(struct names *all, struct str s) {
    bool quoted = false;

    for (size_t i = 0, n; i < s.n; i += n) {
        char before = i ? s.p[i - 1] : ' ';

        for (n = 0; i + n < s.n && in_identifier(s.p[i + n]);)
            n++;
        if (n && !quoted && before != '%' && before != '$' && before != '?' && before != '&' &&
            before != '!' && !is_word(str_cut(s, i, i + n)))
            add(all, str_cut(s, i, i + n));
        if (n)
            continue;
        quoted ^= s.p[i] == '"';
        n = 1;
    }
}

void msisecure_add(struct msibuild *b, struct buf *secure) {
    static const struct {
        const char *table;
        size_t column;
    } places[] = {{"Registry", 4},
                  {"Environment", 2},
                  {"ServiceInstall", 8 /* the account */},
                  {"ServiceInstall", 10 /* arguments */}};
    struct names all = {.b = b, .seen = {.mem = b->mem}, .out = secure};
    const struct value *list = value_get(b->j->section, "conditions");

    for (size_t i = 0; i < COUNT(places); i++)
        in_column(&all, places[i].table, places[i].column);
    for (const struct value *c = list ? list->child : NULL; c; c = c->next)
        in_condition(&all, value_text(c, "condition"));
}
