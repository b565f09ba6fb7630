/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/squashfs_meta.h"

/* Puts the extended attributes of all entries into their table, equal sets once, and tells the
 * nodes which set is theirs. E_INPUT for a name whose kind no image can hold. */
int squashfs_xattr_write(struct squashfs_image *m, struct squashfs_meta *pairs,
                         struct squashfs_meta *sets, uint32_t *n_sets, struct err *e) MUST_USE;
