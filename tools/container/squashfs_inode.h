/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/squashfs_table.h"

/* An inode as it stands in its table. */
struct squashfs_inode {
    enum squashfs_disk_inode type; /* without SQUASHFS_DISK_WIDER */
    uint32_t mode, uid, gid, mtime, number, links;
    uint32_t xattr;
    /* Of a file: the words of its blocks stand at `more`. Of a link: the target does. */
    uint64_t start, size;
    uint32_t fragment, offset;
    struct squashfs_cursor more;
    uint64_t listing; /* of a folder; `size` is then the listing's */
};

int squashfs_inode_get(struct squashfs_table *t, uint64_t ref, struct squashfs_inode *x,
                       struct err *e) MUST_USE;
