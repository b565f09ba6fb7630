/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "container/msidb_text.h"
#include "container/msidb_type.h"

#include <stdlib.h>
#include <string.h>

enum { SHORT_REFS = 65535, LONG_REFS = 0x8000, TEXT_MAX = 1 << 30, ID_MAX = 0xffffff };

struct writer {
    struct msidb *db;
    struct arena mem;
    uint32_t n; /* texts in the pool */
    bool wide;  /* three bytes a reference */
    int (*open)(void *self, struct str name, struct sink *s, struct err *e);
    void *self;
};

/* One more use of a text; gives its number in the pool. */
static uint32_t pool_add(struct writer *w, struct str s) {
    struct msidb_text *x;
    size_t i;

    if (!s.n)
        return 0;
    i = msidb_text_add(w->db, s); /* which may move them all */
    x = &w->db->text[i];
    if (!x->id)
        x->id = ++w->n;
    x->refs++;
    return x->id;
}

static size_t characters(struct str s) {
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        n += (s.p[i] & 0xc0) != 0x80;
    return n;
}

static int check_cell(const struct msidb_table *t, size_t row, const struct msidb_column *c,
                      const struct msidb_cell *x, struct err *e) {
    unsigned width = c->type & MSIDB_TYPE_WIDTH;
    const char *what = NULL;
    bool given = false; /* it may be what somebody wants in there that is at fault */

    if (x->kind == MSIDB_NULL)
        what = c->type & MSIDB_TYPE_NULL ? NULL : "must not be empty";
    else if (x->kind == MSIDB_STR && !msidb_type_is_text(c->type))
        what = "is no text";
    else if (x->kind == MSIDB_BIN && !msidb_type_is_object(c->type))
        what = "is no stream";
    else if (x->kind == MSIDB_INT && c->type & MSIDB_TYPE_STRING)
        what = "is no number";
    else if (x->kind == MSIDB_INT && width == 2 && (x->i < -32767 || x->i > 32767))
        what = "does not hold so large a number";
    else if (x->kind == MSIDB_STR && width && characters(x->s) > width) {
        what = "does not hold so long a text";
        given = true;
    }
    if (!what)
        return OK;
    return err_set(e, given ? E_INPUT : E_BUG, "table " STR_F ", row %zu: " STR_F " %s",
                   STR_A(t->name), row + 1, STR_A(c->name), what);
}

static int gather_strings(struct writer *w, struct err *e) {
    for (size_t i = 0; i < w->db->n_texts; i++)
        w->db->text[i].id = w->db->text[i].refs = 0;
    for (struct msidb_table *t = w->db->first; t; t = t->next) {
        pool_add(w, t->name); /* in _Tables */
        for (size_t k = 0; k < t->n_columns; k++) {
            pool_add(w, t->name); /* in _Columns */
            pool_add(w, t->column[k].name);
        }
        for (size_t i = 0; i < t->n_rows * t->n_columns; i++) {
            if (check_cell(t, i / t->n_columns, &t->column[i % t->n_columns], &t->cell[i], e))
                return (int)e->code;
            if (t->cell[i].kind == MSIDB_STR)
                t->cell[i].i = (int32_t)pool_add(w, t->cell[i].s);
        }
    }
    if (w->n > ID_MAX)
        return err_set(e, E_INPUT, "a Windows Installer database holds at most %d strings", ID_MAX);
    w->wide = w->n > SHORT_REFS;
    return OK;
}

static int put_stream(struct writer *w, struct str name, struct str bytes, struct err *e) {
    struct sink s = SINK_NONE;

    if (w->open(w->self, name, &s, e))
        return (int)e->code;
    sink_put(&s, bytes.p, bytes.n);
    return sink_close(&s, e);
}

static int put(struct writer *w, const char *name, const struct buf *b, struct err *e) {
    if (buf_check(b, name, e))
        return (int)e->code;
    return put_stream(w, msidb_stream_name(&w->mem, str_of(name), true), buf_get(b), e);
}

