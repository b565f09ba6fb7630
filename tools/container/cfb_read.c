/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "container/cfb.h"
#include "container/cfb_image.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64 }; /* storages in storages */

struct header {
    uint32_t n_fat, directory, mini, n_mini, difat, n_difat;
    unsigned char own[4 * CFB_IMAGE_DIFAT];
};

/* The file while it is opened: which sectors are known to be of one chain only. */
struct opening {
    struct cfb_file *c;
    struct header h;
    struct arena *mem, scratch;
    unsigned char *taken; /* a byte for each sector */
    size_t n_sectors;     /* in the file, the last one perhaps cut off */
};

static const unsigned char magic[] = {0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1};

bool cfb_sniff(const void *head, size_t n) {
    return n >= sizeof magic && memcmp(head, magic, sizeof magic) == 0;
}

static int bad(const struct opening *o, const char *what, struct err *e) {
    return err_set(e, E_INPUT, "%s: damaged compound file: %s", o->c->f->name, what);
}

static int read_header(struct opening *o, struct err *e) {
    unsigned char h[CFB_IMAGE_HEADER];
    struct cfb_file *c = o->c;

    if (c->f->size < sizeof h)
        return err_set(e, E_INPUT, "%s: no compound file, or it ends too early", c->f->name);
    if (infile_read(c->f, 0, h, sizeof h, e))
        return (int)e->code;
    if (!cfb_sniff(h, sizeof h))
        return err_set(e, E_INPUT, "%s: no compound file", c->f->name);
    c->version = bytes_le16(h + 26);
    c->shift = bytes_le16(h + 30);
    if (!(c->version == 3 && c->shift == 9) && !(c->version == 4 && c->shift == 12))
        return bad(o, "its version and the size of its sectors are not of this format", e);
    if (bytes_le16(h + 28) != 0xfffe || bytes_le16(h + 32) != CFB_IMAGE_MINI_SHIFT ||
        bytes_le32(h + 56) != CFB_IMAGE_CUTOFF)
        return bad(o, "its header is not of this format", e);
    o->h = (struct header){.n_fat = bytes_le32(h + 44),
                           .directory = bytes_le32(h + 48),
                           .mini = bytes_le32(h + 60),
                           .n_mini = bytes_le32(h + 64),
                           .difat = bytes_le32(h + 68),
                           .n_difat = bytes_le32(h + 72)};
    memcpy(o->h.own, h + 76, sizeof o->h.own);
    if (c->f->size >> c->shift >= CFB_IMAGE_SECTOR_MAX)
        return bad(o, "it is larger than the format allows", e);
    o->n_sectors = (size_t)((c->f->size + ((1u << c->shift) - 1)) >> c->shift);
    o->n_sectors -= o->n_sectors > 0;
    o->taken = arena_alloc(&o->scratch, o->n_sectors);
    return OK;
}

/* A sector that nothing else is in. */
static int take(struct opening *o, uint32_t sector, struct err *e) {
    if (sector >= o->n_sectors)
        return bad(o, "a sector lies behind its end", e);
    if (o->taken[sector])
        return bad(o, "a sector is used twice", e);
    o->taken[sector] = 1;
    return OK;
}

static int read_sector(struct opening *o, uint32_t sector, unsigned char *p, struct err *e) {
    uint64_t at = ((uint64_t)sector + 1) << o->c->shift;
    size_t n = (size_t)1 << o->c->shift, got;

    memset(p, 0, n); /* a last sector may be cut off */
    return infile_read_some(o->c->f, at, p, n, &got, e);
}

/* Takes the sector and reads it as numbers into v, of which *n are there. */
static int read_table(struct opening *o, uint32_t sector, uint32_t *v, size_t *n, struct err *e) {
    unsigned char p[4096];

    if (take(o, sector, e) || read_sector(o, sector, p, e))
        return (int)e->code;
    for (size_t i = 0; i < (size_t)1 << (o->c->shift - 2); i++)
        v[(*n)++] = bytes_le32(p + 4 * i);
    return OK;
}

/* The numbers of the sectors that hold the table of sectors: 109 in the header, then a chain of
 * sectors whose last number is the next one. */
