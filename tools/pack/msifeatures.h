/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "pack/msibuild.h"

/* What people may leave out: `features` of the section, each below the feature Main, which always
 * comes. */

/* Names are usable and there once; E_RECIPE with the position. Pure. */
int msifeatures_check(const struct pack_job *j, struct err *e) MUST_USE;

/* Table Feature; before all components. */
void msifeatures_add(struct msibuild *b);

/* The feature that a file or an empty folder of the tree belongs to: the first that names it. */
struct str msifeatures_of(const struct msibuild *b, struct str path);

/* After the files and the entry: each feature has files, and the entry is in none that people may
 * leave out, as shortcuts lead to it. E_RECIPE with the position. */
int msifeatures_complete(const struct msibuild *b, struct err *e) MUST_USE;
