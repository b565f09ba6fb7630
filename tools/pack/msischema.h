/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/msidb.h"

/* The tables of installer packages: their columns, and what validators are told of them. */

/* The table of that name, added with its columns when it is not there yet; NULL: none that is known
 * here. */
struct msidb_table *msischema_table(struct msidb *db, const char *name);

/* Adds table _Validation with a row for each column of each table that is there: after all else. */
void msischema_validation(struct msidb *db);
