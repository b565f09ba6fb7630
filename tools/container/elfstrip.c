/* SPDX-License-Identifier: Apache-2.0 */
#include "container/elfstrip.h"

#include "base/buf.h"
#include "container/elf.h"

#include <stdlib.h>
#include <string.h>

enum {
    SHT_SYMTAB = 2,
    SHT_STRTAB = 3,
    SHT_RELA = 4,
    SHT_NOBITS = 8,
    SHT_REL = 9,
    SHT_DYNSYM = 11,
    SHT_GROUP = 17,
    SHT_SYMTAB_SHNDX = 18,
    SHF_ALLOC = 2,
    SHF_INFO_LINK = 0x40,
    NAMES_MAX = 16 << 20,
    GAP_MAX = 64 * 1024,
    ALIGN_MAX = 4096,
    NUMBERS_RESERVED = 0xff00, /* section numbers from here on need tables we do not write */
};

struct section {
    struct elf_section s;
    struct str title;
    bool drop;
    size_t to;   /* its new number */
    uint64_t at; /* its new offset */
    uint32_t name;
};

struct plan {
    struct infile *f;
    struct arena *mem;
    struct elf_head h;
    struct elf_segment *seg;
    struct section *sec;
    size_t n;        /* sections */
    uint64_t loaded; /* end of everything that segments and the tables before them use */
    const char *odd; /* not NULL: leave the file alone */
    bool renumbered; /* a loaded section gets another number */
    struct elfstrip *out;
};

static bool odd(struct plan *p, const char *why) {
    if (!p->odd)
        p->odd = why;
    return true;
}

static bool bits(const struct section *s) {
    return s->s.type != SHT_NOBITS && s->s.type != 0 && s->s.size;
}

static bool alloc(const struct section *s) {
    return s->s.flags & SHF_ALLOC;
}

/* ------------------------------------------------------------------------------ reading */

static bool good_section(const struct plan *p, const struct section *s) {
    uint64_t align = s->s.align;

    if (bits(s) && (s->s.offset > p->f->size || s->s.size > p->f->size - s->s.offset))
        return false;
    /* A loaded section must lie where segments keep it; only empty ones may be anywhere. */
    if (alloc(s) && bits(s) && s->s.offset + s->s.size > p->loaded)
        return false;
    return !(align & (align - 1)) && (alloc(s) || align <= ALIGN_MAX) && s->s.link < p->n;
}

static int load(struct plan *p, struct err *e) {
    struct elf_section *raw, *names;
    struct err why = {0};
    char *text;
    size_t n;

    if (elf_sections(p->f, &p->h, p->mem, &raw, &why))
        return odd(p, arena_fmt(p->mem, "%s", why.msg)), 0;
    p->n = p->h.shnum;
    if (p->h.shstrndx >= p->n || p->n >= NUMBERS_RESERVED)
        return odd(p, "its section names are missing"), 0;
    names = &raw[p->h.shstrndx];
    if (names->type != SHT_STRTAB || names->flags & SHF_ALLOC || names->size > NAMES_MAX ||
        !names->size || names->offset > p->f->size || names->size > p->f->size - names->offset)
        return odd(p, "its section names are odd"), 0;
    n = (size_t)names->size;
    text = arena_alloc(p->mem, n + 1);
    if (infile_read(p->f, names->offset, text, n, e))
        return e->code;
    p->sec = arena_array(p->mem, p->n, sizeof *p->sec);
    for (size_t i = 0; i < p->n; i++) {
        struct section *s = &p->sec[i];

        s->s = raw[i];
        if (raw[i].name >= n)
            return odd(p, "a section has no name"), 0;
        s->title = str_of(text + raw[i].name);
        if (!good_section(p, s))
            return odd(p, "a section lies at an odd place"), 0;
    }
    return 0;
}

/* -------------------------------------------------------------------- what goes and what stays */

