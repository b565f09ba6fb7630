/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* What meta/snap.yaml says, as a map in its order; values that the recipe wrote keep their
 * positions. `pkg` NULL: before there is a tree, with the paths that programs will have. */
int snapmeta_make(const struct pack_job *j, const struct tree *pkg, struct value **meta,
                  struct err *e) MUST_USE;

/* The path below the snap's root that a program or file has which the recipe calls `path`. */
struct str snapmeta_path(const struct pack_job *j, const struct tree *pkg, struct str path);

/* Has the entry's program a menu entry? */
bool snapmeta_desktop(const struct recipe *r);

/* Architectures as snapd calls them; NULL: it has none. */
const char *snapmeta_arch(enum arch_kind a);