static int read_fat(struct opening *o, struct err *e) {
    struct cfb_file *c = o->c;
    size_t per = (size_t)1 << (c->shift - 2), have = CFB_IMAGE_DIFAT, n;
    uint32_t next = o->h.difat, *at;

    if (o->h.n_fat > o->n_sectors || o->h.n_difat > o->n_sectors)
        return bad(o, "its tables are larger than the file", e);
    at = arena_array(&o->scratch, CFB_IMAGE_DIFAT + o->h.n_difat * per, sizeof *at);
    for (size_t i = 0; i < CFB_IMAGE_DIFAT; i++)
        at[i] = bytes_le32(o->h.own + 4 * i);
    for (uint32_t i = 0; i < o->h.n_difat; i++) {
        if (read_table(o, next, at, &have, e))
            return (int)e->code;
        next = at[--have];
    }
    if (o->h.n_fat > have)
        return bad(o, "its table of sectors has no end", e);
    c->fat = arena_array(o->mem, o->h.n_fat * per, sizeof *c->fat);
    for (n = 0; n < o->h.n_fat; n++)
        if (read_table(o, at[n], c->fat, &c->n_fat, e))
            return (int)e->code;
    return OK;
}

/* Takes all sectors of a chain, which has at most `most`; *n is how many there are. */
static int walk(struct opening *o, uint32_t first, uint64_t most, uint32_t *v, size_t *n,
                struct err *e) {
    *n = 0;
    for (uint32_t s = first; s != CFB_IMAGE_END; s = o->c->fat[s]) {
        if (*n == most)
            return bad(o, "a chain of sectors is longer than it should be", e);
        if (take(o, s, e))
            return (int)e->code;
        if (s >= o->c->n_fat)
            return bad(o, "a sector is in no table", e);
        if (v)
            v[*n] = s;
        ++*n;
    }
    return OK;
}

static int read_mini(struct opening *o, struct err *e) {
    struct cfb_file *c = o->c;
    uint32_t *at = arena_array(&o->scratch, o->n_sectors, sizeof *at);
    uint32_t start = c->entry[0].start;
    size_t n, per = (size_t)1 << (c->shift - 2);

    if (o->h.n_mini) {
        if (walk(o, o->h.mini, o->n_sectors, at, &n, e))
            return (int)e->code;
        c->mini = arena_array(o->mem, n * per, sizeof *c->mini);
        for (size_t i = 0; i < n; i++) {
            o->taken[at[i]] = 0;
            if (read_table(o, at[i], c->mini, &c->n_mini, e))
                return (int)e->code;
        }
    }
    c->mini_size = c->entry[0].size;
    if (c->n_mini > (c->mini_size + CFB_IMAGE_MINI - 1) >> CFB_IMAGE_MINI_SHIFT)
        c->n_mini = (size_t)((c->mini_size + CFB_IMAGE_MINI - 1) >> CFB_IMAGE_MINI_SHIFT);
    if (!c->mini_size)
        return OK;
    if (walk(o, start, o->n_sectors, at, &n, e))
        return (int)e->code;
    c->mini_at = arena_array(o->mem, n, sizeof *c->mini_at);
    c->n_mini_at = n;
    memcpy(c->mini_at, at, n * sizeof *at);
    if (c->mini_size > (uint64_t)n << c->shift)
        return bad(o, "the small streams' sectors end too early", e);
    return OK;
}

/* --- the directory ---------------------------------------------------------------------------- */

struct directory {
    unsigned char *p;
    size_t n;
    unsigned char *seen;
};

static int read_entry(const struct opening *o, const unsigned char *p, struct cfb_entry *x,
                      struct err *e) {
    unsigned bytes = bytes_le16(p + 64);

    *x = (struct cfb_entry){0};
    if (bytes < 4 || bytes > 64 || bytes % 2)
        return bad(o, "a name has no length", e);
    x->name.n = bytes / 2 - 1;
    for (unsigned i = 0; i < x->name.n; i++)
        if (!(x->name.unit[i] = bytes_le16(p + 2 * i)))
            return bad(o, "a name has a NUL inside", e);
    if (p[66] != 1 && p[66] != 2 && p[66] != 5)
        return bad(o, "an entry of the directory is of no kind", e);
    x->kind = p[66] == 5 ? CFB_ROOT : p[66] == 1 ? CFB_STORAGE : CFB_STREAM;
    memcpy(x->clsid, p + 80, sizeof x->clsid);
    x->state = bytes_le32(p + 96);
    x->created = bytes_le64(p + 100);
    x->modified = bytes_le64(p + 108);
    x->start = bytes_le32(p + 116);
    x->size = bytes_le64(p + 120);
    if (o->c->version == 3)
        x->size &= 0xffffffff; /* some writers leave anything in the upper half */
    return OK;
}

