/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "flow/verify_release.h"

/* The block maps of a package, the one at its end and the one beside it, against its bytes: clients
 * that find a wrong one fetch the whole file without a word. */
int verify_maps(const struct place *place, const struct release *r, const struct artifact *a,
                struct infile *in, struct report *bad, struct arena *mem, struct err *e) MUST_USE;
