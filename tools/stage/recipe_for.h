/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/recipe.h"

/* Sets `own` of the targets that say something themselves: their entry. Of a recipe that is whole.
 */
void recipe_for_targets(struct recipe *r, struct arena *a);

/* The recipe as one format of one target sees it: what the format's section says of name, title,
 * summary, description, vendor, maintainer, homepage, license, release and scripts wins; its files
 * are added to the recipe's. The rest is shared with `r`; it is the target's
 * own, or `r`, where the section says nothing of these, so that formats share one tree. */
int recipe_for_format(const struct recipe *r, const struct target *t, const char *format,
                      struct arena *a, const struct recipe **out, struct err *e) MUST_USE;
