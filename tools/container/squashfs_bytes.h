/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/squashfs_inode.h"
#include "io/source.h"

/* The bytes of files, one after the other; a few fragment blocks are kept between them. */
enum { SQUASHFS_BYTES_KEPT = 4 };

struct squashfs_bytes {
    struct squashfs_table *t;
    unsigned char *packed, *block;
    struct squashfs_bytes_kept {
        unsigned char *p;
        size_t n;
        uint32_t index;
        bool filled;
        uint64_t used;
    } kept[SQUASHFS_BYTES_KEPT];
    uint64_t clock;
    /* The present file. */
    struct squashfs_inode x;
    uint64_t left;          /* bytes that are not unpacked yet */
    uint64_t next;          /* where the next block lies */
    const unsigned char *p; /* bytes that are */
    size_t n;
};

void squashfs_bytes_init(struct squashfs_bytes *b, struct squashfs_table *t);
void squashfs_bytes_source(struct squashfs_bytes *b, const struct squashfs_inode *x,
                           struct source *s);
void squashfs_bytes_drop(struct squashfs_bytes *b);
