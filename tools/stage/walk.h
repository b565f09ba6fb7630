/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/map.h"
#include "model/recipe.h"
#include "os/fsys.h"

/* Host files, folders and links of one `files:` row into a tree. */
struct walk {
    const struct recipe_files *row;
    const char *where; /* of the row, for messages */
    bool strip;
    struct tree *out;
    struct map *inodes;       /* hard links seen so far, kept from row to row */
    const struct map *named;  /* folders that rows with dir: name; theirs are left to them */
    const struct walk_up *up; /* folders being walked, to notice cycles */
    unsigned depth;
};

/* Adds what `host` is at `to`, and everything below it. `rel` is its path from where the row's
 * `from` starts, which `exclude` patterns see. */
int walk_add(struct walk *w, const char *host, struct str rel, struct str to,
             struct err *e) MUST_USE;

/* Adds what is in the folder `host` below `to`, and the folder itself as `to`. */
int walk_inside(struct walk *w, const char *host, struct str rel, struct str to,
                struct err *e) MUST_USE;

/* "a" + "b" -> "a/b", "" + "b" -> "b", "/" + "b" -> "/b" */
struct str walk_join(struct arena *a, struct str folder, struct str name);

/* Adds one folder of the row unless a dir: row names it or it is the root. A folder of the system
 * (share/man) counts as implied. */
int walk_folder(struct walk *w, struct str to, struct err *e) MUST_USE;

/* Does the row leave out this path, or a folder that it lies in? */
bool walk_excluded(const struct walk *w, struct str rel);

/* Sets mode (`otherwise` unless the row has one), owner, role and position as the row says. */
void walk_label(const struct recipe_files *row, struct tree_entry *x, uint32_t otherwise);

/* E_RECIPE with the position when no package could hold the path. */
int walk_path_ok(const char *where, struct str to, struct err *e) MUST_USE;
