/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/recipe.h"

/* systemd units from `services:`: lib/systemd/system/NAME.service, added to `made` (TREE_MADE, not
 * finished); nothing for targets of other systems. */
int units_add(const struct recipe *r, const struct target *t, const struct tree *app,
              struct tree *made, struct err *e) MUST_USE;
