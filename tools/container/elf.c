/* SPDX-License-Identifier: Apache-2.0 */
#include "container/elf.h"

#include "base/bytes.h"

#include <string.h>

enum {
    PT_LOAD = 1,
    PT_DYNAMIC = 2,
    PT_INTERP = 3,
    PT_NOTE = 4,
    SHT_SYMTAB = 2,
    SHT_NOTE = 7,
    DT_NEEDED = 1,
    DT_HASH = 4,
    DT_STRTAB = 5,
    DT_STRSZ = 10,
    DT_SONAME = 14,
    DT_RPATH = 15,
    DT_RUNPATH = 29,
    NOTE_BUILD_ID = 3,
    VER_BASE = 1,
    VER_WEAK = 2,
    XNUM = 0xffff,
};
#define DT_GNU_HASH 0x6ffffef5u
#define DT_VERDEF 0x6ffffffcu
#define DT_VERDEFNUM 0x6ffffffdu
#define DT_VERNEED 0x6ffffffeu
#define DT_VERNEEDNUM 0x6fffffffu

/* More than any real file has; a hostile one must not make us read for ever. */
enum { STRING_MAX = 4096, DYNAMIC_MAX = 16384, VERSIONS_MAX = 16384, SECTIONS_MAX = 1 << 18 };
enum { NOTES_MAX = 64 * 1024 };

bool elf_magic(const void *head, size_t n) {
    return n >= 4 && !memcmp(head, "\177ELF", 4);
}

uint16_t elf_u16(const struct elf_head *h, const void *p) {
    return h->big ? bytes_be16(p) : bytes_le16(p);
}

uint32_t elf_u32(const struct elf_head *h, const void *p) {
    return h->big ? bytes_be32(p) : bytes_le32(p);
}

uint64_t elf_word(const struct elf_head *h, const void *p) {
    if (!h->is64)
        return elf_u32(h, p);
    return h->big ? bytes_be64(p) : bytes_le64(p);
}

void elf_put_u16(const struct elf_head *h, void *p, uint16_t v) {
    if (h->big)
        bytes_put_be16(p, v);
    else
        bytes_put_le16(p, v);
}

void elf_put_u32(const struct elf_head *h, void *p, uint32_t v) {
    if (h->big)
        bytes_put_be32(p, v);
    else
        bytes_put_le32(p, v);
}

void elf_put_word(const struct elf_head *h, void *p, uint64_t v) {
    if (!h->is64)
        elf_put_u32(h, p, (uint32_t)v);
    else if (h->big)
        bytes_put_be64(p, v);
    else
        bytes_put_le64(p, v);
}

static int damaged(struct infile *f, const char *what, struct err *e) {
    return err_set(e, E_INPUT, "%s: damaged ELF file: %s", f->name, what);
}

static bool inside(const struct infile *f, uint64_t at, uint64_t n) {
    return at <= f->size && n <= f->size - at;
}

/* ------------------------------------------------------------------------------ the tables */

static void parse_section(const struct elf_head *h, const unsigned char *p, struct elf_section *s) {
    size_t w = h->is64 ? 8 : 4;

    s->name = elf_u32(h, p);
    s->type = elf_u32(h, p + 4);
    s->flags = elf_word(h, p + 8);
    s->addr = elf_word(h, p + 8 + w);
    s->offset = elf_word(h, p + 8 + 2 * w);
    s->size = elf_word(h, p + 8 + 3 * w);
    s->link = elf_u32(h, p + 8 + 4 * w);
    s->info = elf_u32(h, p + 12 + 4 * w);
    s->align = elf_word(h, p + 16 + 4 * w);
    s->entsize = elf_word(h, p + 16 + 5 * w);
}

/* Counts that do not fit into the header stand in section 0. */
static int large_counts(struct infile *f, struct elf_head *h, struct err *e) {
    unsigned char raw[64];
    struct elf_section first;

    if (h->shnum && h->shstrndx != XNUM)
        return 0;
    if (!inside(f, h->shoff, h->is64 ? 64 : 40))
        return damaged(f, "its section table lies beyond its end", e);
    if (infile_read(f, h->shoff, raw, h->is64 ? 64 : 40, e))
        return e->code;
    parse_section(h, raw, &first);
    if (!h->shnum && first.size > SECTIONS_MAX)
        return damaged(f, "too many sections", e);
    if (!h->shnum)
        h->shnum = (size_t)first.size;
    if (h->shstrndx == XNUM)
        h->shstrndx = first.link;
    return 0;
}

