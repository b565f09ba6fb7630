/* SPDX-License-Identifier: Apache-2.0 */
#include "container/msidb.h"

#include "container/msidb_text.h"
#include "container/msidb_type.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { PAIR = 0x3800, SINGLE = 0x4800, MARK = 0x4840 };

static unsigned type_of(char c, unsigned width) {
    unsigned null = c >= 'A' && c <= 'Z' ? MSIDB_TYPE_NULL : 0;

    switch (c | 0x20) {
    case 'i':
        return MSIDB_TYPE_VALID | (width == 2 ? MSIDB_TYPE_SHORT : 0) | null | width;
    case 'v':
        return MSIDB_TYPE_VALID | MSIDB_TYPE_OBJECT | null;
    case 'l':
        return MSIDB_TYPE_VALID | MSIDB_TYPE_TEXT | MSIDB_TYPE_LOCAL | null | width;
    default:
        return MSIDB_TYPE_VALID | MSIDB_TYPE_TEXT | null | width;
    }
}

static struct msidb_column column_of(struct arena *mem, struct str word) {
    size_t colon = str_find(word, ':');
    struct str type = str_cut(word, colon + 1, word.n);
    struct msidb_column c = {.name = str_dup(mem, str_cut(word, 0, colon))};
    unsigned width = 0;

    for (size_t i = 1; i < type.n && type.p[i] != '!'; i++)
        width = width * 10 + (unsigned)(type.p[i] - '0');
    c.type = type_of(type.p[0], width);
    if (str_ends(type, "!"))
        c.type |= MSIDB_TYPE_KEY;
    return c;
}

struct msidb_table *msidb_new(struct msidb *db, struct str name, size_t n_columns) {
    struct msidb_table *t = arena_alloc(db->mem, sizeof *t);

    t->name = str_dup(db->mem, name);
    t->column = arena_array(db->mem, n_columns + 1, sizeof *t->column);
    if (db->last)
        db->last->next = t;
    else
        db->first = t;
    db->last = t;
    return t;
}

struct msidb_table *msidb_add(struct msidb *db, const char *name, const char *columns) {
    struct str all = str_of(columns);
    struct msidb_table *t;
    size_t n = 1;

    for (size_t i = 0; i < all.n; i++)
        n += all.p[i] == ' ';
    t = msidb_new(db, str_of(name), n);
    while (all.n) {
        struct msidb_column c = column_of(db->mem, str_split(&all, ' '));

        t->column[t->n_columns++] = c;
        if (c.type & MSIDB_TYPE_KEY)
            t->n_keys = t->n_columns;
    }
    return t;
}

struct msidb_table *msidb_find(const struct msidb *db, struct str name) {
    struct msidb_table *t = db->first;

    while (t && !str_eq(t->name, name))
        t = t->next;
    return t;
}

struct str msidb_keep(struct msidb *db, struct str s) {
    size_t before = db->n_texts, i;

    if (!s.n)
        return (struct str){0};
    i = msidb_text_add(db, s);
    if (i == before)
        db->text[i].s = str_dup(db->mem, s);
    return db->text[i].s;
}

struct msidb_cell *msidb_row(struct msidb *db, struct msidb_table *t) {
    struct msidb_cell *row;

    if (t->n_rows == t->room)
        t->cell = arena_regrow(db->mem, t->cell, t->n_rows, t->n_rows + 1,
                               t->n_columns * sizeof *t->cell, &t->room);
    row = &t->cell[t->n_rows++ * t->n_columns];
    memset(row, 0, t->n_columns * sizeof *row);
    return row;
}

void msidb_put(struct msidb *db, struct msidb_table *t, const char *types, ...) {
    struct msidb_cell *c = msidb_row(db, t);
    va_list args;

    va_start(args, types);
    for (size_t i = 0; i < t->n_columns && types[i]; i++, c++) {
        if (types[i] == 'i') {
            *c = (struct msidb_cell){.kind = MSIDB_INT, .i = va_arg(args, int)};
        } else if (types[i] == 's' || types[i] == 'S') {
            struct str s =
                types[i] == 's' ? str_of(va_arg(args, const char *)) : va_arg(args, struct str);

            if (s.n)
                *c = (struct msidb_cell){.kind = MSIDB_STR, .s = msidb_keep(db, s)};
        }
    }
    va_end(args);
}

/* ------------------------------------------------------------------------- names of streams */

static int digit(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'Z' ? c - 'A' + 10
           : c >= 'a' && c <= 'z' ? c - 'a' + 36
           : c == '.'             ? 62
           : c == '_'             ? 63
                                  : -1;
}

static char letter(unsigned v) {
    static const char all[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";

    return all[v & 63];
}

/* One of the characters from 0x3800 to 0x4840, in UTF-8. */
static void put_unit(struct buf *b, unsigned u) {
    buf_c(b, (char)(0xe0 | u >> 12));
    buf_c(b, (char)(0x80 | (u >> 6 & 0x3f)));
    buf_c(b, (char)(0x80 | (u & 0x3f)));
}

struct str msidb_stream_name(struct arena *mem, struct str name, bool table) {
    AUTO(buf) b = BUF_NONE;

    buf_init(&b, name.n * 3 + 4);
    if (table)
        put_unit(&b, MARK);
    for (size_t i = 0; i < name.n; i++) {
        int one = digit(name.p[i]), two = i + 1 < name.n ? digit(name.p[i + 1]) : -1;

        if (one < 0) {
            buf_c(&b, name.p[i]);
        } else if (two < 0) {
            put_unit(&b, SINGLE + (unsigned)one);
        } else {
            put_unit(&b, PAIR + ((unsigned)two << 6) + (unsigned)one);
            i++;
        }
    }
    return str_dup(mem, buf_get(&b));
}

/* The character at p[0..3), or 0 when it is none of ours. */
static unsigned unit(struct str s, size_t at) {
    const unsigned char *p = (const unsigned char *)s.p + at;
    unsigned u;

    if (s.n - at < 3 || (p[0] & 0xf0) != 0xe0 || (p[1] & 0xc0) != 0x80 || (p[2] & 0xc0) != 0x80)
        return 0;
    u = (p[0] & 15u) << 12 | (p[1] & 63u) << 6 | (p[2] & 63u);
    return u >= PAIR && u <= MARK ? u : 0;
}

struct str msidb_plain_name(struct arena *mem, struct str packed, bool *table) {
    AUTO(buf) b = BUF_NONE;

    buf_init(&b, packed.n + 1);
    *table = unit(packed, 0) == MARK;
    for (size_t i = *table ? 3 : 0; i < packed.n;) {
        unsigned u = unit(packed, i);

        if (!u || u == MARK) {
            buf_c(&b, packed.p[i++]);
            continue;
        }
        i += 3;
        buf_c(&b, letter(u < SINGLE ? u - PAIR : u - SINGLE));
        if (u < SINGLE)
            buf_c(&b, letter((u - PAIR) >> 6));
    }
    return str_dup(mem, buf_get(&b));
}