static void put16(struct buf *b, uint32_t v) {
    unsigned char le[2];

    bytes_put_le16(le, (uint16_t)(v & 0xffff));
    buf_put(b, le, sizeof le);
}

/* A text of 64 KiB and more takes two entries: the first has no length. */
static int write_pool(struct writer *w, struct err *e) {
    AUTO(buf) pool = BUF_NONE;
    struct sink data = SINK_NONE;
    AUTO(arena) mem = {0};
    const struct msidb_text **in_order = arena_array(&mem, w->n + 1, sizeof *in_order);

    for (size_t i = 0; i < w->db->n_texts; i++)
        if (w->db->text[i].id)
            in_order[w->db->text[i].id - 1] = &w->db->text[i];
    buf_init(&pool, TEXT_MAX);
    put16(&pool, w->db->codepage & 0xffff);
    put16(&pool, (w->wide ? LONG_REFS : 0) | w->db->codepage >> 16);
    for (uint32_t i = 0; i < w->n; i++) {
        const struct msidb_text *x = in_order[i];
        uint32_t refs = x->refs < 0xffff ? x->refs : 0xffff;

        if (x->s.n > 0xffff) {
            put16(&pool, 0);
            put16(&pool, refs);
            put16(&pool, (uint32_t)x->s.n);
            put16(&pool, (uint32_t)(x->s.n >> 16));
        } else {
            put16(&pool, (uint32_t)x->s.n);
            put16(&pool, refs);
        }
    }
    if (put(w, "_StringPool", &pool, e) ||
        w->open(w->self, msidb_stream_name(&w->mem, STR("_StringData"), true), &data, e))
        return (int)e->code;
    for (uint32_t i = 0; i < w->n; i++)
        sink_put(&data, in_order[i]->s.p, in_order[i]->s.n);
    return sink_close(&data, e);
}

/* A cell as it lies in the table: texts by their number, numbers with the sign bit turned. */
static uint32_t value_of(const struct msidb_column *c, const struct msidb_cell *x) {
    if (x->kind == MSIDB_STR)
        return (uint32_t)x->i;
    if (x->kind == MSIDB_BIN)
        return 1; /* the stream has a name of its own: the cell says that there is one */
    if (x->kind == MSIDB_NULL)
        return 0;
    return (c->type & MSIDB_TYPE_WIDTH) == 2 ? ((uint32_t)x->i ^ 0x8000) & 0xffff
                                             : (uint32_t)x->i ^ 0x80000000;
}

static void put_value(struct buf *b, const struct writer *w, const struct msidb_column *c,
                      uint32_t v) {
    size_t n = msidb_type_is_text(c->type)         ? (w->wide ? 3 : 2)
               : msidb_type_is_object(c->type)     ? 2
               : (c->type & MSIDB_TYPE_WIDTH) == 2 ? 2
                                                   : 4;

    for (size_t i = 0; i < n; i++)
        buf_c(b, (char)(v >> 8 * i & 0xff));
}

struct line { /* a row's place in the sorted table */
    const uint32_t *key;
    size_t n_keys, row;
};

static int by_key(const void *a, const void *b) {
    const struct line *x = a, *y = b;

    for (size_t i = 0; i < x->n_keys; i++)
        if (x->key[i] != y->key[i])
            return x->key[i] < y->key[i] ? -1 : 1;
    return 0;
}

static struct line *sorted(const struct msidb_table *t, struct arena *mem) {
    struct line *v = arena_array(mem, t->n_rows + 1, sizeof *v);
    uint32_t *key = arena_array(mem, t->n_rows * t->n_keys + 1, sizeof *key);

    for (size_t i = 0; i < t->n_rows; i++, key += t->n_keys) {
        for (size_t k = 0; k < t->n_keys; k++)
            key[k] = value_of(&t->column[k], &t->cell[i * t->n_columns + k]);
        v[i] = (struct line){key, t->n_keys, i};
    }
    qsort(v, t->n_rows, sizeof *v, by_key);
    return v;
}

