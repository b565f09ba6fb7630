/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/msidb.h"

/* The texts of a database, once each: what cells hold while it is made, its string pool when it is
 * written. */
struct msidb_text {
    struct str s;
    uint32_t id, refs; /* in the pool: set by msidb_write */
};

/* The number of a text that is not empty, which is added without being copied when it is new. */
size_t msidb_text_add(struct msidb *db, struct str s);
