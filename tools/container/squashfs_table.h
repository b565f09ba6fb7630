/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/squashfs.h"
#include "container/squashfs_disk.h"
#include "io/blockcodec.h"

/* An image that is read: its superblock, checked, and the metadata behind it, of which a few blocks
 * are kept. Nothing that it says is believed. */
enum { SQUASHFS_TABLE_KEPT = 16 };

struct squashfs_table_block {
    uint64_t at, next; /* on the disk; 0: none */
    uint64_t used;
    size_t n;
    unsigned char p[SQUASHFS_DISK_META];
};

struct squashfs_table {
    struct infile *f;
    uint64_t at; /* where the image begins in f */
    struct squashfs_disk_super s;
    enum squashfs_codec codec;
    struct blockcodec *unpack;
    uint64_t dirs_end;
    uint64_t clock;
    struct squashfs_table_block kept[SQUASHFS_TABLE_KEPT];
    unsigned char packed[SQUASHFS_DISK_META];
};

/* A place in metadata, and the bytes of the disk it may not leave. */
struct squashfs_cursor {
    uint64_t block, begin, end;
    size_t offset;
};

int squashfs_table_open(struct squashfs_table *t, struct infile *f, uint64_t at,
                        struct err *e) MUST_USE;
void squashfs_table_drop(struct squashfs_table *t);

/* E_INPUT "FILE: squashfs: …" */
int squashfs_table_bad(const struct squashfs_table *t, struct err *e, const char *fmt, ...)
    PRINTF(3, 4);

/* `ref`: a block of the table << 16 | an offset in it. */
struct squashfs_cursor squashfs_table_inode(const struct squashfs_table *t, uint64_t ref);
struct squashfs_cursor squashfs_table_listing(const struct squashfs_table *t, uint64_t ref);
struct squashfs_cursor squashfs_table_pairs(const struct squashfs_table *t, uint64_t begin,
                                            uint64_t ref);

/* The next n bytes. */
int squashfs_table_get(struct squashfs_table *t, struct squashfs_cursor *c, void *p, size_t n,
                       struct err *e) MUST_USE;

/* Row `i`, of `n` bytes, of a table whose list of blocks begins at `list`. */
int squashfs_table_row(struct squashfs_table *t, uint64_t list, uint64_t i, void *p, size_t n,
                       struct err *e) MUST_USE;

/* A data block: `word` is its size as the disk says it, *n what it stands for, at most `room`.
 * `packed` has room for a block. */
int squashfs_table_data(struct squashfs_table *t, uint64_t at, uint32_t word, void *packed, void *p,
                        size_t room, size_t *n, struct err *e) MUST_USE;
