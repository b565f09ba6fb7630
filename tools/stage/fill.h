/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/flaw.h"
#include "model/recipe.h"

/* From checked maps to the recipe's fields. What is wrong beyond the shape of a value is noted. */
struct fill {
    struct recipe *r;
    struct arena *mem;
    struct flaws *flaws;
};

/* All fields but file, dir, time, changes and vars, from the checked map, which becomes r->root and
 * gets the defaults. Fields that it lacks stay empty. */
void fill_recipe(struct fill *f, struct value *root);

/* A list of rows of `files:` at the end of an array. */
void fill_files(struct fill *f, const struct value *list, struct recipe_files **rows, size_t *n);

/* Reads the files that a map of `scripts:` names over r->scripts. */
void fill_scripts(struct fill *f, const struct value *map);

/* The fields that a format's section may override: name, title …, scripts, files. */
void fill_overrides(struct fill *f, const struct value *section);

/* Whether the entry gets a shortcut in the menu: as shortcuts: says, else when there is one. */
bool fill_menu(const struct value *root, bool entry, bool terminal);

/* Notes it under `key` when there is no such file. */
bool fill_is_file(struct fill *f, const char *key, struct str path, struct pos at);
