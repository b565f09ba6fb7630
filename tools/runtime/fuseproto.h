/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/* What the kernel and a file system's program say to each other over /dev/fuse, as far as a
 * read-only one needs it (Linux, Documentation/filesystems/fuse; protocol 7.36 and before). */
enum { FUSEPROTO_MAJOR = 7, FUSEPROTO_MINOR = 36, FUSEPROTO_ROOT = 1 };

enum fuseproto_op {
    FUSEPROTO_LOOKUP = 1,
    FUSEPROTO_FORGET = 2,
    FUSEPROTO_GETATTR = 3,
    FUSEPROTO_READLINK = 5,
    FUSEPROTO_OPEN = 14,
    FUSEPROTO_READ = 15,
    FUSEPROTO_STATFS = 17,
    FUSEPROTO_RELEASE = 18,
    FUSEPROTO_FLUSH = 25,
    FUSEPROTO_INIT = 26,
    FUSEPROTO_OPENDIR = 27,
    FUSEPROTO_READDIR = 28,
    FUSEPROTO_RELEASEDIR = 29,
    FUSEPROTO_ACCESS = 34,
    FUSEPROTO_INTERRUPT = 36,
    FUSEPROTO_DESTROY = 38,
    FUSEPROTO_BATCH_FORGET = 42,
    FUSEPROTO_READDIRPLUS = 44
};

enum fuseproto_feature {
    FUSEPROTO_ASYNC_READ = 1 << 0,
    FUSEPROTO_DO_READDIRPLUS = 1 << 13,
    FUSEPROTO_READDIRPLUS_AUTO = 1 << 14,
    FUSEPROTO_PARALLEL_DIROPS = 1 << 18,
    FUSEPROTO_MAX_PAGES = 1 << 22,
    FUSEPROTO_CACHE_SYMLINKS = 1 << 23
};

enum fuseproto_keep { FUSEPROTO_KEEP_CACHE = 1 << 1, FUSEPROTO_CACHE_DIR = 1 << 3 };

struct fuseproto_in {
    uint32_t len, op;
    uint64_t unique, node;
    uint32_t uid, gid, pid, more;
};

struct fuseproto_out {
    uint32_t len;
    int32_t error;
    uint64_t unique;
};

struct fuseproto_init_in {
    uint32_t major, minor, readahead, flags;
};

enum { FUSEPROTO_INIT_OLD = 24 }; /* how long an answer is before 7.23 */

struct fuseproto_init_out {
    uint32_t major, minor, readahead, flags;
    uint16_t background, congestion;
    uint32_t max_write, granularity;
    uint16_t max_pages, align;
    uint32_t flags2, unused[7];
};

struct fuseproto_attr {
    uint64_t ino, size, blocks, atime, mtime, ctime;
    uint32_t atime_ns, mtime_ns, ctime_ns, mode, nlink, uid, gid, rdev, blksize, flags;
};

struct fuseproto_attr_out {
    uint64_t valid;
    uint32_t valid_ns, unused;
    struct fuseproto_attr attr;
};

struct fuseproto_entry_out {
    uint64_t node, generation, entry_valid, attr_valid;
    uint32_t entry_valid_ns, attr_valid_ns;
    struct fuseproto_attr attr;
};

struct fuseproto_open_out {
    uint64_t handle;
    uint32_t keep, unused;
};

struct fuseproto_read_in {
    uint64_t handle, offset;
    uint32_t size, read_flags;
    uint64_t owner;
    uint32_t flags, unused;
};

struct fuseproto_access_in {
    uint32_t mask, unused;
};

struct fuseproto_statfs_out {
    uint64_t blocks, bfree, bavail, files, ffree;
    uint32_t bsize, namelen, frsize, unused, spare[6];
};

/* The name follows, then zeros to a multiple of 8. */
struct fuseproto_dirent {
    uint64_t ino, off;
    uint32_t namelen, type;
};

_Static_assert(sizeof(struct fuseproto_in) == 40, "layout");
_Static_assert(sizeof(struct fuseproto_out) == 16, "layout");
_Static_assert(sizeof(struct fuseproto_init_out) == 64, "layout");
_Static_assert(sizeof(struct fuseproto_attr) == 88, "layout");
_Static_assert(sizeof(struct fuseproto_entry_out) == 128, "layout");
_Static_assert(sizeof(struct fuseproto_read_in) == 40, "layout");
_Static_assert(sizeof(struct fuseproto_statfs_out) == 80, "layout");
_Static_assert(sizeof(struct fuseproto_dirent) == 24, "layout");
