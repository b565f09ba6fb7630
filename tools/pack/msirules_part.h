/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "pack/msirules.h"

/* What the files of msirules share. */
struct msirules {
    const struct msidb *db;
    struct report *bad;
    struct arena mem;
    struct map keys; /* "Table\tkey" to the row */
    bool module;     /* a merge module, which is no product by itself */
};

const struct msidb_cell *msirules_row(const struct msidb_table *t, size_t i);

/* The row with this first key; NULL: none. */
const struct msidb_cell *msirules_find(const struct msirules *r, struct str table, struct str key);

/* Rules of what rows mean: features, folders, names, actions, properties. */
void msirules_more(struct msirules *r);
