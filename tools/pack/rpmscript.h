/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "pack/rpmdeps.h"

/* The scriptlets of an RPM package with their interpreters, and what they require. A script that
 * comes from a file NAME.lua is run by rpm itself. */
int rpmscript_tags(const struct pack_job *j, const struct tree *pkg, struct rpmdeps *d,
                   struct rpmhdr *h, struct err *e) MUST_USE;
