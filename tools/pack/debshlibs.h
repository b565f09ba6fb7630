/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* Depends for the libraries that the tree's ELF files need, from templates/deb/shlibs and the
 * symbol versions they ask for: "libc6 (>= 2.34)", sorted. Libraries that the package brings itself
 * are left out. E_RECIPE listing those that no row knows. */
int debshlibs_find(const struct pack_job *j, const struct tree *pkg, struct str **depends,
                   size_t *n, struct err *e) MUST_USE;
