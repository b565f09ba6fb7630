/* SPDX-License-Identifier: MIT */
#pragma once

#include <limits.h>

/* A FUSE mount of ours. */
struct mounting {
    int fd;                /* of /dev/fuse; -1: none */
    char dir[PATH_MAX];    /* where it is */
    char helper[PATH_MAX]; /* fusermount, when that has mounted it; "" when mount(2) has */
};

/* Mounts at m->dir: by mount(2) where that is allowed, else by fusermount3 or fusermount. `name`
 * is what lists of mounts show. On failure `why` says in a few words what is missing. */
int mounting_mount(struct mounting *m, const char *name, const char **why);

/* 0 when it is unmounted, or was already; -EBUSY when it is in use, unless lazy, which takes it
 * out of sight at once and ends it after its last user; or another errno negated. */
int mounting_unmount(const struct mounting *m, int lazy);
