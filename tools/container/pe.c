/* SPDX-License-Identifier: Apache-2.0 */
#include "container/pe.h"

#include "base/bytes.h"

#include <string.h>

enum {
    DOS_HEAD = 64,
    HEAD_AT = 60,
    COFF_HEAD = 24, /* with the four letters before it */
    FIXED_32 = 96,
    FIXED_64 = 112,
    CHECKSUM = 64,
    MAGIC_32 = 0x10b,
    MAGIC_64 = 0x20b,
    FLAG_DLL = 0x2000,
    OPTIONAL_MAX = 4096,
    SECTIONS_MAX = 4096, /* Windows loads 96 at most in older versions */
};

bool pe_sniff(const void *head, size_t n) {
    const unsigned char *p = head;
    uint32_t at;

    if (n < DOS_HEAD || p[0] != 'M' || p[1] != 'Z')
        return false;
    at = bytes_le32(p + HEAD_AT);
    return at <= n - 4 ? !memcmp(p + at, "PE\0", 4) : at < 1 << 20;
}

const char *pe_machine_name(uint16_t machine) {
    switch (machine) {
    case PE_I386:
        return "i686";
    case PE_AMD64:
        return "x86_64";
    case PE_ARM64:
        return "aarch64";
    case PE_ARM:
        return "armv7";
    default:
        return NULL;
    }
}

static int damaged(const struct infile *f, const char *what, struct err *e) {
    return err_set(e, E_INPUT, "%s: damaged PE file: %s", f->name, what);
}

/* The optional header, which is not optional: sizes and where data directories are. */
static int read_optional(struct pe *p, const unsigned char *o, uint32_t n, struct err *e) {
    uint32_t fixed;

    if (n < 2)
        return damaged(p->file, "it has no optional header", e);
    p->plus = bytes_le16(o) == MAGIC_64;
    if (!p->plus && bytes_le16(o) != MAGIC_32)
        return damaged(p->file, "the optional header is neither PE32 nor PE32+", e);
    fixed = p->plus ? FIXED_64 : FIXED_32;
    if (n < fixed)
        return damaged(p->file, "the optional header is too short", e);
    p->section_align = bytes_le32(o + 32);
    p->file_align = bytes_le32(o + 36);
    p->image_size = bytes_le32(o + 56);
    p->headers_size = bytes_le32(o + 60);
    p->checksum = bytes_le32(o + CHECKSUM);
    p->checksum_at = p->optional + CHECKSUM;
    p->dirs_at = p->optional + fixed;
    p->n_dirs = bytes_le32(o + fixed - 4);
    if (p->n_dirs > (n - fixed) / 8)
        return damaged(p->file, "its data directories do not fit into the optional header", e);
    for (uint32_t i = 0; i < p->n_dirs && i < PE_DIRS; i++) {
        p->dir[i].rva = bytes_le32(o + fixed + 8 * i);
        p->dir[i].size = bytes_le32(o + fixed + 8 * i + 4);
    }
    return OK;
}

/* *whole: all n bytes are there. A failure is one of the disk. */
static int get(struct infile *f, uint64_t at, void *b, size_t n, bool *whole, struct err *e) {
    size_t got;
    int rc = infile_read_some(f, at, b, n, &got, e);

    *whole = got == n;
    return rc;
}

static int read_sections(struct pe *p, uint32_t at, size_t n, struct arena *mem, struct err *e) {
    unsigned char *head = arena_alloc(mem, n * PE_SECTION_HEAD);
    bool whole;

    p->section = arena_array(mem, n, sizeof *p->section);
    p->n_sections = n;
    p->end = at + n * PE_SECTION_HEAD;
    if (p->headers_size > p->end && p->headers_size <= p->file->size)
        p->end = p->headers_size;
    if (get(p->file, at, head, n * PE_SECTION_HEAD, &whole, e))
        return (int)e->code;
    if (!whole)
        return damaged(p->file, "the section table is cut off", e);
    for (size_t i = 0; i < n; i++) {
        const unsigned char *h = head + i * PE_SECTION_HEAD;
        struct pe_section *s = &p->section[i];

        memcpy(s->name, h, 8);
        s->head = (uint32_t)(at + i * PE_SECTION_HEAD);
        s->virtual_size = bytes_le32(h + 8);
        s->rva = bytes_le32(h + 12);
        s->size = bytes_le32(h + 16);
        s->at = bytes_le32(h + 20);
        s->flags = bytes_le32(h + 36);
        if (!s->size)
            continue;
        if (s->at > p->file->size || s->size > p->file->size - s->at)
            return damaged(p->file, "a section lies outside of the file", e);
        if ((uint64_t)s->at + s->size > p->end)
            p->end = (uint64_t)s->at + s->size;
    }
    return OK;
}

static int read_security(struct pe *p, struct err *e) {
    const struct pe_dir *d = &p->dir[PE_DIR_SECURITY];

    if (!d->rva && !d->size)
        return OK;
    p->certs_at = d->rva;
    p->certs_size = d->size;
    if (d->rva % PE_ALIGN || !d->size || p->certs_at < p->end)
        return damaged(p->file, "its certificate table is not where one can be", e);
    if (p->certs_at + p->certs_size > p->file->size)
        return damaged(p->file, "the certificate table is cut off", e);
    if (p->certs_at + p->certs_size < p->file->size)
        return damaged(p->file, "there are bytes behind its certificate table", e);
    return OK;
}

int pe_open(struct pe *p, struct infile *f, struct arena *mem, struct err *e) {
    unsigned char dos[DOS_HEAD] = {0}, coff[COFF_HEAD] = {0}, optional[OPTIONAL_MAX];
    bool whole;
    uint32_t n;

    *p = (struct pe){.file = f};
    if (get(f, 0, dos, sizeof dos, &whole, e))
        return (int)e->code;
    if (!whole || memcmp(dos, "MZ", 2) != 0)
        return err_set(e, E_INPUT, "%s: not a PE file: it does not begin with MZ", f->name);
    p->coff = bytes_le32(dos + HEAD_AT);
    if (get(f, p->coff, coff, sizeof coff, &whole, e))
        return (int)e->code;
    if (!whole || memcmp(coff, "PE\0", 4) != 0)
        return err_set(e, E_INPUT, "%s: not a PE file: a DOS program or damaged", f->name);
    if (p->coff % 4 || p->coff > INT32_MAX)
        return damaged(f, "its headers are not aligned", e);
    if (f->size > UINT32_MAX)
        return err_set(e, E_INPUT, "%s: larger than 4 GiB, which no PE file can be", f->name);
    p->machine = bytes_le16(coff + 4);
    p->symbols_at = bytes_le32(coff + 12);
    p->dll = bytes_le16(coff + 22) & FLAG_DLL;
    p->optional = p->coff + COFF_HEAD;
    n = bytes_le16(coff + 20);
    if (n <= OPTIONAL_MAX && get(f, p->optional, optional, n, &whole, e))
        return (int)e->code;
    if (n > OPTIONAL_MAX || !whole)
        return damaged(f, "the optional header is cut off", e);
    if (read_optional(p, optional, n, e))
        return (int)e->code;
    if (bytes_le16(coff + 6) > SECTIONS_MAX)
        return damaged(f, "it has too many sections", e);
    if (read_sections(p, p->optional + n, bytes_le16(coff + 6), mem, e))
        return (int)e->code;
    return read_security(p, e);
}
