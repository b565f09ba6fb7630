/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/str.h"
#include "os/fsys.h"

/* A regular file opened for reading, by offset; several threads may read one infile. */
struct infile {
    int fd;
    uint64_t size; /* when it was opened */
    struct fsys_stat st;
    char name[256]; /* for messages: the path as given, cut in the middle when long */
};
#define INFILE_NONE ((struct infile){.fd = -1})

int infile_open(struct infile *f, int dir, const char *path, struct err *e) MUST_USE; /* E_INPUT */
void infile_drop(struct infile *f);

/* Exactly n bytes at `at`, else E_INPUT "NAME: ends at byte N, M more expected". */
int infile_read(struct infile *f, uint64_t at, void *p, size_t n, struct err *e) MUST_USE;

/* Up to n bytes; *got < n only at the end of the file. */
int infile_read_some(struct infile *f, uint64_t at, void *p, size_t n, size_t *got,
                     struct err *e) MUST_USE;

/* E_INPUT "NAME: changed while it was read" when size, mtime or inode are not what they were at
 * open. */
int infile_check_unchanged(struct infile *f, struct err *e) MUST_USE;

/* Tells the kernel that [at, at+n) will be read soon. */
void infile_ahead(struct infile *f, uint64_t at, uint64_t n);
