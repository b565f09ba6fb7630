/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "os/infile.h"

/* A file in the making: a temporary `.NAME.slipway-000000000000` in the folder it will live in. It
 * appears under its name only by outfile_commit (fsync, rename, fsync of the folder); dropping it
 * removes it. Leftovers of killed runs are removed by the next outfile_open of the same name. Mode
 * 0644 (outfile_mode to change). */
struct outfile {
    int fd, dir; /* dir: a duplicate of the folder's descriptor */
    uint64_t size;
    char name[256], temp[288];
};
#define OUTFILE_NONE ((struct outfile){.fd = -1, .dir = -1})

/* `name` is one path component inside `dir` (an open folder, or FSYS_HERE). */
int outfile_open(struct outfile *f, int dir, const char *name, struct err *e) MUST_USE;

/* A nameless spool in `dir` that can never be committed (O_TMPFILE or unlinked at once). */
int outfile_spool(struct outfile *f, int dir, struct err *e) MUST_USE;

int outfile_append(struct outfile *f, const void *p, size_t n, struct err *e) MUST_USE;
/* Writes over or beyond; f->size becomes max(size, at + n). */
int outfile_pwrite(struct outfile *f, uint64_t at, const void *p, size_t n, struct err *e) MUST_USE;
int outfile_read(struct outfile *f, uint64_t at, void *p, size_t n, struct err *e) MUST_USE;
int outfile_truncate(struct outfile *f, uint64_t size, struct err *e) MUST_USE;
int outfile_mode(struct outfile *f, uint32_t mode, struct err *e) MUST_USE;
/* Appends [at, at+n) of another file, in the kernel where that works. */
int outfile_append_from(struct outfile *f, int fd, uint64_t at, uint64_t n, struct err *e) MUST_USE;
/* The bytes so far as an infile that shares the descriptor (a duplicate; drop it as usual). */
int outfile_view(struct outfile *f, struct infile *view, struct err *e) MUST_USE;
/* The name it will appear under, when that is known only by what is in it. One path component. */
int outfile_rename(struct outfile *f, const char *name, struct err *e) MUST_USE;
int outfile_commit(struct outfile *f, struct err *e) MUST_USE;
void outfile_drop(struct outfile *f);
