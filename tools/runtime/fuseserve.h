/* SPDX-License-Identifier: MIT */
#pragma once

#include "runtime/sqimage.h"

#include <stdatomic.h>

/* Answers the kernel's requests for a mounted image, with some threads. */
struct fuseserve {
    int fd; /* of /dev/fuse */
    struct sqimage *image;
    atomic_int *open; /* files that somebody has open now; shared with who unmounts */
    atomic_int stay;  /* the process does not end with the mount */
};

/* Starts the threads, which end the process, silently, when the mount is gone. 0, or an errno
 * negated. */
int fuseserve_start(struct fuseserve *f);
