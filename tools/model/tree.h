/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "text/value.h"

#include <stdint.h>

/* A staged tree: what will be installed, in memory, with the bytes still where they are. */
enum tree_kind { TREE_FILE, TREE_DIR, TREE_LINK };

enum tree_mark {
    TREE_CONFIG = 1,         /* a configuration file: conffile, %config(noreplace) */
    TREE_CONFIG_REPLACE = 2, /* with TREE_CONFIG: rpm %config, replaced on upgrade */
    TREE_DOC = 4,
    TREE_LICENSE = 8,
    TREE_MADE = 16,  /* not from the user's files: written by slipway */
    TREE_ELF = 32,   /* starts with the ELF magic (set while gathering, which looks into files that
                        are executable, large or named like a library) */
    TREE_GHOST = 64, /* rpm %ghost: owned, not shipped */
    TREE_IMPLIED =
        128, /* a parent folder nobody named: formats that do not own system folders leave it out */
};

/* A piece of a file: `n` bytes of the host file at `at`, or of memory. */
struct tree_range {
    const void *data; /* NULL: the host file's */
    uint64_t at, n;
};

/* Where a file's bytes come from. `path` NULL: the bytes are `data`. With `range` they are those
 * pieces in order (a stripped ELF file is the original with a small end of its own), else entry's
 * size bytes of the host file starting at `from`. */
struct tree_bytes {
    const char *path; /* host path, absolute; NULL: data */
    struct str data;
    uint64_t dev, ino; /* as gathered: a file that changes while it is packed is noticed by these */
    int64_t mtime, mtime_ns;
    uint64_t from, hole_blocks;
    uint64_t host_size; /* of the whole host file, as gathered */
    const struct tree_range *range;
    size_t n_range;
};

/* Made by whichever format reads a file first, shared by all formats through the application tree.
 */
struct tree_digests {
    unsigned kinds; /* bits of enum digest_kind */
    unsigned char md5[16], sha256[32];
};

struct tree_entry {
    struct str path; /* see below */
    enum tree_kind kind;
    uint32_t mode;           /* permission bits: 0755 */
    unsigned marks;          /* enum tree_mark */
    struct str owner, group; /* "root" */
    struct str role;   /* role word of the recipe ("config", "doc", "license", …), or empty */
    uint64_t size;     /* of a file */
    struct str target; /* of a link */
    size_t link;       /* hard link: 1 + index of the first entry with the same file; 0: none */
    struct tree_bytes bytes;
    struct tree_digests
        *digests;  /* never NULL for a file; entries copied into a package tree share it */
    struct pos at; /* the recipe's line that brought it */
};

/* Entries sorted by path bytes, a folder before what is in it, each path once. Paths have no "." or
 * ".." parts, no double or last slash, are valid UTF-8. In an application tree "bin/hello" is below
 * the format's install root and "/etc/hello.conf" is absolute. In a package tree every path is
 * below the package's own root, without a first slash: "usr/bin/hello". */
struct tree {
    struct arena *mem;
    struct tree_entry *v;
    size_t n, room;
};

struct tree_entry *tree_add(
    struct tree *t); /* a zeroed entry at the end, owner and group "root"; pointers into v move */
struct tree_entry *tree_add_data(struct tree *t, struct str path, uint32_t mode,
                                 struct str data); /* a TREE_MADE file */
struct tree_entry *tree_add_dir(struct tree *t, struct str path, uint32_t mode);
struct tree_entry *tree_add_link(struct tree *t, struct str path, struct str target);
const struct tree_entry *tree_find(const struct tree *t, struct str path); /* sorted trees only */

/* Sorts; adds missing parent folders (0755, TREE_IMPLIED); keeps hard-link indices right. E_RECIPE
 * with both positions for a path that is there twice (two equal folders merge) or a file that is
 * also a folder; `no_case`: also for names that differ only by case. */
int tree_finish(struct tree *t, bool no_case, struct err *e) MUST_USE;

/* A path as packages may hold it: relative, no "..", no empty parts, no NUL, valid UTF-8, parts up
 * to 255 bytes. E_RECIPE saying what is wrong. */
int tree_path_ok(struct str path, struct err *e) MUST_USE;

uint64_t tree_size(const struct tree *t); /* sum of the files' sizes, hard links once */

/* The copy every layout starts from: each relative path gets `prefix` ("usr/", "hello-1.2.3/"; may
 * be empty) in front, absolute ones lose their slash and get `abs_prefix` (NULL: they are refused).
 * Not finished. */
int tree_rebase(const struct tree *app, const char *prefix, const char *abs_prefix,
                struct arena *mem, struct tree *out, struct err *e) MUST_USE;

/* Where a relative symlink of the tree leads, lexically, as a path of the tree (empty: its root);
 * false when it leaves the tree or is absolute. */
bool tree_link_leads(const struct tree_entry *x, struct arena *mem, struct str *path);

/* The target that a symlink at `from` needs to lead to `to`, both below one root: "../lib/x". */
struct str tree_link_target(struct str from, struct str to, struct arena *mem);
