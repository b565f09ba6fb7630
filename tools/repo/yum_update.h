/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "repo/yum_index.h"
#include "repo/yum_pool.h"

/* One update of a repository. */
struct yum_update {
    struct repository_job *job;
    struct yum_repomd old;
    struct yum_index index;
    struct yum_update_task *task; /* packages to read */
    size_t n_task;
    bool changed;
};

struct yum_update_task {
    struct repository_add add;
    struct str href;           /* where it lies below the root; empty: to be put there */
    struct yum_pool_stamp was; /* when it was read */
    struct yum_pkg *pkg;       /* as it is in the index now */
    struct yum_pkg *there;     /* the same bytes were in the index already */
};

/* Finds what is to be read, reads it and decides what stays: nothing is written yet. */
int yum_update_scan(struct yum_update *u, struct err *e) MUST_USE;
int yum_update_remove(struct yum_update *u, struct err *e) MUST_USE;
int yum_update_add(struct yum_update *u, struct err *e) MUST_USE;
void yum_update_keep(struct yum_update *u, size_t versions);
