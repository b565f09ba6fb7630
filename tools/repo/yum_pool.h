/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/repository.h"
#include "repo/yum_pkg.h"

/* The .rpm files of a repository's folder. */
struct yum_pool_file {
    struct str path; /* below the root */
    uint64_t size;
    int64_t time;
};

struct yum_pool_stamp { /* by which a file that changed is known */
    uint64_t ino, size;
    int64_t mtime, mtime_ns;
};
struct yum_pool_stamp yum_pool_stamp(const struct fsys_stat *st);

/* All of them, in the order of their paths. Folders whose names begin with a dot and the index are
 * left out, symlinks to files are followed, those to folders are not. */
int yum_pool_scan(int root, struct arena *mem, struct yum_pool_file **v, size_t *n,
                  struct err *e) MUST_USE;

/* Where a file to add lies already, when that is below the root; else empty. */
int yum_pool_inside(const struct repository_job *j, const struct repository_add *a,
                    struct arena *mem, struct str *path, struct err *e) MUST_USE;

/* Puts a file that was read as `p` in its place below the root, as a whole or not at all. E_INPUT
 * when it is not any more the file that was read, which `was` tells. */
int yum_pool_put(const struct repository_job *j, const struct repository_add *a,
                 const struct yum_pool_stamp *was, const struct yum_pkg *p, struct err *e) MUST_USE;
