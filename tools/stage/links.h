/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/recipe.h"

/* Where the symlinks of a tree lead. A relative one must stay inside the tree, an absolute one must
 * name a place that every system has: a path of the build machine would dangle on the user's. */

/* All links of a finished tree; E_RECIPE with the position of the row. Warns of links whose target
 * nobody ships. */
int links_check(const struct recipe *r, const struct tree *t, struct err *e) MUST_USE;

/* A link that the recipe itself wrote (`link:`). */
int links_check_made(const struct tree_entry *x, const char *where, struct err *e) MUST_USE;
