/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/msidb.h"
#include "container/msisum.h"
#include "text/value.h"

/* What an installer database tells of itself. Nothing of it is checked: after check_shape of
 * pack/msirules.h it is also right. */
void msifacts_summary(const struct msisum *s, struct arena *mem, struct value *facts);
void msifacts_tables(const struct msidb *db, struct arena *mem, struct value *facts);

/* "deferred, as the system: a function of a library in the package" */
struct str msifacts_action(int32_t type, struct arena *mem);