static bool debug_name(struct str t) {
    static const char *const front[] = {".debug_",    ".zdebug_", ".stab",     ".gnu.debuglto_",
                                        ".gdb_index", ".line",    ".gnu.lto_", ".debug"};

    for (size_t i = 0; i < COUNT(front); i++)
        if (str_starts(t, front[i]))
            return true;
    return false;
}

static void choose(struct plan *p) {
    for (size_t i = 1; i < p->n; i++) {
        struct section *s = &p->sec[i];

        s->drop = !alloc(s) && (s->s.type == SHT_SYMTAB || s->s.type == SHT_SYMTAB_SHNDX ||
                                i == p->h.shstrndx || debug_name(s->title));
        if (s->s.type == SHT_GROUP)
            odd(p, "it has section groups");
    }
    for (size_t i = 1; i < p->n; i++) {
        struct section *s = &p->sec[i];
        bool relocation = s->s.type == SHT_REL || s->s.type == SHT_RELA;

        /* Relocations that a linker left (--emit-relocs) name symbols that go. */
        if (relocation && !alloc(s) && s->s.link && p->sec[s->s.link].drop)
            s->drop = true;
        if (s->s.type == SHT_SYMTAB && s->s.link && !alloc(&p->sec[s->s.link]) &&
            p->sec[s->s.link].s.type == SHT_STRTAB)
            p->sec[s->s.link].drop = true;
    }
    for (size_t i = 1; i < p->n; i++) { /* strings that something else needs stay */
        const struct section *s = &p->sec[i];

        if (!s->drop && s->s.link && p->sec[s->s.link].s.type == SHT_STRTAB &&
            s->s.link != p->h.shstrndx)
            p->sec[s->s.link].drop = false;
    }
}

static bool numbers(struct plan *p) {
    size_t to = 0, gone = 0;

    for (size_t i = 0; i < p->n; i++) {
        struct section *s = &p->sec[i];

        if (s->drop) {
            gone += i != p->h.shstrndx;
            continue;
        }
        s->to = to++;
        p->renumbered = p->renumbered || (alloc(s) && s->to != i);
    }
    if (!gone)
        odd(p, "it is stripped already");
    return !p->odd;
}

/* Dynamic symbols hold section numbers, inside a segment that must stay as it is. */
static int symbols_stay(struct plan *p, const struct section *table, struct err *e) {
    size_t each = p->h.is64 ? 24 : 16, at = p->h.is64 ? 6 : 14;
    unsigned char block[24 * 170];
    uint64_t left = table->s.size / each;

    for (uint64_t from = table->s.offset; left && !p->odd;) {
        size_t n = left < sizeof block / each ? (size_t)left : sizeof block / each;

        if (infile_read(p->f, from, block, n * each, e))
            return e->code;
        for (size_t i = 0; i < n; i++) {
            size_t number = elf_u16(&p->h, block + i * each + at);

            if (number < p->n && (p->sec[number].drop || p->sec[number].to != number))
                odd(p, "its dynamic symbols name sections that would get other numbers");
        }
        from += n * each;
        left -= n;
    }
    return 0;
}

static int numbers_stay(struct plan *p, struct err *e) {
    for (size_t i = 1; i < p->n && p->renumbered && !p->odd; i++)
        if (p->sec[i].s.type == SHT_DYNSYM && symbols_stay(p, &p->sec[i], e))
            return e->code;
    return 0;
}

/* ------------------------------------------------------------------------ unaccounted bytes */

struct span {
    uint64_t at, end;
};

static int by_start(const void *a, const void *b) {
    const struct span *x = a, *y = b;

    return x->at < y->at ? -1 : x->at > y->at;
}

static int only_zeros(struct plan *p, uint64_t at, uint64_t end, struct err *e) {
    unsigned char block[4096];

    if (end - at > GAP_MAX)
        return odd(p, "it has bytes that no section accounts for"), 0;
    while (at < end) {
        size_t n = end - at < sizeof block ? (size_t)(end - at) : sizeof block;

        if (infile_read(p->f, at, block, n, e))
            return e->code;
        for (size_t i = 0; i < n; i++)
            if (block[i])
                return odd(p, "it has bytes that no section accounts for"), 0;
        at += n;
    }
    return 0;
}

