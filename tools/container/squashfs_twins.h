/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/map.h"
#include "container/squashfs_image.h"
#include "crypto/digest.h"

/* Files with the same bytes. Only those whose size another file has, too, need a digest, and few
 * large ones do. */
struct squashfs_twins {
    const struct squashfs_image *m;
    uint64_t *size; /* of all files, sorted */
    size_t n;
    struct map seen;       /* size and digest, 1 + index of the first such file */
    struct digest *sum[2]; /* of a small file; of the blocks of one, which come back in between */
};

int squashfs_twins_open(struct squashfs_twins *t, struct squashfs_image *m, struct err *e) MUST_USE;
bool squashfs_twins_wanted(const struct squashfs_twins *t, size_t i);

/* Bytes of one file after the other, or (`blocks`) digests of a file's blocks: both kinds of file
 * may be under way at a time. *same: 1 + index of an earlier file with the same ones, or 0. */
void squashfs_twins_put(struct squashfs_twins *t, bool blocks, const void *p, size_t n);
int squashfs_twins_end(struct squashfs_twins *t, bool blocks, size_t i, uint32_t *same,
                       struct err *e) MUST_USE;

void squashfs_twins_drop(struct squashfs_twins *t);
