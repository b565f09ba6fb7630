/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "container/pe_res.h"
#include "container/pe_rva.h"

#include <string.h>

enum {
    DIR_CLR = 14,
    CLR_FLAGS = 16,
    CLR_STRONG_NAME = 8,
    SYMBOL = 18,
    ZIP_END = 22,
    ZIP_COMMENT_MAX = 65535,
    BLOCK = 64 * 1024,
    NSIS_ALIGN = 512, /* its data begins at a multiple of this */
    NSIS_FLAGS = 4,
};

/* Symbols as headers name them, up to the last byte: whoever looks for them begins there. */
static int symbols_only(const struct pe *p, bool *yes, struct err *e) {
    unsigned char b[4];
    uint64_t strings;

    *yes = false;
    if (p->symbols_at < p->end || p->symbols_at >= p->file->size)
        return OK;
    if (infile_read(p->file, p->coff + 16, b, sizeof b, e))
        return (int)e->code;
    strings = p->symbols_at + (uint64_t)bytes_le32(b) * SYMBOL;
    if (strings == p->file->size)
        *yes = true;
    if (p->file->size < 4 || strings > p->file->size - 4)
        return OK;
    if (infile_read(p->file, strings, b, sizeof b, e))
        return (int)e->code;
    *yes = strings + bytes_le32(b) == p->file->size;
    return OK;
}

/* Programs with data at their end that they find from there. */
static bool ends_with_mark(const unsigned char *end, size_t n) {
    static const struct {
        const char *mark;
        size_t length, back; /* from the end */
    } marks[] = {
        {"\n---- Bun! ----\n", 16, 24}, {"<nexe~~sentinel>", 16, 32}, /* */
    };

    for (size_t i = 0; i < COUNT(marks); i++)
        if (n >= marks[i].back && !memcmp(end + n - marks[i].back, marks[i].mark, marks[i].length))
            return true;
    /* PyInstaller looks for its mark backwards, behind it are 80 bytes and what others appended */
    for (size_t i = 0; i + 88 <= n; i++)
        if (end[i] == 'M' && !memcmp(end + i, "MEI\014\013\012\013\016", 8))
            return true;
    return false;
}

/* A zip archive whose places count from its own beginning, as one does that was put behind a
 * program. Where they count from that of the file, some readers insist on it. */
static bool ends_with_zip(const unsigned char *end, size_t n, uint64_t size) {
    for (size_t i = n < ZIP_END ? 0 : n - ZIP_END + 1; i-- > 0;) {
        const unsigned char *z = end + i;
        uint64_t at = size - n + i;

        if (memcmp(z, "PK\5\6", 4) != 0 || i + ZIP_END + bytes_le16(z + 20) != n)
            continue;
        return (uint64_t)bytes_le32(z + 12) + bytes_le32(z + 16) != at;
    }
    return false;
}

static int found_from_end(const struct pe *p, bool *yes, struct err *e) {
    uint64_t tail = p->file->size - p->end;
    size_t n = tail < ZIP_COMMENT_MAX + ZIP_END ? (size_t)tail : ZIP_COMMENT_MAX + ZIP_END;
    AUTO(arena) mem = {0};
    unsigned char *b = arena_alloc(&mem, n + 1);

    if (infile_read(p->file, p->file->size - n, b, n, e))
        return (int)e->code;
    *yes = ends_with_mark(b, n) || ends_with_zip(b, n, p->file->size);
    return OK;
}

/* What NSIS makes has a checksum of the whole. */
static int of_nsis(const struct pe *p, bool *yes, struct err *e) {
    static const char magic[] = "\xef\xbe\xad\xdeNullsoftInst";
    AUTO(arena) mem = {0};
    unsigned char *b = arena_alloc(&mem, BLOCK);

    *yes = false;
    for (uint64_t at = p->end / NSIS_ALIGN * NSIS_ALIGN; at < p->file->size && !*yes; at += BLOCK) {
        size_t n;

        if (infile_read_some(p->file, at, b, BLOCK, &n, e))
            return (int)e->code;
        for (size_t i = 0; i + NSIS_FLAGS + sizeof magic <= n && !*yes; i += NSIS_ALIGN)
            *yes = !memcmp(b + i + NSIS_FLAGS, magic, sizeof magic - 1);
    }
    return OK;
}

/* The signature of an assembly of .NET, which is not that of Windows. */
static int strong_name(const struct pe *p, bool *yes, struct err *e) {
    const struct pe_dir *d = &p->dir[DIR_CLR];
    unsigned char b[4];
    uint64_t at;

    *yes = false;
    if (p->n_dirs <= DIR_CLR || !d->rva || d->rva > UINT32_MAX - CLR_FLAGS ||
        !pe_rva_at(p, d->rva + CLR_FLAGS, sizeof b, &at))
        return OK;
    if (infile_read(p->file, at, b, sizeof b, e))
        return (int)e->code;
    *yes = bytes_le32(b) & CLR_STRONG_NAME;
    return OK;
}

/* Bun's programs have theirs in a section, and behind it what is left of the signature of Bun. */
static bool of_bun(const struct pe *p) {
    return p->n_sections && !strcmp(p->section[p->n_sections - 1].name, ".bun");
}

int pe_res_tail(const struct pe *p, enum pe_res_tail *t, struct err *e) {
    bool yes;

    *t = PE_RES_TAIL_SUMMED;
    if (strong_name(p, &yes, e))
        return (int)e->code;
    if (yes)
        return OK;
    *t = PE_RES_TAIL_FOUND;
    if (p->end >= p->file->size || of_bun(p))
        return OK;
    if (symbols_only(p, &yes, e))
        return (int)e->code;
    if (!yes && found_from_end(p, &yes, e))
        return (int)e->code;
    if (yes)
        return OK;
    if (of_nsis(p, &yes, e))
        return (int)e->code;
    *t = yes ? PE_RES_TAIL_SUMMED : PE_RES_TAIL_PLACED;
    return OK;
}
