/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* Puts the tree's files into a folder for makensis, as f/N/N: symlinks to host files, copies of
 * what is in memory or in pieces; and install.nsh and remove.nsh, which name them. */
int nsisfiles_write(const struct pack_job *j, const struct tree *pkg, int dir,
                    struct err *e) MUST_USE;

/* After makensis has read them: E_INPUT when one is not what was gathered. */
int nsisfiles_check(const struct tree *pkg, struct err *e) MUST_USE;
