/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* The AppDir: what is in an AppImage. */

/* What a recipe must say for one: `entry`, `icon`, `id`, lines for AppRun.conf. Pure. E_RECIPE. */
int appimagedir_check(const struct pack_job *j, struct err *e) MUST_USE;

/* The application's tree as linux_tree lays it out, with AppRun and its AppRun.conf, the desktop
 * file, its icon and .DirIcon at the top, where the recipe's own files are not. Absolute symlinks
 * that lead to something in the tree become relative. E_RECIPE, with the recipe's line, for a link
 * that leaves the tree and for an `entry` that is no program in it. */
int appimagedir_layout(const struct pack_job *j, const struct tree *app, struct tree *pkg,
                       struct err *e) MUST_USE;

const char *appimagedir_arch(enum arch_kind a); /* x86_64 aarch64 i686 armhf; NULL: cannot be */
