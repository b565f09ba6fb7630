/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/cfb.h"
#include "pack/msibuild.h"

/* Writes the files [first, end) as a cabinet into a stream of the package, and makes their MD5. */
int msicab_put(struct msibuild *b, size_t first, size_t end, struct cfb *cfb, struct str name,
               struct err *e) MUST_USE;
