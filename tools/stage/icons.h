/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/recipe.h"

/* The recipe's icon as a theme wants it: share/icons/hicolor/SIZExSIZE/apps/ID.png for every usual
 * size that is not larger than the original, or scalable/apps/ID.svg. *any: there is one. E_RECIPE
 * with the icon's position for what cannot be an icon, E_INPUT when it cannot be read. */
int icons_add(const struct recipe *r, struct tree *made, bool *any, struct err *e) MUST_USE;
