/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/nsisread.h"

#include "base/bytes.h"
#include "io/codec.h"
#include "pack/peread.h"
#include "pack/tell.h"

#include <string.h>

enum {
    ALIGNED = 512, /* the header of the data begins at a multiple of this */
    FIRST = 28,    /* its size: flags, magic, NullsoftInst, two lengths */
    SECTION = 40,
    SECTIONS_MAX = 64,
    BLOCK = 64 * 1024,
    NO_CRC = 4,
    UNINSTALLER = 1,
};

static const unsigned char magic[] = "\xef\xbe\xad\xdeNullsoftInst";

/* The sections of a PE file's head: their number and where their table is, 0 for no such file. */
static size_t sections(const unsigned char *p, size_t n, size_t *table) {
    uint32_t pe;

    if (n < 64 || p[0] != 'M' || p[1] != 'Z')
        return 0;
    pe = bytes_le32(p + 60);
    if (pe > n - 24 || memcmp(p + pe, "PE\0\0", 4) != 0)
        return 0;
    *table = pe + 24 + bytes_le16(p + pe + 20);
    return bytes_le16(p + pe + 6);
}

bool nsisread_sniff(const void *head, size_t n) {
    const unsigned char *p = head;
    size_t table, count = sections(p, n, &table);

    for (size_t i = 0; i < count && i < SECTIONS_MAX; i++) {
        size_t at = table + i * SECTION;

        if (at + SECTION > n)
            return false;
        if (!memcmp(p + at, ".ndata\0", 8))
            return true;
    }
    return false;
}

/* *at is the file's size when there is none. */
static int find_first(struct infile *f, struct arena *mem, unsigned char first[FIRST], uint64_t *at,
                      struct err *e) {
    unsigned char *block = arena_alloc(mem, BLOCK);

    *at = f->size;
    for (uint64_t from = 0; from < f->size; from += BLOCK) {
        size_t n;

        if (infile_read_some(f, from, block, BLOCK, &n, e))
            return (int)e->code;
        for (size_t i = 0; i + FIRST <= n; i += ALIGNED)
            if (!memcmp(block + i + 4, magic, sizeof magic - 1)) {
                memcpy(first, block + i, FIRST);
                *at = from + i;
                return OK;
            }
    }
    return OK;
}

int nsisread_probe(struct infile *f, bool *is, struct err *e) {
    AUTO(arena) mem = {0};
    unsigned char first[FIRST];
    uint64_t at;

    if (find_first(f, &mem, first, &at, e))
        return (int)e->code;
    *is = at < f->size;
    return OK;
}

/* All but the first 512 bytes, in which a signature changes the head. */
static int check_crc(struct infile *f, uint64_t end, struct arena *mem, struct err *e) {
    unsigned char *block = arena_alloc(mem, BLOCK), stored[4];
    uint32_t crc = 0;

    for (uint64_t at = ALIGNED; at < end;) {
        size_t n = end - at < BLOCK ? (size_t)(end - at) : BLOCK;

        if (infile_read(f, at, block, n, e))
            return (int)e->code;
        crc = codec_crc32(crc, block, n);
        at += n;
    }
    if (infile_read(f, end, stored, sizeof stored, e))
        return (int)e->code;
    if (bytes_le32(stored) != crc)
        return err_set(e, E_WRONG,
                       "damaged: its CRC-32 is %08x, and %08x was stored when it was made",
                       (unsigned)crc, (unsigned)bytes_le32(stored));
    return OK;
}

/* Of the header, which tells nothing itself: the first bytes differ. With each file packed alone a
 * length is before it, whose first bit says packed; the deflated stream of all has no mark. */
static const char *method(const unsigned char *first, const unsigned char *p, bool *solid) {
    uint32_t n = bytes_le32(p), header = bytes_le32(first + 20), all = bytes_le32(first + 24);

    *solid = true;
    if (p[0] == 0x5d && !p[1] && !p[2])
        return "lzma";
    if (p[0] == 0x31 && p[1] < 14)
        return "bzip2";
    if (n >> 31 ? (n & INT32_MAX) >= all : n != header)
        return "zlib";
    *solid = false;
    if (!(n >> 31))
        return "none";
    return p[4] == 0x5d && !p[5] && !p[6] ? "lzma" : p[4] == 0x31 ? "bzip2" : "zlib";
}

static int tell(struct infile *f, uint64_t at, const unsigned char *first, struct arena *mem,
                struct value *facts, struct err *e) {
    unsigned char begin[16] = {0};
    size_t n;
    uint32_t flags = bytes_le32(first);
    bool solid;

    if (infile_read_some(f, at + FIRST, begin, sizeof begin, &n, e))
        return (int)e->code;
    tell_text(mem, facts, "Kind",
              flags & UNINSTALLER ? STR("NSIS uninstaller") : STR("NSIS installer"));
    tell_text(mem, facts, "Compression", str_of(method(first, begin, &solid)));
    tell_text(mem, facts, "Solid", solid ? STR("yes") : STR("no"));
    tell_text(mem, facts, "Data",
              str_fmt(mem, "%lu bytes at %llu", (unsigned long)bytes_le32(first + 24),
                      (unsigned long long)at));
    tell_text(mem, facts, "Sum", flags & NO_CRC ? STR("none") : STR("CRC-32, right"));
    return OK;
}

int nsisread_list(struct infile *f, struct arena *mem, struct tree *found, struct value *facts,
                  struct err *e) {
    unsigned char first[FIRST];
    uint64_t at = 0, length;

    (void)found;
    if (find_first(f, mem, first, &at, e))
        return (int)e->code;
    if (at == f->size)
        return err_set(e, E_INPUT, "the data that NSIS appends to its programs is missing");
    length = bytes_le32(first + 24);
    if (length < FIRST + 4 || length > f->size - at)
        return err_set(e, E_INPUT,
                       "cut short: %llu bytes of data were to follow byte %llu, %llu are there",
                       (unsigned long long)length, (unsigned long long)at,
                       (unsigned long long)(f->size - at));
    if (!(bytes_le32(first) & NO_CRC) && check_crc(f, at + length - 4, mem, e))
        return (int)e->code;
    if (tell(f, at, first, mem, facts, e) || peread_facts(f, mem, facts, e))
        return (int)e->code;
    if (!(bytes_le32(first) & NO_CRC))
        tell_item(mem, facts, TELL_CHECKED, STR("the CRC-32 that NSIS makes of its programs"));
    tell_item(mem, facts, TELL_UNCHECKED, STR("the files inside: only running the program tells"));
    return OK;
}
