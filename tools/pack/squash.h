/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/squashfs.h"
#include "model/contracts.h"

/* Package trees as SquashFS images, and images as trees. */

/* Appends the image of a package tree; all is root's and has the time `o->mtime`. */
int squash_write(const struct pack_job *j, const struct tree *pkg, const struct squashfs_opts *o,
                 struct outfile *f, struct err *e) MUST_USE;

struct squash_reader {
    const char *what; /* begins messages: "snap" */
    struct arena *mem;
    struct tree *found;
    uint64_t most; /* all files together; more is refused */
    /* Wants the bytes of this (small) file; `got` is called when they are read. Both may be NULL.
     */
    bool (*wants)(void *self, const struct tree_entry *x);
    void (*got)(void *self, const struct tree_entry *x, struct str bytes);
    void *self;
};

/* Reads an image at `at`, each file to its end: damage is found only so. E_INPUT naming the entry.
 */
int squash_read(const struct squash_reader *r, struct infile *f, uint64_t at,
                struct squashfs_facts *facts, struct err *e) MUST_USE;

/* How much the files of an image of this size may be together: many times it, but not endless. */
uint64_t squash_most(uint64_t size);
