/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/arena.h"
#include "container/squashfs_table.h"

/* Extended attributes of an image that is read. */
struct squashfs_attrs {
    struct squashfs_table *t;
    uint64_t pairs, list; /* where they begin; where the list of the sets' blocks does */
    uint32_t n;           /* sets */
    struct arena mem;     /* of the set that was got last */
};

int squashfs_attrs_open(struct squashfs_attrs *a, struct squashfs_table *t, struct err *e) MUST_USE;

/* A set of attributes (SQUASHFS_DISK_NONE32: none), which stays until the next is got. */
int squashfs_attrs_get(struct squashfs_attrs *a, uint32_t set, const struct squashfs_xattr **v,
                       size_t *n, struct err *e) MUST_USE;
void squashfs_attrs_drop(struct squashfs_attrs *a);
