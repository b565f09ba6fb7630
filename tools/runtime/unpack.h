/* SPDX-License-Identifier: MIT */
#pragma once

#include "runtime/sqimage.h"

#include <stddef.h>

/* Writes an image's tree, or what of it matches a pattern, into a folder. */
struct unpack {
    struct sqimage *image;
    const char *pattern; /* NULL: all; as fnmatch(3), a folder standing for what is in it */
    int faithful;        /* the folder itself becomes as the image's root is, and set-id bits stay
                            where the file's owner is whoever unpacks */
    int verbose;         /* paths on stdout */
    size_t made;         /* how many files, links and folders matched */
    char failed[4096];   /* the path that could not be made, when something failed */
};

/* Into the folder `into`, which is a descriptor. 0, or an errno negated. */
int unpack_tree(struct unpack *u, int into);

/* Removes everything in the folder and, with it, the folder. */
int unpack_remove(const char *path);

/* The words for what unpack_tree returned. */
const char *unpack_reason(int rc);
