/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/squashfs_image.h"

/* In which order inodes stand in their table: `v[0..n)` are indices of entries, hard links left
 * out, what is in a folder before the folder. */
struct squashfs_order {
    uint32_t *v;
    size_t n;
};

/* Files first, then folders from the last to the first: what changes about a file moves no folder
 * but its own. With opts.as_mksquashfs each folder stands behind what is in it. */
void squashfs_order_list(const struct squashfs_image *m, struct arena *mem,
                         struct squashfs_order *o);

/* Numbers inodes as mksquashfs does: the root last. */
void squashfs_order_number(struct squashfs_image *m);

/* Where each inode lies, by number, as the table for NFS wants it: 8 bytes each. */
void squashfs_order_refs(const struct squashfs_image *m, struct arena *mem, struct str *table);
