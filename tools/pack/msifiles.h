/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "pack/msibuild.h"

/* Folders, components and files of the tree: tables Directory, Component, File, FeatureComponents,
 * Feature and CreateFolder. */
int msifiles_add(struct msibuild *b, struct err *e) MUST_USE;

/* MD5 of each file, which must be known: the installer leaves equal files alone. */
void msifiles_hashes(struct msibuild *b);
