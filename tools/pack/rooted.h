/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* Package trees that are mounted at a place nobody knows before: nothing outside them can be meant.
 */

/* An entry of a tree that is not sorted yet, or NULL. */
const struct tree_entry *rooted_find(const struct tree *t, struct str path);

/* Makes absolute symlinks that mean something in the tree relative, and refuses with E_RECIPE those
 * that leave it. `what` begins the message ("snap"). */
int rooted_links(const struct pack_job *j, struct tree *pkg, const char *what,
                 struct err *e) MUST_USE;

/* What is at a path of a finished tree when links are followed, also those of folders on the way;
 * NULL: nothing. */
const struct tree_entry *rooted_follow(const struct tree *pkg, struct str path, struct arena *mem);

/* The bytes of a small file of the tree. */
int rooted_text(const struct pack_job *j, const struct tree_entry *x, struct str *text,
                struct err *e) MUST_USE;