/* Self-extracting programs and bundles (bun, AppImage, pkg) carry their payload behind the ELF
 * file: whoever cut that off would break them. */
static int accounted(struct plan *p, struct err *e) {
    struct span *v = arena_array(p->mem, p->n + 2, sizeof *v);
    size_t n = 0;
    uint64_t seen = p->loaded;

    for (size_t i = 0; i < p->n; i++)
        if (bits(&p->sec[i]))
            v[n++] = (struct span){p->sec[i].s.offset, p->sec[i].s.offset + p->sec[i].s.size};
    v[n++] = (struct span){p->h.shoff, p->h.shoff + p->n * (p->h.is64 ? 64u : 40u)};
    v[n++] = (struct span){p->f->size, p->f->size};
    qsort(v, n, sizeof *v, by_start);
    for (size_t i = 0; i < n && !p->odd; i++) {
        if (v[i].at > seen && only_zeros(p, seen, v[i].at, e))
            return e->code;
        if (v[i].end > seen)
            seen = v[i].end;
    }
    return 0;
}

/* ------------------------------------------------------------------------------- the new file */

static void piece(struct plan *p, const void *data, uint64_t at, uint64_t n) {
    if (!n)
        return;
    p->out->v[p->out->n++] = (struct elfstrip_piece){data, at, n};
    p->out->size += n;
}

static void pad_to(struct plan *p, uint64_t align) {
    uint64_t over = align > 1 ? p->out->size & (align - 1) : 0;

    if (over)
        piece(p, arena_alloc(p->mem, (size_t)(align - over)), 0, align - over);
}

/* Sections that no segment holds move up behind the last segment. */
static void place(struct plan *p) {
    for (size_t i = 1; i < p->n; i++) {
        struct section *s = &p->sec[i];

        s->at = s->s.offset;
        if (s->drop || alloc(s) || !bits(s) || s->s.offset + s->s.size <= p->loaded)
            continue;
        pad_to(p, s->s.align);
        s->at = p->out->size;
        piece(p, NULL, s->s.offset, s->s.size);
    }
}

static void put_section(const struct elf_head *h, unsigned char *to, const struct elf_section *s) {
    size_t w = h->is64 ? 8 : 4;

    elf_put_u32(h, to, s->name);
    elf_put_u32(h, to + 4, s->type);
    elf_put_word(h, to + 8, s->flags);
    elf_put_word(h, to + 8 + w, s->addr);
    elf_put_word(h, to + 8 + 2 * w, s->offset);
    elf_put_word(h, to + 8 + 3 * w, s->size);
    elf_put_u32(h, to + 8 + 4 * w, s->link);
    elf_put_u32(h, to + 12 + 4 * w, s->info);
    elf_put_word(h, to + 16 + 4 * w, s->align);
    elf_put_word(h, to + 16 + 5 * w, s->entsize);
}

static uint32_t renumber(const struct plan *p, uint32_t i) {
    return i < p->n && !p->sec[i].drop ? (uint32_t)p->sec[i].to : 0;
}

static void put_kept(const struct plan *p, const struct section *s, unsigned char *to) {
    struct elf_section x = s->s;

    x.name = s->name;
    x.offset = s->at;
    x.link = renumber(p, x.link);
    if (x.flags & SHF_INFO_LINK || x.type == SHT_REL || x.type == SHT_RELA)
        x.info = renumber(p, x.info);
    put_section(&p->h, to, &x);
}

