/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "model/recipe.h"

/* What load_resolved promises. */
int resolved_write(const struct recipe *r, struct buf *json, struct err *e) MUST_USE;
