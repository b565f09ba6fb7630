/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/recipe.h"

/* The recipe as one format of one target sees it: what the format's section says of name, title,
 * summary, description, vendor, maintainer, homepage, license, release and scripts wins; its files
 * are added to the recipe's. The rest is shared with `r`. */
int recipe_for_format(const struct recipe *r, const struct target *t, const char *format,
                      struct arena *a, struct recipe **out, struct err *e) MUST_USE;
