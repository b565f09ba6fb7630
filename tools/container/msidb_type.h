/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/msidb.h"

/* What a column's type says, the width in its low byte: shared by the files of msidb. */
enum {
    MSIDB_TYPE_WIDTH = 0xff,
    MSIDB_TYPE_VALID = 0x100,
    MSIDB_TYPE_LOCAL = 0x200,
    MSIDB_TYPE_SHORT = 0x400,
    MSIDB_TYPE_OBJECT = 0x900 & ~0x100,
    MSIDB_TYPE_TEXT = 0xc00,
    MSIDB_TYPE_STRING = 0x800, /* set in texts and objects */
    MSIDB_TYPE_NULL = 0x1000,
    MSIDB_TYPE_KEY = 0x2000
};

/* The type without width and flags. */
static inline bool msidb_type_is_object(unsigned type) {
    return (type & 0xc00) == MSIDB_TYPE_OBJECT;
}
static inline bool msidb_type_is_text(unsigned type) {
    return (type & 0xc00) == MSIDB_TYPE_TEXT;
}

/* An empty table with room for so many columns. */
struct msidb_table *msidb_new(struct msidb *db, struct str name, size_t n_columns);
