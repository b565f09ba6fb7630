/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* What packager.list promises, of any installer package: the files as they will lie below the
 * folder of the installation. Keys that refer to nothing, and what else would fail while it is
 * installed, is E_INPUT. */
int msiread_list(struct infile *f, struct arena *mem, struct tree *found, struct value *facts,
                 struct err *e) MUST_USE;

/* Rows of table Property of a package that slipway made: the value of `name`, E_INPUT without it.
 */
int msiread_property(struct infile *f, const char *name, struct arena *mem, struct str *value,
                     struct err *e) MUST_USE;
