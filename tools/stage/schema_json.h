/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "stage/load.h"

/* docs/recipe.schema.json: what the loader checks, as a JSON Schema (draft 2020-12) for editors. A
 * string with {{ }} in it is taken everywhere, for the schema cannot know what it becomes. */
int schema_json(const struct load_section *sections, struct buf *out, struct err *e) MUST_USE;
