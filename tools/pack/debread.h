/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* Reads any Debian package: control fields as facts, the data tar as a tree. Every sum of md5sums
 * is checked: E_WRONG naming the file. */
int debread_list(struct infile *f, struct arena *mem, struct tree *found, struct value *facts,
                 struct err *e) MUST_USE;
