/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/str.h"

/* A package's version as rpm compares it. */
struct yum_evr {
    struct str epoch, version, release; /* an empty epoch is 0 */
};

/* -1, 0, 1 as rpm's own rpmvercmp: by runs of digits and letters, '~' before and '^' behind the
 * same without. */
int yum_evr_segments(struct str a, struct str b);

int yum_evr_cmp(const struct yum_evr *a, const struct yum_evr *b);

/* Does "VERSION", "VERSION-RELEASE", or one of them behind "EPOCH:", mean this one? */
bool yum_evr_is(const struct yum_evr *v, struct str text);
