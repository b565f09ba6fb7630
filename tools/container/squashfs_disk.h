/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/bytes.h"

#include <stddef.h>

/* SquashFS 4.0 as it lies on the disk (Linux, fs/squashfs/squashfs_fs.h): little endian. */
enum {
    SQUASHFS_DISK_MAGIC = 0x73717368, /* "hsqs" */
    SQUASHFS_DISK_SUPER = 96,
    SQUASHFS_DISK_META = 8192, /* what a metadata block stands for, the last of a table less */
    SQUASHFS_DISK_META_STORED = 1 << 15, /* in its head: not compressed */
    SQUASHFS_DISK_STORED = 1 << 24,      /* in the size of a data block: not compressed */
    SQUASHFS_DISK_BLOCK_LEAST = 4096,
    SQUASHFS_DISK_BLOCK_MOST = 1 << 20,
    SQUASHFS_DISK_NAME = 256,
    SQUASHFS_DISK_LINK = 4096,   /* the kernel's page: no longer target is read */
    SQUASHFS_DISK_IDS = 65535,   /* users and groups */
    SQUASHFS_DISK_EMPTY = 3,     /* the "size" of a listing is larger by this */
    SQUASHFS_DISK_HEADER = 256,  /* the most entries under one head of a listing */
    SQUASHFS_DISK_FRAGMENT = 16, /* one fragment's place in its table, one set of attributes' too */
    SQUASHFS_DISK_PAD = 4096,
};
#define SQUASHFS_DISK_NONE UINT64_MAX   /* there is no such table */
#define SQUASHFS_DISK_NONE32 UINT32_MAX /* no fragment, no attributes */

enum squashfs_disk_codec {
    SQUASHFS_DISK_GZIP = 1,
    SQUASHFS_DISK_LZMA,
    SQUASHFS_DISK_LZO,
    SQUASHFS_DISK_XZ,
    SQUASHFS_DISK_LZ4,
    SQUASHFS_DISK_ZSTD
};

enum squashfs_disk_flag {
    SQUASHFS_DISK_STORED_INODES = 1,
    SQUASHFS_DISK_STORED_DATA = 2,
    SQUASHFS_DISK_STORED_FRAGMENTS = 8,
    SQUASHFS_DISK_NO_FRAGMENTS = 0x10,
    SQUASHFS_DISK_DUPLICATES = 0x40, /* equal files were looked for */
    SQUASHFS_DISK_REFS = 0x80,       /* there is a table of inodes by number */
    SQUASHFS_DISK_STORED_XATTRS = 0x100,
    SQUASHFS_DISK_NO_XATTRS = 0x200,
    SQUASHFS_DISK_OPTIONS = 0x400, /* of the codec, behind the superblock */
    SQUASHFS_DISK_STORED_IDS = 0x800,
};

enum squashfs_disk_inode {
    SQUASHFS_DISK_DIR = 1,
    SQUASHFS_DISK_FILE,
    SQUASHFS_DISK_SYMLINK,
    SQUASHFS_DISK_BLOCK_DEVICE,
    SQUASHFS_DISK_CHAR_DEVICE,
    SQUASHFS_DISK_FIFO,
    SQUASHFS_DISK_SOCKET,
    SQUASHFS_DISK_LONG, /* the same kinds again, with larger fields: SQUASHFS_DISK_DIR + 7 … */
    SQUASHFS_DISK_WIDER = 7,
};

struct squashfs_disk_super {
    uint32_t inodes, mtime, block, fragments;
    uint16_t codec, block_log, flags, ids;
    uint64_t root, used;
    uint64_t id_table, xattr_table, inode_table, dir_table, fragment_table, export_table;
};

static inline void squashfs_disk_put_super(unsigned char *p, const struct squashfs_disk_super *s) {
    const uint32_t word[] = {SQUASHFS_DISK_MAGIC, s->inodes, s->mtime, s->block, s->fragments};
    const uint16_t half[] = {s->codec, s->block_log, s->flags, s->ids, 4, 0};
    const uint64_t wide[] = {s->root,        s->used,      s->id_table,       s->xattr_table,
                             s->inode_table, s->dir_table, s->fragment_table, s->export_table};

    for (size_t i = 0; i < sizeof word / sizeof *word; i++, p += 4)
        bytes_put_le32(p, word[i]);
    for (size_t i = 0; i < sizeof half / sizeof *half; i++, p += 2)
        bytes_put_le16(p, half[i]);
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++, p += 8)
        bytes_put_le64(p, wide[i]);
}

static inline void squashfs_disk_get_super(const unsigned char *p, struct squashfs_disk_super *s) {
    uint32_t *const word[] = {&s->inodes, &s->mtime, &s->block, &s->fragments};
    uint16_t *const half[] = {&s->codec, &s->block_log, &s->flags, &s->ids};
    uint64_t *const wide[] = {&s->root,        &s->used,      &s->id_table,       &s->xattr_table,
                              &s->inode_table, &s->dir_table, &s->fragment_table, &s->export_table};

    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        *word[i] = bytes_le32(p + 4 + 4 * i);
    for (size_t i = 0; i < sizeof half / sizeof *half; i++)
        *half[i] = bytes_le16(p + 20 + 2 * i);
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        *wide[i] = bytes_le64(p + 32 + 8 * i);
}
