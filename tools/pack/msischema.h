/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/msidb.h"

/* The tables of installer packages: their columns, and what validators are told of them. */

/* The table of that name, added with its columns when it is not there yet; NULL: none that is known
 * here. */
struct msidb_table *msischema_table(struct msidb *db, const char *name);

/* Adds table _Validation with a row for each column of each table that is there: after all else. */
void msischema_validation(struct msidb *db);

/* The tables whose first key a column's values are, "File;Registry"; empty: it refers to none, or
 * to something else than a first key. */
struct str msischema_refers(const struct msidb_table *t, size_t column);
