/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/recipe.h"

/* Reads a changelog's text: in the form of debian/changelog when it begins like one, else Markdown.
 * Versions in written order; a time of 0 where none is given, items as written in one line each.
 * "Unreleased" stands as the version of what is under such a heading. E_RECIPE with the line. */
int changes_text_read(struct str text, const char *file, struct arena *a, struct recipe_change **v,
                      size_t *n, struct err *e) MUST_USE;
