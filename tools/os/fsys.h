/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* The file system. Relative paths are relative to `dir`, a directory's descriptor (AT_FDCWD through
 * FSYS_HERE for the working folder). Error messages name the path. */
enum { FSYS_HERE = -100 };

enum fsys_kind { FSYS_NONE, FSYS_FILE, FSYS_DIR, FSYS_LINK, FSYS_OTHER };

struct fsys_stat {
    enum fsys_kind kind; /* FSYS_NONE: nothing there */
    uint32_t mode;       /* permission bits, 07777 */
    uint64_t size;
    uint64_t dev, ino, links;
    int64_t mtime, mtime_ns;
    uint64_t blocks; /* of 512 bytes, to notice sparse files */
};

struct fsys_dir { /* an open directory */
    int fd;
};
#define FSYS_DIR_NONE ((struct fsys_dir){-1})

int fsys_dir_open(struct fsys_dir *d, int dir, const char *path, struct err *e) MUST_USE;
void fsys_dir_drop(struct fsys_dir *d);

/* Never follows a last symlink. A missing path is kind FSYS_NONE, not an error. */
int fsys_lstat(int dir, const char *path, struct fsys_stat *st, struct err *e) MUST_USE;
int fsys_stat(int dir, const char *path, struct fsys_stat *st,
              struct err *e) MUST_USE; /* follows */

struct fsys_name {
    struct str name;
    enum fsys_kind kind;
};
/* The names in a directory without . and .., sorted by bytes. */
int fsys_list(int dir, const char *path, struct arena *a, struct fsys_name **names, size_t *n,
              struct err *e) MUST_USE;

int fsys_readlink(int dir, const char *path, struct arena *a, struct str *target,
                  struct err *e) MUST_USE;
int fsys_mkdirs(int dir, const char *path,
                struct err *e) MUST_USE; /* 0777 less umask; existing is fine */
int fsys_symlink(int dir, const char *target, const char *path, struct err *e) MUST_USE;
/* Makes or atomically replaces a symlink. */
int fsys_symlink_over(int dir, const char *target, const char *path, struct err *e) MUST_USE;
int fsys_link(int dir, const char *from, const char *to, struct err *e) MUST_USE; /* hard link */
int fsys_rename(int dir, const char *from, const char *to,
                struct err *e) MUST_USE; /* + fsync of the folder */
/* Two folders or files change names, atomically where the system can (renameat2), else by three
 * renames. */
int fsys_exchange(int dir, const char *a, const char *b, struct err *e) MUST_USE;
int fsys_chmod(int dir, const char *path, uint32_t mode, struct err *e) MUST_USE;
int fsys_unlink(int dir, const char *path, struct err *e) MUST_USE; /* missing is fine */
int fsys_remove_tree(int dir, const char *path,
                     struct err *e) MUST_USE; /* missing is fine; follows no links */
int fsys_free(int dir, const char *path, uint64_t *bytes,
              struct err *e) MUST_USE; /* room left for us in the file system of a folder */
int fsys_sync_dir(int dir, const char *path, struct err *e) MUST_USE;

/* The whole of a small file; E_INPUT when it is larger than `max`. NUL-terminated in the arena. */
int fsys_read(int dir, const char *path, size_t max, struct arena *a, struct str *text,
              struct err *e) MUST_USE;

/* Writes a file atomically (temporary beside it, fsync, rename). */
int fsys_write(int dir, const char *path, struct str text, uint32_t mode, struct err *e) MUST_USE;

/* The same unless the file has these bytes already; *changed is set when it was written, else left
 * alone. */
int fsys_write_changed(int dir, const char *path, struct str text, uint32_t mode, bool *changed,
                       struct err *e) MUST_USE;

/* Copies a file's bytes, with copy_file_range where it works; atomic like fsys_write. */
int fsys_copy(int from_dir, const char *from, int to_dir, const char *to, uint32_t mode,
              struct err *e) MUST_USE;

/* Puts a file that never changes under another name, over what is there: a hard link where the file
 * system has one, else a copy. Neither is ever seen by half. */
int fsys_link_over(int from_dir, const char *from, int to_dir, const char *to,
                   struct err *e) MUST_USE;

/* Sets when a file was changed last, in seconds since 1970. */
int fsys_set_time(int dir, const char *path, int64_t seconds, struct err *e) MUST_USE;

/* A copy of a folder whose files are hard links to those of `from` (copies where the file system
 * has none): to edit by replacing files, never by writing into them. Symlinks are made anew; what
 * is neither file, folder nor symlink is E_INPUT. `to` may be there and empty. */
int fsys_link_tree(int dir, const char *from, const char *to, struct err *e) MUST_USE;

/* An advisory lock on a file (made when missing), given up with the struct or the process. *got is
 * false when another process holds it and `wait` is false. The file is never removed. */
struct fsys_lock {
    int fd;
};
#define FSYS_LOCK_NONE ((struct fsys_lock){-1})
int fsys_lock(struct fsys_lock *l, int dir, const char *path, bool wait, bool *got,
              struct err *e) MUST_USE;
void fsys_lock_drop(struct fsys_lock *l);
