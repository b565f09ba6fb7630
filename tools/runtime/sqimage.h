/* SPDX-License-Identifier: MIT */
#pragma once

#include "runtime/sqblocks.h"

#include <stddef.h>
#include <stdint.h>

/* A SquashFS 4.0 image within a file, to be read by many threads at once. Whatever it says is
 * checked before it is used; functions return 0 or an errno negated, -EIO for what is damaged. */
struct sqimage {
    int fd;
    uint64_t base;  /* where it begins in the file; other positions count from here */
    uint64_t bytes; /* how long it is */
    uint32_t block; /* size of a data block */
    uint32_t inodes, fragments;
    uint16_t ids;
    int64_t mtime;
    uint64_t root; /* inode reference */
    uint64_t id_table, inode_table, dir_table, fragment_table;
    struct sqblocks meta, data;
    struct sqimage_hint {
        uint64_t inode, index, list_block, disk;
        uint32_t list_at;
    } hints[8]; /* where reading of a long file went on */
};

/* A place in a chain of metadata blocks, and the table's end. */
struct sqimage_cursor {
    uint64_t block, end;
    uint32_t at;
};

enum sqimage_kind {
    SQIMAGE_DIR = 1,
    SQIMAGE_FILE,
    SQIMAGE_LINK,
    SQIMAGE_BLOCK,
    SQIMAGE_CHAR,
    SQIMAGE_FIFO,
    SQIMAGE_SOCKET
};

struct sqimage_inode {
    uint64_t ref;
    enum sqimage_kind kind;
    uint32_t mode; /* permission bits */
    uint32_t uid, gid, number, links;
    int64_t mtime;
    uint64_t size;              /* of a file's bytes, a link's target, a folder's list */
    uint32_t device;            /* of a device */
    uint64_t start;             /* file: its first block; folder: its list's metadata block */
    uint32_t offset;            /* folder: within that; file: within the fragment */
    uint32_t fragment;          /* SQIMAGE_NO_FRAGMENT: none */
    uint16_t index;             /* folder: entries of its index */
    struct sqimage_cursor rest; /* a file's block list, a link's target, a folder's index */
};

#define SQIMAGE_NO_FRAGMENT UINT32_MAX

/* Opens the image at `base` of a file that is `size` bytes long; fd stays the caller's. On
 * failure `why` says what is wrong. */
int sqimage_open(struct sqimage *s, int fd, uint64_t base, uint64_t size, const char **why);
void sqimage_close(struct sqimage *s);

int sqimage_inode(struct sqimage *s, uint64_t ref, struct sqimage_inode *i);

/* Takes n bytes of metadata; what there is no room for is left out where `to` is NULL. */
int sqimage_take(struct sqimage *s, struct sqimage_cursor *c, void *to, size_t n);

/* The target of a symbolic link, with a NUL behind it. -EIO when it has none or one inside. */
enum { SQIMAGE_LINK_MAX = 4095 };
int sqimage_target(struct sqimage *s, const struct sqimage_inode *i, char to[SQIMAGE_LINK_MAX + 1]);

/* Bytes of a file from `at` on; how many there were. */
int64_t sqimage_read(struct sqimage *s, const struct sqimage_inode *i, uint64_t at, void *to,
                     size_t n);
