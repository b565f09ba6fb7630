/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "pack/msibuild.h"

/* What the system is told of the application: shortcuts, deep links, file associations, services,
 * environment, registry values, its entry under "Apps". After msifiles_add. E_RECIPE with the
 * position for a program that is not in the tree. */
int msishell_add(struct msibuild *b, struct err *e) MUST_USE;
