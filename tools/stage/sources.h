/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/flaw.h"
#include "stage/load.h"

/* Reads a recipe and what it extends into one map; every value keeps the position in the file that
 * wrote it. E_INPUT when the recipe cannot be read, E_RECIPE with a position for the rest. */
int sources_read(const char *path, struct arena *a, struct value **root, struct err *e) MUST_USE;

/* Lays the options' version and settings over the recipe; what is wrong with them is noted. */
void sources_set(const struct load_opts *o, struct arena *a, struct value *root, struct flaws *f);

/* The folder part of a path, "." without one. */
const char *sources_dir(const char *path, struct arena *a);

/* `path` as seen from the folder `dir`. */
const char *sources_join(const char *dir, struct str path, struct arena *a);
