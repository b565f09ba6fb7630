/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/cfb.h"
#include "pack/msibuild.h"

/* Writes all files of the package as cabinets of at most 2 GiB, each a stream, and makes their MD5.
 * Adds the cabinets to table Media. */
int msicab_put(struct msibuild *b, struct cfb *cfb, struct err *e) MUST_USE;
