/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/map.h"
#include "io/sink.h"

/* The relational part of a Windows Installer database: string pool, tables and their streams, as
 * they lie in a compound file (container/cfb.h). There is no public specification; Wine's
 * dlls/msi/{string,table}.c and libmsi read the same. */
enum msidb_kind { MSIDB_NULL, MSIDB_INT, MSIDB_STR, MSIDB_BIN };

struct msidb_cell {
    enum msidb_kind kind; /* MSIDB_BIN: there is a stream; s: its bytes, when they are in memory */
    int32_t i;            /* of a text: its number, set by msidb_write */
    struct str s;         /* UTF-8 */
};

struct msidb_column {
    struct str name;
    unsigned type; /* as table _Columns has it */
};

struct msidb_table {
    struct str name;
    struct msidb_column *column;
    size_t n_columns, n_keys; /* keys come first */
    struct msidb_cell *cell;  /* n_rows times n_columns */
    size_t n_rows, room;
    struct msidb_table *next;
};

struct msidb {
    struct arena *mem;
    struct msidb_table *first, *last;
    unsigned codepage;       /* of the strings: 65001 */
    struct msidb_text *text; /* what msidb_put and msidb_keep were given */
    uint32_t *slot;
    size_t n_texts, text_room, n_slots;
};

/* Adds a table. `columns` are words "Name:type", as in .idt files: s72 a string of at most 72
 * characters (s0: of any number), l255 one that translations change, i2, i4 numbers, v0 a stream;
 * a capital letter where NULL may stand; '!' behind the type of a key. "File:s72! Version:S72". */
struct msidb_table *msidb_add(struct msidb *db, const char *name, const char *columns);
struct msidb_table *msidb_find(const struct msidb *db, struct str name);

/* A copy of a text, NUL-terminated, that lasts as long as the database: one for equal texts. */
struct str msidb_keep(struct msidb *db, struct str s);

/* A row of NULLs at the end; the cells stay where they are until the next one. */
struct msidb_cell *msidb_row(struct msidb *db, struct msidb_table *t);
/* A row by words: each character of `types` tells an argument: 's' const char *, 'S' struct str (an
 * empty string of either is NULL), 'i' int, '-' none: NULL. */
void msidb_put(struct msidb *db, struct msidb_table *t, const char *types, ...);

/* What a stream is called in the compound file: two characters of a name in one. A table's name has
 * a mark in front; streams of cells are called "Table.key1.key2", cabinets as they are. */
struct str msidb_stream_name(struct arena *mem, struct str name, bool table);
/* The other way; false in *table: not one of a table. Names that are not packed stay as they are.
 */
struct str msidb_plain_name(struct arena *mem, struct str packed, bool *table);

/* Puts all streams into sinks that `open` gives by name, one at a time: the pool, the tables' rows
 * in the order that the installer wants, and the streams of cells that are in memory. E_BUG for a
 * key that is there twice, a NULL or a width that the column does not allow; the message names
 * table, column and row. */
int msidb_write(struct msidb *db,
                int (*open)(void *self, struct str name, struct sink *s, struct err *e), void *self,
                struct err *e) MUST_USE;

/* Reads all tables. `get` gives a stream by its packed name: *bytes->p NULL when there is none.
 * Nothing is trusted: E_INPUT naming the table. */
int msidb_read(struct msidb *db,
               int (*get)(void *self, struct str name, struct arena *mem, struct str *bytes,
                          struct err *e),
               void *self, struct err *e) MUST_USE;
