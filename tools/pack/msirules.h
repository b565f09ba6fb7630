/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/report.h"
#include "container/msidb.h"

/* What must hold between the tables of a package, in the spirit of the ICE rules that matter:
 * references lead somewhere, components have a key that is theirs, a GUID of their own and a
 * feature, files lie on a medium and not on top of one another, actions are known and come in an
 * order that works. All that does not goes into `bad`. E_INPUT when the tables are not what a
 * package has. */
int msirules_check(const struct msidb *db, struct report *bad, struct err *e) MUST_USE;