int elf_head(struct infile *f, struct elf_head *h, struct err *e) {
    unsigned char raw[64] = {0};
    size_t got;
    unsigned o, phsize, shsize;

    *h = (struct elf_head){0};
    if (infile_read_some(f, 0, raw, sizeof raw, &got, e))
        return e->code;
    if (!elf_magic(raw, got))
        return err_set(e, E_INPUT, "%s: not an ELF file", f->name);
    if ((raw[4] != 1 && raw[4] != 2) || (raw[5] != 1 && raw[5] != 2) || raw[6] != 1)
        return damaged(f, "unknown class, byte order or version", e);
    h->is64 = raw[4] == 2;
    h->big = raw[5] == 2;
    if (got < (h->is64 ? 64u : 52u))
        return damaged(f, "its header is cut off", e);
    h->type = elf_u16(h, raw + 16);
    h->machine = elf_u16(h, raw + 18);
    h->phoff = elf_word(h, raw + (h->is64 ? 32 : 28));
    h->shoff = elf_word(h, raw + (h->is64 ? 40 : 32));
    o = h->is64 ? 48 : 36;
    h->flags = elf_u32(h, raw + o);
    phsize = elf_u16(h, raw + o + 6);
    h->phnum = elf_u16(h, raw + o + 8);
    shsize = elf_u16(h, raw + o + 10);
    h->shnum = elf_u16(h, raw + o + 12);
    h->shstrndx = h->shstrndx_raw = elf_u16(h, raw + o + 14);
    if (h->phnum == XNUM)
        return damaged(f, "too many segments", e);
    if (h->phnum && phsize != (h->is64 ? 56u : 32u))
        return damaged(f, "segment headers of an unknown size", e);
    if (!h->shoff) {
        h->shnum = h->shstrndx = 0;
        return 0;
    }
    if (shsize != (h->is64 ? 64u : 40u))
        return damaged(f, "section headers of an unknown size", e);
    return large_counts(f, h, e);
}

int elf_segments(struct infile *f, const struct elf_head *h, struct arena *mem,
                 struct elf_segment **v, struct err *e) {
    size_t size = h->is64 ? 56 : 32;
    unsigned char *raw;

    *v = NULL;
    if (!h->phnum)
        return 0;
    if (!inside(f, h->phoff, size * h->phnum))
        return damaged(f, "its segment table lies beyond its end", e);
    raw = arena_array(mem, h->phnum, size);
    if (infile_read(f, h->phoff, raw, size * h->phnum, e))
        return e->code;
    *v = arena_array(mem, h->phnum, sizeof **v);
    for (size_t i = 0; i < h->phnum; i++) {
        const unsigned char *p = raw + i * size;
        struct elf_segment *s = &(*v)[i];
        bool wide = h->is64;

        s->type = elf_u32(h, p);
        s->flags = elf_u32(h, p + (wide ? 4 : 24));
        s->offset = elf_word(h, p + (wide ? 8 : 4));
        s->vaddr = elf_word(h, p + (wide ? 16 : 8));
        s->filesz = elf_word(h, p + (wide ? 32 : 16));
        s->memsz = elf_word(h, p + (wide ? 40 : 20));
        s->align = elf_word(h, p + (wide ? 48 : 28));
        if (s->filesz && !inside(f, s->offset, s->filesz))
            return damaged(f, "a segment lies beyond its end", e);
    }
    return 0;
}

int elf_sections(struct infile *f, const struct elf_head *h, struct arena *mem,
                 struct elf_section **v, struct err *e) {
    size_t size = h->is64 ? 64 : 40;
    unsigned char *raw;

    *v = NULL;
    if (!h->shnum)
        return 0;
    if (!inside(f, h->shoff, size * h->shnum))
        return damaged(f, "its section table lies beyond its end", e);
    raw = arena_array(mem, h->shnum, size);
    if (infile_read(f, h->shoff, raw, size * h->shnum, e))
        return e->code;
    *v = arena_array(mem, h->shnum, sizeof **v);
    for (size_t i = 0; i < h->shnum; i++)
        parse_section(h, raw + i * size, &(*v)[i]);
    return 0;
}

/* -------------------------------------------------------------------- the dynamic section */

struct view { /* one file being read */
    struct infile *f;
    struct elf_head h;
    struct elf_segment *seg;
    struct arena *mem;
    uint64_t strtab, strsz;                        /* file offset and size of the dynamic strings */
    uint64_t verdef, n_verdef, verneed, n_verneed; /* file offsets, or 0 */
};

static bool to_offset(const struct view *v, uint64_t addr, uint64_t *at) {
    for (size_t i = 0; i < v->h.phnum; i++) {
        const struct elf_segment *s = &v->seg[i];

        if (s->type == PT_LOAD && addr >= s->vaddr && addr - s->vaddr < s->filesz) {
            *at = s->offset + (addr - s->vaddr);
            return true;
        }
    }
    return false;
}

