/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

int snapread_list(struct infile *f, struct arena *mem, struct tree *found, struct value *facts,
                  struct err *e) MUST_USE;
