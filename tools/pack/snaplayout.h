/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* What snapd refuses of the section `layout`. E_RECIPE with the position. */
int snaplayout_check(const struct pack_job *j, const struct value *meta, struct err *e) MUST_USE;