/* Puts an entry of a tree on the stack, once. */
static int push(const struct opening *o, struct directory *d, uint32_t i, uint32_t *stack,
                size_t *depth, struct err *e) {
    if (i == CFB_IMAGE_FREE)
        return OK;
    if (i >= d->n)
        return bad(o, "its directory leads nowhere", e);
    if (d->seen[i])
        return bad(o, "its directory runs in a circle", e);
    d->seen[i] = 1;
    stack[(*depth)++] = i;
    return OK;
}

static int by_name(const void *a, const void *b) {
    return cfb_name_cmp(&((const struct cfb_entry *)a)->name, &((const struct cfb_entry *)b)->name);
}

/* Adds what is in the storage entry[at], whose tree begins at `child`. */
static int read_storage(struct opening *o, struct directory *d, size_t at, uint32_t child,
                        uint32_t *stack, struct err *e) {
    struct cfb_file *c = o->c;
    size_t depth = 0, from = c->n_entries;

    if (push(o, d, child, stack, &depth, e))
        return (int)e->code;
    while (depth) {
        uint32_t i = stack[--depth];
        const unsigned char *p = d->p + (size_t)i * CFB_IMAGE_ENTRY;
        struct cfb_entry *x = &c->entry[c->n_entries];

        if (read_entry(o, p, x, e) || push(o, d, bytes_le32(p + 68), stack, &depth, e) ||
            push(o, d, bytes_le32(p + 72), stack, &depth, e))
            return (int)e->code;
        if (x->kind == CFB_ROOT)
            return bad(o, "it has a second root", e);
        if (x->kind == CFB_STORAGE)
            x->size = bytes_le32(p + 76); /* until it is its turn */
        x->parent = at;
        c->n_entries++;
    }
    qsort(c->entry + from, c->n_entries - from, sizeof *c->entry, by_name);
    for (size_t i = from + 1; i < c->n_entries; i++)
        if (by_name(&c->entry[i - 1], &c->entry[i]) == 0)
            return bad(o, "two entries of a storage have one name", e);
    return OK;
}

static int read_directory(struct opening *o, struct err *e) {
    struct cfb_file *c = o->c;
    size_t size = (size_t)1 << c->shift, n;
    uint32_t *at = arena_array(&o->scratch, o->n_sectors, sizeof *at), *stack;
    struct directory d = {0};

    if (walk(o, o->h.directory, o->n_sectors, at, &n, e))
        return (int)e->code;
    if (!n)
        return bad(o, "it has no directory", e);
    d.n = n * size / CFB_IMAGE_ENTRY;
    d.p = arena_alloc(&o->scratch, n * size);
    d.seen = arena_alloc(&o->scratch, d.n);
    stack = arena_array(&o->scratch, d.n, sizeof *stack);
    c->entry = arena_array(o->mem, d.n, sizeof *c->entry);
    for (size_t i = 0; i < n; i++)
        if (read_sector(o, at[i], d.p + i * size, e))
            return (int)e->code;
    if (d.p[66] != 5 || read_entry(o, d.p, &c->entry[0], e))
        return e->code ? (int)e->code : bad(o, "it has no root", e);
    d.seen[0] = 1;
    c->n_entries = 1;
    if (read_storage(o, &d, 0, bytes_le32(d.p + 76), stack, e))
        return (int)e->code;
    for (size_t i = 1; i < c->n_entries; i++) {
        uint32_t child = (uint32_t)c->entry[i].size;
        unsigned depth = 0;

        if (c->entry[i].kind != CFB_STORAGE)
            continue;
        for (size_t k = i; k; k = c->entry[k].parent)
            if (++depth > DEPTH_MAX)
                return bad(o, "its storages lie too deep", e);
        c->entry[i].size = 0;
        if (read_storage(o, &d, i, child, stack, e))
            return (int)e->code;
    }
    return OK;
}

/* --- the streams ------------------------------------------------------------------------------ */

static int check_small(struct opening *o, const struct cfb_entry *x, unsigned char *taken,
                       struct err *e) {
    struct cfb_file *c = o->c;
    uint32_t s = x->start;

    for (uint64_t left = (x->size + CFB_IMAGE_MINI - 1) >> CFB_IMAGE_MINI_SHIFT; left; left--) {
        if (s >= c->n_mini)
            return bad(o, "a small stream ends too early", e);
        if (taken[s])
            return bad(o, "a small sector is used twice", e);
        taken[s] = 1;
        s = c->mini[s];
    }
    return OK;
}

