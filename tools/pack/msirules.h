/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "container/msidb.h"

/* What must hold between the tables of a package, in the spirit of the ICE rules that matter:
 * references lead somewhere, components have a key that is theirs and a GUID of their own, files
 * lie on a medium, actions come in an order that works. E_INPUT with the first that does not. */
int msirules_check(const struct msidb *db, struct err *e) MUST_USE;
