/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cursor.h"
#include "container/msidb_type.h"

#include <string.h>

enum { LONG_REFS = 0x8000, COLUMNS_MAX = 1024, TABLES_MAX = 4096 };

struct reader {
    struct msidb *db;
    struct str *text; /* by id, from 1 */
    uint32_t n_texts;
    struct map tables; /* by name */
    bool wide;
    int (*get)(void *self, struct str name, struct arena *mem, struct str *bytes, struct err *e);
    void *self;
};

static int damaged(const char *what, struct str name, struct err *e) {
    return err_set(e, E_INPUT, "the installer database's table " STR_F " %s", STR_A(name), what);
}

static int get(struct reader *r, const char *name, struct str *bytes, struct err *e) {
    return r->get(r->self, msidb_stream_name(r->db->mem, str_of(name), true), r->db->mem, bytes, e);
}

/* One string; the lengths were not checked before. */
static bool next_text(struct cursor *pool, struct cursor *data, struct str *s) {
    uint32_t n = cursor_le16(pool), refs = cursor_le16(pool);

    if (!n && refs) {
        n = cursor_le16(pool);
        n |= (uint32_t)cursor_le16(pool) << 16;
    }
    *s = cursor_take(data, n);
    return !pool->bad && !data->bad;
}

static int read_pool(struct reader *r, struct err *e) {
    struct str pool, data;
    struct cursor p, d;

    if (get(r, "_StringPool", &pool, e) || get(r, "_StringData", &data, e))
        return (int)e->code;
    if (pool.n < 4)
        return err_set(e, E_INPUT, "not an installer database: it has no string pool");
    cursor_init(&p, pool.p, pool.n);
    cursor_init(&d, data.p ? data.p : "", data.n); /* a pool of empty strings has none */
    r->db->codepage = cursor_le16(&p);
    r->db->codepage |= (uint32_t)(cursor_le16(&p) & ~LONG_REFS) << 16;
    r->wide = ((const unsigned char *)pool.p)[3] & 0x80;
    r->text = arena_array(r->db->mem, pool.n / 4 + 1, sizeof *r->text);
    while (cursor_left(&p))
        if (!next_text(&p, &d, &r->text[++r->n_texts]))
            return err_set(e, E_INPUT, "the installer database's strings are damaged");
    return OK;
}

static size_t width_of(const struct reader *r, const struct msidb_column *c) {
    if (msidb_type_is_text(c->type))
        return r->wide ? 3 : 2;
    return msidb_type_is_object(c->type) || (c->type & MSIDB_TYPE_WIDTH) <= 2 ? 2 : 4;
}

static bool read_cell(const struct reader *r, const struct msidb_column *c, const unsigned char *p,
                      struct msidb_cell *x) {
    uint32_t v = 0;
    size_t n = width_of(r, c);

    for (size_t i = 0; i < n; i++)
        v |= (uint32_t)p[i] << 8 * i;
    *x = (struct msidb_cell){0};
    if (!v)
        return true;
    if (msidb_type_is_object(c->type)) {
        x->kind = MSIDB_BIN;
    } else if (msidb_type_is_text(c->type)) {
        if (v > r->n_texts)
            return false;
        *x = (struct msidb_cell){.kind = MSIDB_STR, .s = r->text[v]};
    } else {
        x->kind = MSIDB_INT;
        x->i = n == 2 ? (int32_t)v - 0x8000 : (int32_t)(v ^ 0x80000000);
    }
    return true;
}

static int read_rows(struct reader *r, struct msidb_table *t, struct err *e) {
    struct str bytes;
    size_t row = 0, at = 0;

    if (get(r, str_z(r->db->mem, t->name), &bytes, e))
        return (int)e->code;
    for (size_t k = 0; k < t->n_columns; k++)
        row += width_of(r, &t->column[k]);
    if (!bytes.n)
        return OK;
    if (!row || bytes.n % row)
        return damaged("does not end with a row", t->name, e);
    t->n_rows = t->room = bytes.n / row;
    t->cell = arena_array(r->db->mem, t->n_rows * t->n_columns, sizeof *t->cell);
    for (size_t k = 0; k < t->n_columns; k++)
        for (size_t i = 0; i < t->n_rows; i++, at += width_of(r, &t->column[k]))
            if (!read_cell(r, &t->column[k], (const unsigned char *)bytes.p + at,
                           &t->cell[i * t->n_columns + k]))
                return damaged("refers to a string that is not there", t->name, e);
    return OK;
}

static int add_column(struct reader *r, const struct msidb_cell *row, struct err *e) {
    struct msidb_table *t = map_get(&r->tables, row[0].s);
    struct msidb_column *c;

    if (!t || row[1].kind != MSIDB_INT || row[2].kind != MSIDB_STR || row[3].kind != MSIDB_INT)
        return damaged("is not described as tables are", row[0].s, e);
    if (row[1].i != (int32_t)t->n_columns + 1 || t->n_columns == COLUMNS_MAX)
        return damaged("has columns out of order", t->name, e);
    if (t->n_columns == t->room) {
        size_t room = t->room ? t->room * 2 : 8;

        c = arena_array(r->db->mem, room, sizeof *c);
        if (t->n_columns)
            memcpy(c, t->column, t->n_columns * sizeof *c);
        t->column = c;
        t->room = room;
    }
    c = &t->column[t->n_columns++];
    *c = (struct msidb_column){.name = row[2].s, .type = (unsigned)row[3].i & 0xffff};
    if (c->type & MSIDB_TYPE_KEY)
        t->n_keys = t->n_columns;
    return OK;
}

static int read_catalogue(struct reader *r, struct err *e) {
    struct msidb system = {.mem = r->db->mem};
    struct msidb_table *tables = msidb_add(&system, "_Tables", "Name:s64!");
    struct msidb_table *columns =
        msidb_add(&system, "_Columns", "Table:s64! Number:i2! Name:s64 Type:i2");

    if (read_rows(r, tables, e) || read_rows(r, columns, e))
        return (int)e->code;
    if (tables->n_rows > TABLES_MAX)
        return err_set(e, E_INPUT, "the installer database has more than %d tables", TABLES_MAX);
    for (size_t i = 0; i < tables->n_rows; i++) {
        struct str name = tables->cell[i].s;

        if (!name.n || map_put(&r->tables, name, msidb_new(r->db, name, 0)))
            return damaged("is there twice", name, e);
    }
    for (size_t i = 0; i < columns->n_rows; i++)
        if (add_column(r, &columns->cell[i * 4], e))
            return (int)e->code;
    for (struct msidb_table *t = r->db->first; t; t = t->next)
        t->room = 0; /* of columns until now, of rows from here on */
    return OK;
}

int msidb_read(struct msidb *db,
               int (*get_stream)(void *self, struct str name, struct arena *mem, struct str *bytes,
                                 struct err *e),
               void *self, struct err *e) {
    struct reader r = {.db = db, .get = get_stream, .self = self, .tables = {.mem = db->mem}};

    if (read_pool(&r, e) || read_catalogue(&r, e))
        return (int)e->code;
    for (struct msidb_table *t = db->first; t; t = t->next)
        if (read_rows(&r, t, e))
            return (int)e->code;
    return OK;
}
