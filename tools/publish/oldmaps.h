/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/release.h"

/* Clients look for the block map of what they have beside the new package, under the name that it
 * had (electron-updater exchanges the version in the address). Links the maps of the newest
 * OLDMAPS_KEPT earlier releases below `root` into a folder there that `r` will be published as;
 * nothing when `r` has no such map itself. */
enum { OLDMAPS_KEPT = 10 };

int oldmaps_link(int root, const char *folder, const struct release *r, struct arena *mem,
                 struct err *e) MUST_USE;
