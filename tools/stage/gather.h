/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/recipe.h"

/* What the formats of a target want beside the recipe's files (PACK_DESKTOP, PACK_UNITS). */
enum {
    GATHER_DESKTOP = 1,
    GATHER_UNITS = 2,
    GATHER_DESKTOP_ALWAYS = 4, /* also of an application that wants no menu entry */
};

/* The application tree of one target: the recipe's files and the target's, finished (sorted, parent
 * folders added). Nothing is copied: entries point at host files as they were found. The tree does
 * not depend on the owner, umask or order of the files on disk. Mistakes of the recipe are
 * E_RECIPE, files that are missing, unreadable or of a kind that no package holds E_INPUT, each
 * with the position of the row in front. */
int gather_tree(const struct recipe *r, const struct target *t, unsigned want, struct arena *mem,
                struct tree *out, struct err *e) MUST_USE;
