/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/arena.h"
#include "container/elf.h"

/* The program in front of an AppImage (AppImageSpec, type 2), and the sections of it that are left
 * free for what is said of the whole file. */
struct appimageelf_part {
    uint64_t at, n; /* n 0: there is no such section */
};

struct appimageelf {
    uint64_t end; /* of the program: the file system begins here */
    uint16_t machine;
    struct appimageelf_part update, signature, key; /* .upd_info .sha256_sig .sig_key */
};

bool appimageelf_magic(const void *head, size_t n); /* of any type */

/* E_INPUT for what is no program of type 2; one of type 1 is named as such. Sections lie within the
 * program and do not overlap. */
int appimageelf_read(struct infile *f, struct arena *mem, struct appimageelf *x,
                     struct err *e) MUST_USE;

/* What signatures cover: SHA-256 of the file, both sections of the signature taken as zeros. As
 * hexadecimal digits. */
int appimageelf_digest(struct infile *f, const struct appimageelf *x, struct arena *mem,
                       struct str *hex, struct err *e) MUST_USE;

/* A section's text, up to its first NUL. */
int appimageelf_text(struct infile *f, const struct appimageelf_part *p, struct arena *mem,
                     struct str *text, struct err *e) MUST_USE;
