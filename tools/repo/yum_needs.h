/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/rpmhdr.h"

/* Appends <rpm:provides>, <rpm:requires> … of a main header, with what createrepo_c leaves out left
 * out: rpmlib(), what the package itself brings, all but the newest of libc's versions. */
void yum_needs(const struct rpmhdr *h, struct arena *scratch, struct buf *out);

/* Is a file one of those that the primary document names too? */
bool yum_needs_primary(struct str path);
