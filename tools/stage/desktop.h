/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/recipe.h"

/* What a Linux desktop wants of an application with a menu entry: .desktop file, icons, AppStream
 * metainfo, MIME types. Adds them to `made` (marked TREE_MADE, not finished); nothing for targets
 * of other systems, without `entry` or with `shortcuts: { menu: false }`; `always`: with that the
 * .desktop file says that menus leave it out. The icon is read here: E_INPUT and E_RECIPE with its
 * position in the recipe. `app` is what the recipe's files gave. */
int desktop_add(const struct recipe *r, const struct target *t, const struct tree *app, bool always,
                struct tree *made, struct err *e) MUST_USE;

/* For the files beside the .desktop file. The media type of an association; the categories as a
 * list, never empty; all media types that the application opens, schemes first. */
struct str desktop_mime(const struct recipe *r, const struct recipe_assoc *x, struct arena *a);
struct value *desktop_categories(const struct recipe *r, struct arena *a);
struct value *desktop_types(const struct recipe *r, struct arena *a);