/* Names and section table, the end of the new file. */
static size_t tail(struct plan *p, uint64_t *table_at) {
    AUTO(buf) names = BUF_NONE;
    size_t each = p->h.is64 ? 64 : 40, count = 0;
    struct elf_section strtab = {.type = SHT_STRTAB, .align = 1};
    unsigned char *table;

    buf_init(&names, NAMES_MAX + 64);
    buf_c(&names, 0);
    for (size_t i = 1; i < p->n; i++) {
        struct section *s = &p->sec[i];

        if (s->drop)
            continue;
        s->name = (uint32_t)names.n;
        buf_put(&names, s->title.p, s->title.n + 1);
    }
    strtab.name = (uint32_t)names.n;
    buf_put(&names, ".shstrtab", sizeof ".shstrtab");
    strtab.offset = p->out->size;
    strtab.size = names.n;
    piece(p, arena_dup(p->mem, names.p, names.n), 0, names.n);
    pad_to(p, p->h.is64 ? 8 : 4);
    *table_at = p->out->size;
    table = arena_array(p->mem, p->n + 1, each);
    for (size_t i = 0; i < p->n; i++)
        if (!p->sec[i].drop)
            put_kept(p, &p->sec[i], table + each * count++);
    put_section(&p->h, table + each * count++, &strtab);
    piece(p, table, 0, each * count);
    return count;
}

static int build(struct plan *p, struct err *e) {
    size_t head = p->h.is64 ? 64 : 52, at = p->h.is64 ? 60 : 48;
    unsigned char *first = arena_alloc(p->mem, head);
    uint64_t table_at;
    size_t count;

    p->out->v = arena_array(p->mem, 2 * p->n + 8, sizeof *p->out->v);
    if (infile_read(p->f, 0, first, head, e))
        return e->code;
    piece(p, first, 0, head);
    piece(p, NULL, head, p->loaded - head);
    place(p);
    count = tail(p, &table_at);
    elf_put_word(&p->h, first + (p->h.is64 ? 40 : 32), table_at);
    elf_put_u16(&p->h, first + at, (uint16_t)count);
    elf_put_u16(&p->h, first + at + 2, (uint16_t)(count - 1));
    if (p->out->size >= p->f->size || (!p->h.is64 && p->out->size > UINT32_MAX))
        odd(p, "it would not become smaller");
    return 0;
}

/* Where the part ends that must not move. */
static void measure(struct plan *p) {
    p->loaded = p->h.is64 ? 64 : 52;
    if (p->h.phoff + p->h.phnum * (p->h.is64 ? 56u : 32u) > p->loaded)
        p->loaded = p->h.phoff + p->h.phnum * (p->h.is64 ? 56u : 32u);
    for (size_t i = 0; i < p->h.phnum; i++)
        if (p->seg[i].filesz && p->seg[i].offset + p->seg[i].filesz > p->loaded)
            p->loaded = p->seg[i].offset + p->seg[i].filesz;
}

static int plan(struct plan *p, struct err *e) {
    struct err why = {0};

    if (elf_head(p->f, &p->h, &why) || elf_segments(p->f, &p->h, p->mem, &p->seg, &why))
        return odd(p, arena_fmt(p->mem, "%s", why.msg)), 0;
    if (p->h.type != ELF_TYPE_EXEC && p->h.type != ELF_TYPE_DYN)
        return odd(p, "it is neither a program nor a shared library"), 0;
    if (!p->h.shnum || !p->h.phnum)
        return odd(p, "it has no sections"), 0;
    measure(p);
    if (load(p, e))
        return e->code;
    if (p->odd)
        return 0;
    choose(p);
    if (!numbers(p))
        return 0;
    if (numbers_stay(p, e) || (!p->odd && accounted(p, e)))
        return e->code;
    return p->odd ? 0 : build(p, e);
}

int elfstrip_plan(struct infile *f, struct arena *mem, struct elfstrip *out, struct err *e) {
    struct plan p = {.f = f, .mem = mem, .out = out};

    *out = (struct elfstrip){0};
    if (plan(&p, e)) {
        *out = (struct elfstrip){0};
        return e->code;
    }
    if (p.odd)
        *out = (struct elfstrip){.reason = p.odd};
    return 0;
}
