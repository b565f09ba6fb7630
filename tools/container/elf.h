/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/str.h"
#include "os/infile.h"

/* A checked reader of ELF programs and libraries, 32 and 64 bit, both byte orders. */
enum { ELF_TYPE_REL = 1, ELF_TYPE_EXEC = 2, ELF_TYPE_DYN = 3 };
enum { ELF_M_386 = 3, ELF_M_ARM = 40, ELF_M_X86_64 = 62, ELF_M_AARCH64 = 183, ELF_M_RISCV = 243 };

struct elf_version { /* a version that a needed library must define */
    struct str file, version;
    bool weak;
};

/* What a dynamic linker and a package manager want to know. */
struct elf {
    bool is64, big;
    uint16_t type, machine;
    uint32_t flags; /* e_flags: the float ABI on ARM */
    bool dynamic;   /* has a dynamic section; false: linked statically */
    struct str interp, soname;
    struct str *needed; /* libraries, in link order */
    size_t n_needed;
    struct elf_version *wants;
    size_t n_wants;
    struct str *gives; /* versions it defines, without the base one */
    size_t n_gives;
    struct str build_id;  /* of GNU, raw bytes; empty: none */
    bool hash, gnu_hash;  /* which symbol hashes it has */
    bool stripped;        /* no symbol table beyond the dynamic one */
    struct str *runpaths; /* RPATH and RUNPATH, as written */
    size_t n_runpaths;
};

bool elf_magic(const void *head, size_t n);

/* E_INPUT naming the file and the part that is damaged. */
int elf_read(struct infile *f, struct arena *mem, struct elf *x, struct err *e) MUST_USE;

/* The tables, for whoever rewrites files. */
struct elf_head {
    bool is64, big;
    uint16_t type, machine, shstrndx_raw;
    uint32_t flags;
    uint64_t phoff, shoff;
    size_t phnum, shnum, shstrndx;
};
struct elf_segment {
    uint32_t type, flags;
    uint64_t offset, vaddr, filesz, memsz, align;
};
struct elf_section {
    uint32_t name, type, link, info;
    uint64_t flags, addr, offset, size, align, entsize;
};

int elf_head(struct infile *f, struct elf_head *h, struct err *e) MUST_USE;
/* phnum segments; each lies within the file. */
int elf_segments(struct infile *f, const struct elf_head *h, struct arena *mem,
                 struct elf_segment **v, struct err *e) MUST_USE;
/* shnum sections (none when there is no table); nothing is promised about where they lie. */
int elf_sections(struct infile *f, const struct elf_head *h, struct arena *mem,
                 struct elf_section **v, struct err *e) MUST_USE;

/* Numbers in the file's byte order. */
uint16_t elf_u16(const struct elf_head *h, const void *p);
uint32_t elf_u32(const struct elf_head *h, const void *p);
uint64_t elf_word(const struct elf_head *h, const void *p); /* 4 or 8 bytes */
void elf_put_u16(const struct elf_head *h, void *p, uint16_t v);
void elf_put_u32(const struct elf_head *h, void *p, uint32_t v);
void elf_put_word(const struct elf_head *h, void *p, uint64_t v);
