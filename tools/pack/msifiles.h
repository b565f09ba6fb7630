/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "pack/msibuild.h"

/* Folders, components and files of the tree: tables Directory, Component, File, FeatureComponents,
 * Feature and CreateFolder. */
int msifiles_add(struct msibuild *b, struct err *e) MUST_USE;

/* MD5 of each file, which must be known: the installer leaves equal files alone. */
void msifiles_hashes(struct msibuild *b);

/* How the files are cut into cabinets: cabinet number i begins with file first[i]; n of them. */
struct msifiles_cabinets {
    size_t *first, n;
};
struct msifiles_cabinets msifiles_cut(const struct msibuild *b);

/* "app1.cab", and the rows of Media. */
struct str msifiles_cabinet(struct msibuild *b, size_t i);
void msifiles_media(struct msibuild *b, const struct msifiles_cabinets *c);