static int check_streams(struct opening *o, struct err *e) {
    struct cfb_file *c = o->c;
    unsigned char *small = arena_alloc(&o->scratch, c->n_mini);
    size_t n;

    for (size_t i = 1; i < c->n_entries; i++) {
        const struct cfb_entry *x = &c->entry[i];

        if (x->kind != CFB_STREAM || !x->size)
            continue;
        if (x->size < CFB_IMAGE_CUTOFF) {
            if (check_small(o, x, small, e))
                return (int)e->code;
            continue;
        }
        if (x->size > c->f->size)
            return bad(o, "a stream is larger than the file", e);
        if (walk(o, x->start, o->n_sectors, NULL, &n, e))
            return (int)e->code;
        if (x->size > (uint64_t)n << c->shift)
            return bad(o, "a stream ends too early", e);
    }
    return OK;
}

int cfb_open(struct cfb_file *c, struct infile *f, struct arena *mem, struct err *e) {
    struct opening o = {.c = c, .mem = mem};

    *c = (struct cfb_file){.f = f};
    if (read_header(&o, e) || read_fat(&o, e) || read_directory(&o, e) || read_mini(&o, e) ||
        check_streams(&o, e))
        *c = (struct cfb_file){0};
    arena_drop(&o.scratch);
    return (int)e->code;
}

ptrdiff_t cfb_find(const struct cfb_file *c, size_t parent, struct str name) {
    struct cfb_name n;

    if (cfb_name_of(&n, name))
        for (size_t i = 1; i < c->n_entries; i++)
            if (c->entry[i].parent == parent && cfb_name_cmp(&c->entry[i].name, &n) == 0)
                return (ptrdiff_t)i;
    return CFB_NONE;
}

/* As much as lies in one piece, from where `a` is. */
static int piece(struct cfb_at *a, void *p, size_t n, size_t *got, struct err *e) {
    const struct cfb_file *c = a->c;
    const unsigned shift = a->small ? CFB_IMAGE_MINI_SHIFT : c->shift;
    const uint32_t *next = a->small ? c->mini : c->fat;
    const size_t size = (size_t)1 << shift, in = (size_t)a->at & (size - 1);
    size_t room = size - in;
    uint32_t last = a->sector;
    uint64_t at;

    if (n > a->size - a->at)
        n = (size_t)(a->size - a->at);
    for (; room < n && !a->small && next[last] == last + 1; room += size)
        last++;
    *got = n = n < room ? n : room;
    if (!n)
        return OK;
    at = (uint64_t)a->sector << shift;
    if (a->small)
        at = ((uint64_t)c->mini_at[at >> c->shift] << c->shift) | (at & ((1u << c->shift) - 1));
    if (infile_read(c->f, (1u << c->shift) + at + in, p, n, e))
        return (int)e->code;
    a->at += n;
    a->sector = n == room ? next[last] : a->sector + (uint32_t)((in + n) >> shift);
    return OK;
}

static int stream_get(struct source *s, void *p, size_t n, size_t *got, struct err *e) {
    return piece(s->self, p, n, got, e);
}

void cfb_source(struct source *s, struct cfb_at *at, const struct cfb_file *c, size_t i) {
    static const struct source_ops ops = {stream_get, NULL};
    const struct cfb_entry *x = &c->entry[i];

    *at = (struct cfb_at){
        .c = c, .first = x->start, .sector = x->start, .small = x->size < CFB_IMAGE_CUTOFF};
    if (x->kind == CFB_STREAM)
        at->size = x->size;
    source_init(s, &ops, at);
}

int cfb_read_at(struct cfb_at *a, uint64_t at, void *p, size_t n, struct err *e) {
    const unsigned shift = a->small ? CFB_IMAGE_MINI_SHIFT : a->c->shift;
    const uint32_t *next = a->small ? a->c->mini : a->c->fat;
    char *to = p;

    if (at > a->size || n > a->size - at)
        return err_set(e, E_INPUT, "%s: a stream ends too early", a->c->f->name);
    if (at < a->at) {
        a->at = 0;
        a->sector = a->first;
    }
    for (; n && a->at >> shift < at >> shift; a->at = ((a->at >> shift) + 1) << shift)
        a->sector = next[a->sector];
    a->at = n ? at : a->at;
    for (size_t got; n; n -= got, to += got)
        if (piece(a, to, n, &got, e))
            return (int)e->code;
    return OK;
}
