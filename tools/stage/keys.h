/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "stage/load.h"

/* Every key that a recipe may hold, the sections' keys included: the table for its outermost map.
 * What it points to is in the arena or static. */
const struct schema *keys_recipe(const struct load_section *sections, struct arena *mem);

/* The keys that a format's section may hold to override the recipe's. */
const struct schema *keys_overrides(void);