static int get_string(struct view *v, uint64_t at, uint64_t max, struct str *s, struct err *e) {
    char raw[STRING_MAX];
    size_t want = max < sizeof raw ? (size_t)max : sizeof raw, got = 0;
    const char *end;

    if (infile_read_some(v->f, at, raw, want, &got, e))
        return e->code;
    end = got ? memchr(raw, 0, got) : NULL;
    if (!end)
        return damaged(v->f, "a name does not end", e);
    *s = str_dup(v->mem, (struct str){raw, (size_t)(end - raw)});
    return 0;
}

static int dyn_string(struct view *v, uint64_t i, struct str *s, struct err *e) {
    if (i >= v->strsz)
        return damaged(v->f, "a name lies outside the dynamic strings", e);
    return get_string(v, v->strtab + i, v->strsz - i, s, e);
}

static int locate(struct view *v, const unsigned char *raw, size_t n, struct elf *x,
                  struct err *e) {
    size_t w = v->h.is64 ? 8 : 4;
    uint64_t strtab = 0;

    for (size_t i = 0; i < n; i++) {
        uint64_t tag = elf_word(&v->h, raw + 2 * i * w);
        uint64_t val = elf_word(&v->h, raw + (2 * i + 1) * w);

        if (tag == 0)
            break;
        if (tag == DT_STRTAB)
            strtab = val;
        else if (tag == DT_STRSZ)
            v->strsz = val;
        else if (tag == DT_HASH)
            x->hash = true;
        else if (tag == DT_GNU_HASH)
            x->gnu_hash = true;
        else if (tag == DT_VERDEFNUM)
            v->n_verdef = val;
        else if (tag == DT_VERNEEDNUM)
            v->n_verneed = val;
        else if ((tag == DT_VERDEF && !to_offset(v, val, &v->verdef)) ||
                 (tag == DT_VERNEED && !to_offset(v, val, &v->verneed)))
            return damaged(v->f, "its version table is in no segment", e);
    }
    if (strtab && !to_offset(v, strtab, &v->strtab))
        return damaged(v->f, "its dynamic strings are in no segment", e);
    if (!inside(v->f, v->strtab, v->strsz))
        return damaged(v->f, "its dynamic strings lie beyond its end", e);
    return 0;
}

static int names(struct view *v, const unsigned char *raw, size_t n, struct elf *x, struct err *e) {
    size_t w = v->h.is64 ? 8 : 4;

    x->needed = arena_array(v->mem, n, sizeof *x->needed);
    x->runpaths = arena_array(v->mem, n, sizeof *x->runpaths);
    for (size_t i = 0; i < n; i++) {
        uint64_t tag = elf_word(&v->h, raw + 2 * i * w);
        uint64_t val = elf_word(&v->h, raw + (2 * i + 1) * w);
        struct str *to = NULL;

        if (tag == 0)
            break;
        if (tag == DT_NEEDED)
            to = &x->needed[x->n_needed++];
        else if (tag == DT_SONAME)
            to = &x->soname;
        else if (tag == DT_RPATH || tag == DT_RUNPATH)
            to = &x->runpaths[x->n_runpaths++];
        if (to && dyn_string(v, val, to, e))
            return e->code;
    }
    return 0;
}

static int version_needs(struct view *v, struct elf *x, struct err *e) {
    uint64_t at = v->verneed;
    size_t room = 0;
    unsigned char r[16];

    for (uint64_t i = 0; at && i < v->n_verneed && i < VERSIONS_MAX; i++) {
        struct str file;
        uint64_t aux;
        unsigned count;

        if (infile_read(v->f, at, r, 16, e) || dyn_string(v, elf_u32(&v->h, r + 4), &file, e))
            return e->code;
        count = elf_u16(&v->h, r + 2);
        aux = at + elf_u32(&v->h, r + 8);
        at = elf_u32(&v->h, r + 12) ? at + elf_u32(&v->h, r + 12) : 0;
        while (count--) {
            struct elf_version *w;

            if (x->n_wants >= VERSIONS_MAX)
                return damaged(v->f, "too many version needs", e);
            if (x->n_wants == room)
                x->wants = arena_grow(v->mem, x->wants, room, room + 1, sizeof *x->wants, &room);
            w = &x->wants[x->n_wants++];
            *w = (struct elf_version){.file = file};
            if (infile_read(v->f, aux, r, 16, e) ||
                dyn_string(v, elf_u32(&v->h, r + 8), &w->version, e))
                return e->code;
            w->weak = elf_u16(&v->h, r + 4) & VER_WEAK;
            aux += elf_u32(&v->h, r + 12);
        }
    }
    return 0;
}

