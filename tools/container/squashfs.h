/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "io/source.h"
#include "os/outfile.h"

/* SquashFS 4.0 images (Linux, Documentation/filesystems/squashfs.rst): writer and reader. */
enum squashfs_codec { SQUASHFS_NONE, SQUASHFS_GZIP, SQUASHFS_XZ, SQUASHFS_LZ4, SQUASHFS_ZSTD };
enum squashfs_kind { SQUASHFS_FILE, SQUASHFS_DIR, SQUASHFS_LINK, SQUASHFS_OTHER };

struct squashfs_xattr {
    struct str name, value; /* "user.mime", "security.capability", "trusted.x" */
};

struct squashfs_entry {
    struct str path; /* "usr/bin/hello"; parents come before what is in them */
    enum squashfs_kind kind;
    uint32_t mode; /* permission bits, with set-id and sticky */
    uint32_t uid, gid;
    int64_t mtime;
    uint64_t size;     /* of a file */
    struct str target; /* of a link */
    size_t link;       /* hard link: 1 + index of an earlier entry that is the same file; 0: none */
    const struct squashfs_xattr *xattrs;
    size_t n_xattrs;
};

struct squashfs_opts {
    enum squashfs_codec codec;
    int level;      /* 0: the codec's default (zstd 15, gzip 9, xz 6, lz4 1) */
    uint32_t block; /* a power of two, 4 KiB to 1 MiB; 0: 128 KiB */
    int bcj;        /* xz: enum codec_filter of io/codec.h that is tried beside none; x86 and arm */
    int64_t mtime;  /* of the image and of its root, when no entry "" gives one */
    bool no_fragments;  /* every file has blocks of its own */
    bool no_duplicates; /* equal files are stored again */
    bool as_mksquashfs; /* tables in its order and with the one for NFS: its very bytes for files in
                           the order of a walk by names, with xz and gzip at their defaults */
    unsigned jobs;      /* threads; the bytes do not depend on it */
    int spool;          /* folder for a nameless spool */
};

/* What goes in, sorted as struct tree is. `take` gives the next bytes of the stream that all files
 * (hard links left out) make one behind the other: between 1 and `most` bytes, that stay until it
 * is called again. The bytes are taken once. */
struct squashfs_files {
    const struct squashfs_entry *v;
    size_t n;
    int (*take)(void *self, uint64_t most, const void **p, size_t *n, struct err *e);
    void *self;
};

/* Appends an image to f, which need not be empty: offsets count from where it begins. It is filled
 * up with zeros to a multiple of 4 KiB. Data blocks of files come first, in the order of the files,
 * then fragments, then tables; a file that changes moves as little of the others as possible.
 * Memory: a few blocks for each job, and some 200 bytes an entry. */
int squashfs_write(struct outfile *f, const struct squashfs_opts *o,
                   const struct squashfs_files *files, struct err *e) MUST_USE;

struct squashfs_facts {
    enum squashfs_codec codec;
    uint32_t block;
    int64_t mtime;
    uint64_t size; /* bytes_used: what the image claims of the file from `at` on */
    uint32_t inodes, fragments;
};

/* Calls `see` for every entry in the order of the tree, the root (path "") first, with a source of
 * a file's bytes (which may be left unread). Everything is checked before it is used: offsets,
 * sizes, counts, names, folders that hold themselves. E_INPUT naming what is wrong. Strings live
 * until `see` returns. Memory does not depend on the image's size but on its folders' depth and
 * breadth. `facts` may be NULL. */
int squashfs_read(struct infile *f, uint64_t at, struct squashfs_facts *facts,
                  int (*see)(void *self, const struct squashfs_entry *x, struct source *data,
                             struct err *e),
                  void *self, struct err *e) MUST_USE;

bool squashfs_sniff(const void *head, size_t n);
const char *squashfs_codec_name(enum squashfs_codec c); /* "zstd" */
