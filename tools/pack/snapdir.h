/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* The tree of a snap: the application as on an installed system, below usr/, and meta/ with
 * snap.yaml, the desktop files, the icon and the hooks. */
int snapdir_layout(const struct pack_job *j, const struct tree *app, struct tree *pkg,
                   struct err *e) MUST_USE;
