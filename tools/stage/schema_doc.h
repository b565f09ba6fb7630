/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "stage/load.h"

/* The tables of docs/recipe.md: every key that a recipe may hold, as Markdown. */
int schema_doc(const struct load_section *sections, struct buf *out, struct err *e) MUST_USE;
