/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "pack/msibuild.h"

/* The recipe's services, with what only Windows knows of them: `services` of the section. */

/* Of an item of that map. */
extern const struct schema msiservice_schema[];

/* Each item is about a service of the recipe; E_RECIPE with the position. Pure. */
int msiservice_check(const struct pack_job *j, struct err *e) MUST_USE;

/* Tables ServiceInstall, ServiceControl and MsiServiceConfig, and what tells the system to start
 * them again. After msifiles_add. E_RECIPE for a program that is not in the tree. */
int msiservice_add(struct msibuild *b, struct err *e) MUST_USE;
