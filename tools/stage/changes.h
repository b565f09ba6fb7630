/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/recipe.h"

/* Fills r->changes, newest first. `how` is "git": a version for each version tag with the subjects
 * of its commits, and one for the recipe's own version when no tag has it; or a file below the
 * recipe's folder, Markdown with a heading for each version ("## [1.2.3] - 2026-01-02", bullets
 * below; what is under Unreleased counts as the recipe's version when that has no heading), or in
 * the form of debian/changelog. Every version has at least one item and a time: its own, else that
 * of the version after it. E_RECIPE with file and line for what cannot be read so. */
int changes_load(struct recipe *r, struct str how, struct arena *a, struct err *e) MUST_USE;
