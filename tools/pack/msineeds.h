/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "pack/msibuild.h"

/* What has to be on the computer before: `requires` of the section. Each is looked for into a
 * property REQUIRED1, REQUIRED2 …, which a command line may set to go on without. */

/* Of an item of the list. */
extern const struct schema msineeds_schema[];

/* Each item says one thing to look for; E_RECIPE with the position. Pure. */
int msineeds_check(const struct pack_job *j, struct err *e) MUST_USE;

/* Tables AppSearch, RegLocator, DrLocator, Signature, Upgrade, LaunchCondition, CustomAction and
 * what sets the properties in the sequences. The names of the properties, with a semicolon in front
 * of each, are put into `secure`. */
int msineeds_add(struct msibuild *b, struct buf *secure, struct err *e) MUST_USE;
