/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/squashfs_meta.h"

/* Finds each entry's folder and numbers the inodes, before any byte is written. E_INPUT naming an
 * entry that no image can hold. */
int squashfs_dirs_link(struct squashfs_image *m, struct err *e) MUST_USE;

/* Inodes of files and links, then folders from the last to the first, which brings what is in a
 * folder before it. When the data of all files has its place. */
int squashfs_dirs_write(struct squashfs_image *m, struct squashfs_meta *inodes,
                        struct squashfs_meta *lists, struct err *e) MUST_USE;
