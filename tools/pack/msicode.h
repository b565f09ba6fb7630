/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/msisum.h"
#include "pack/msibuild.h"

/* Product code and package code of a package whose tables are complete but for them. Both come from
 * all that is in it, so the same inputs have the same, and a package that differs in anything has
 * other ones: the installer refuses one that has the product code of an installed one and another
 * package code (1638), and would never look into the files of one that has both. */
int msicode_set(struct msibuild *b, const struct msisum *s, struct err *e) MUST_USE;
