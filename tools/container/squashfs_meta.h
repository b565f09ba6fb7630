/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/squashfs_disk.h"
#include "container/squashfs_image.h"

/* A table of metadata: bytes that are cut into blocks of 8 KiB, compressed and kept until they are
 * written. Failures are kept, too, and reported by squashfs_meta_end. */
struct squashfs_meta {
    struct blockcodec *codec;
    struct buf out; /* blocks that are done */
    uint64_t *at;   /* where each of them begins in out */
    size_t n, room; /* of `at` */
    size_t fill;
    bool steady; /* blocks get sizes that small changes leave as they are */
    struct err err;
    unsigned char raw[SQUASHFS_DISK_META], packed[SQUASHFS_DISK_META];
};

void squashfs_meta_init(struct squashfs_meta *t, struct blockcodec *codec);
void squashfs_meta_put(struct squashfs_meta *t, const void *p, size_t n);

/* Where the next byte will be: its block << 16 | its offset in what the block stands for. */
uint64_t squashfs_meta_ref(const struct squashfs_meta *t);

/* Where block i begins in the table: one that is done, or the next. */
uint64_t squashfs_meta_block(const struct squashfs_meta *t, size_t i);

/* Ends the last block and appends the table to the image. */
int squashfs_meta_end(struct squashfs_meta *t, struct squashfs_image *m, struct err *e) MUST_USE;

/* The same, and behind it where each block of it lies. *at: where that list begins. */
int squashfs_meta_list(struct squashfs_meta *t, struct squashfs_image *m, uint64_t *at,
                       struct err *e) MUST_USE;

void squashfs_meta_drop(struct squashfs_meta *t);