static int version_definitions(struct view *v, struct elf *x, struct err *e) {
    uint64_t at = v->verdef;
    size_t room = 0;
    unsigned char r[20], aux[8];

    for (uint64_t i = 0; at && i < v->n_verdef; i++) {
        if (x->n_gives >= VERSIONS_MAX)
            return damaged(v->f, "too many version definitions", e);
        if (infile_read(v->f, at, r, sizeof r, e))
            return e->code;
        if (!(elf_u16(&v->h, r + 2) & VER_BASE) && elf_u16(&v->h, r + 6)) {
            if (x->n_gives == room)
                x->gives = arena_grow(v->mem, x->gives, room, room + 1, sizeof *x->gives, &room);
            if (infile_read(v->f, at + elf_u32(&v->h, r + 12), aux, sizeof aux, e) ||
                dyn_string(v, elf_u32(&v->h, aux), &x->gives[x->n_gives++], e))
                return e->code;
        }
        at = elf_u32(&v->h, r + 16) ? at + elf_u32(&v->h, r + 16) : 0;
    }
    return 0;
}

static int dynamic(struct view *v, const struct elf_segment *s, struct elf *x, struct err *e) {
    size_t each = v->h.is64 ? 16 : 8;
    size_t n = (size_t)(s->filesz / each);
    unsigned char *raw;

    if (s->filesz / each > DYNAMIC_MAX)
        return damaged(v->f, "its dynamic section is too large", e);
    raw = arena_array(v->mem, n, each);
    x->dynamic = true;
    if (infile_read(v->f, s->offset, raw, n * each, e) || locate(v, raw, n, x, e) ||
        names(v, raw, n, x, e) || version_needs(v, x, e))
        return e->code;
    return version_definitions(v, x, e);
}

/* ---------------------------------------------------------------------------------- notes */

static void find_build_id(struct view *v, const unsigned char *p, size_t n, size_t align,
                          struct elf *x) {
    size_t at = 0;

    while (n - at >= 12 && !x->build_id.n) {
        size_t namesz = elf_u32(&v->h, p + at), descsz = elf_u32(&v->h, p + at + 4);
        uint32_t type = elf_u32(&v->h, p + at + 8);
        size_t desc, next;

        at += 12;
        if (namesz > n - at)
            return;
        desc = (at + namesz + align - 1) / align * align;
        if (desc > n || descsz > n - desc)
            return;
        if (type == NOTE_BUILD_ID && namesz == 4 && !memcmp(p + at, "GNU", 4))
            x->build_id = str_dup(v->mem, (struct str){(const char *)p + desc, descsz});
        next = (desc + descsz + align - 1) / align * align;
        if (next > n)
            return;
        at = next;
    }
}

static int notes(struct view *v, uint64_t at, uint64_t n, uint64_t align, struct elf *x,
                 struct err *e) {
    unsigned char *raw;

    if (x->build_id.n || n > NOTES_MAX || !inside(v->f, at, n))
        return 0;
    raw = arena_alloc(v->mem, (size_t)n);
    if (infile_read(v->f, at, raw, (size_t)n, e))
        return e->code;
    find_build_id(v, raw, (size_t)n, align == 8 ? 8 : 4, x);
    return 0;
}

static int segment(struct view *v, const struct elf_segment *s, struct elf *x, struct err *e) {
    if (s->type == PT_DYNAMIC && !x->dynamic)
        return dynamic(v, s, x, e);
    if (s->type == PT_INTERP && s->filesz)
        return get_string(v, s->offset, s->filesz, &x->interp, e);
    return s->type == PT_NOTE ? notes(v, s->offset, s->filesz, s->align, x, e) : 0;
}

int elf_read(struct infile *f, struct arena *mem, struct elf *x, struct err *e) {
    AUTO(arena) scratch = {0};
    struct view v = {.f = f, .mem = mem};
    struct elf_section *sec;

    *x = (struct elf){0};
    if (elf_head(f, &v.h, e) || elf_segments(f, &v.h, &scratch, &v.seg, e) ||
        elf_sections(f, &v.h, &scratch, &sec, e))
        return e->code;
    x->is64 = v.h.is64;
    x->big = v.h.big;
    x->type = v.h.type;
    x->machine = v.h.machine;
    x->flags = v.h.flags;
    x->stripped = true;
    for (size_t i = 0; i < v.h.shnum; i++)
        if (sec[i].type == SHT_SYMTAB)
            x->stripped = false;
    for (size_t i = 0; i < v.h.phnum; i++)
        if (segment(&v, &v.seg[i], x, e))
            return e->code;
    for (size_t i = 0; i < v.h.shnum; i++) /* Go's linker leaves it out of the segments */
        if (sec[i].type == SHT_NOTE && notes(&v, sec[i].offset, sec[i].size, sec[i].align, x, e))
            return e->code;
    return 0;
}
