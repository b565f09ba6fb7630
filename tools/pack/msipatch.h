/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* What changes installed products and databases, .msp and .mst: read, never made. */
extern const struct packager msipatch_format, msipatch_transform_format;

/* Is it a database, and neither of these? For packager.probe. */
int msipatch_none(struct infile *f, bool *is, struct err *e) MUST_USE;
