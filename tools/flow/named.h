/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "model/schema.h"

/* The files that a format's section names (SCHEMA_PATH), by identity, size and time: what a package
 * depends on beside its tree. Relative names begin at `dir`; a file that is not there has no line.
 */
int named_key(const struct value *section, const struct schema *table, const char *dir,
              struct buf *out, struct err *e) MUST_USE;

/* One such file. */
int named_file(struct str name, const char *dir, struct buf *out, struct err *e) MUST_USE;
