/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/* Where things lie in an AppImage's program, by its ELF headers, of 32 or 64 bits. */
struct appelf {
    int fd;
    uint64_t size; /* of the whole file */
    int wide;      /* 64 bits */
    uint64_t sections;
    uint32_t each, count, names;
    uint64_t end; /* of the program; the image begins here */
};

/* 0, or -EIO when this is no program whose end can be told. */
int appelf_open(struct appelf *e, int fd);

/* The section of this name; -ENOENT. */
int appelf_find(const struct appelf *e, const char *name, uint64_t *at, uint64_t *n);