/* Column by column, all rows of each. */
static int write_table(struct writer *w, const struct msidb_table *t, struct err *e) {
    AUTO(arena) mem = {0};
    AUTO(buf) b = BUF_NONE;
    struct line *v = sorted(t, &mem);

    for (size_t i = 1; i < t->n_rows; i++)
        if (!by_key(&v[i - 1], &v[i])) {
            const struct msidb_cell *x = &t->cell[v[i].row * t->n_columns];

            return err_set(e, E_INPUT, "table " STR_F " has the key " STR_F " twice",
                           STR_A(t->name), STR_A(x->kind == MSIDB_STR ? x->s : STR("(a number)")));
        }
    if (!t->n_rows)
        return OK;
    buf_init(&b, TEXT_MAX);
    for (size_t k = 0; k < t->n_columns; k++)
        for (size_t i = 0; i < t->n_rows; i++)
            put_value(&b, w, &t->column[k],
                      value_of(&t->column[k], &t->cell[v[i].row * t->n_columns + k]));
    return put(w, str_z(&mem, t->name), &b, e);
}

/* The texts of such a table are all in the pool already. */
static void number(struct writer *w, struct msidb_table *t) {
    for (size_t i = 0; i < t->n_rows * t->n_columns; i++)
        if (t->cell[i].kind == MSIDB_STR) {
            size_t at = msidb_text_add(w->db, t->cell[i].s);

            t->cell[i].i = (int32_t)w->db->text[at].id;
        }
}

/* The tables that tell of the others, which are not among themselves. */
static int write_catalogue(struct writer *w, struct err *e) {
    struct msidb system = {.mem = &w->mem};
    struct msidb_table *tables = msidb_add(&system, "_Tables", "Name:s64!");
    struct msidb_table *columns =
        msidb_add(&system, "_Columns", "Table:s64! Number:i2! Name:s64 Type:i2");

    for (const struct msidb_table *t = w->db->first; t; t = t->next) {
        msidb_put(&system, tables, "S", t->name);
        for (size_t i = 0; i < t->n_columns; i++)
            msidb_put(&system, columns, "SiSi", t->name, (int)i + 1, t->column[i].name,
                      (int)t->column[i].type);
    }
    number(w, tables);
    number(w, columns);
    return write_table(w, tables, e) || write_table(w, columns, e) ? (int)e->code : OK;
}

static struct str cell_name(struct writer *w, const struct msidb_table *t, size_t row) {
    struct str name = t->name;

    for (size_t k = 0; k < t->n_keys; k++) {
        const struct msidb_cell *x = &t->cell[row * t->n_columns + k];

        name = x->kind == MSIDB_INT ? str_fmt(&w->mem, STR_F ".%d", STR_A(name), (int)x->i)
                                    : str_fmt(&w->mem, STR_F "." STR_F, STR_A(name), STR_A(x->s));
    }
    return msidb_stream_name(&w->mem, name, false);
}

static int write_streams(struct writer *w, const struct msidb_table *t, struct err *e) {
    for (size_t i = 0; i < t->n_rows * t->n_columns; i++)
        if (t->cell[i].kind == MSIDB_BIN && t->cell[i].s.p &&
            put_stream(w, cell_name(w, t, i / t->n_columns), t->cell[i].s, e))
            return (int)e->code;
    return OK;
}

static int write_all(struct writer *w, struct err *e) {
    if (gather_strings(w, e) || write_pool(w, e) || write_catalogue(w, e))
        return (int)e->code;
    for (const struct msidb_table *t = w->db->first; t; t = t->next)
        if (write_table(w, t, e) || write_streams(w, t, e))
            return (int)e->code;
    return OK;
}

int msidb_write(struct msidb *db,
                int (*open)(void *self, struct str name, struct sink *s, struct err *e), void *self,
                struct err *e) {
    struct writer w = {.db = db, .open = open, .self = self};
    int rc = write_all(&w, e);

    arena_drop(&w.mem);
    return rc;
}
