/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* Programs, libraries and drivers for Windows as such: read, never made. */
extern const struct packager peread_format;

/* Facts of any of them: headers, version, icons, manifest. */
int peread_facts(struct infile *f, struct arena *mem, struct value *facts, struct err *e) MUST_USE;
