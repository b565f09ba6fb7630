/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/report.h"
#include "model/place.h"

/* Reads the repository at `p` as apt would: each suite's signature, its indexes against Release and
 * under their by-hash names, its packages against the indexes. */
int apt_verify(const struct place *p, struct str keys, struct report *bad, size_t *files,
               struct arena *mem, struct err *e);
