/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/map.h"
#include "model/recipe.h"

/* What load_resolved and load_resolved_part promise. */
int resolved_write(const struct recipe *r, struct buf *json, struct err *e) MUST_USE;
int resolved_write_part(const struct recipe *r, const struct target *t, const struct map *without,
                        struct buf *json, struct err *e) MUST_USE;
