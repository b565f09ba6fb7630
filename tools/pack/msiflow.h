/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "pack/msibuild.h"

/* What happens when, and under which conditions: properties of the product, upgrades, launch
 * conditions, and the sequence tables for the tables that are there by now. */
int msiflow_add(struct msibuild *b, struct err *e) MUST_USE;
