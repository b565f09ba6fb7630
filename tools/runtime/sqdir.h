/* SPDX-License-Identifier: MIT */
#pragma once

#include "runtime/sqimage.h"

/* The list of a folder of an image. */
struct sqdir {
    struct sqimage_cursor at;
    uint64_t left;   /* bytes of the list */
    uint32_t count;  /* entries that the last header announced */
    uint64_t start;  /* their inodes' metadata block */
    uint32_t number; /* their inodes' numbers count from here */
};

enum { SQDIR_NAME_MAX = 256 };

struct sqdir_entry {
    uint64_t ref;
    uint32_t number;
    enum sqimage_kind kind;
    size_t n;
    char name[SQDIR_NAME_MAX + 1]; /* no slash, no NUL, not "." or ".." */
};

/* -ENOTDIR when it is none. */
int sqdir_open(struct sqimage *s, const struct sqimage_inode *folder, struct sqdir *d);

/* 1: an entry; 0: no more; else an errno negated. */
int sqdir_next(struct sqimage *s, struct sqdir *d, struct sqdir_entry *e);

/* The entry of this name, or -ENOENT. */
int sqdir_find(struct sqimage *s, const struct sqimage_inode *folder, const char *name, size_t n,
               struct sqdir_entry *e);
