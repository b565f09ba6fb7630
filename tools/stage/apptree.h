/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/tree.h"

/* Questions about an application tree while it grows (not sorted yet). */

/* The entry at a path, or NULL. */
const struct tree_entry *apptree_find(const struct tree *app, struct str path);

/* 0 when the tree has a program (an executable file, or a symlink) at `path`, or the path is
 * absolute and may be another package's. Else E_RECIPE saying what to do, without a position. */
int apptree_program(const struct tree *app, struct str path, struct err *e) MUST_USE;
