/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "base/mem.h"
#include "container/cab.h"
#include "container/cab_unpack.h"
#include "os/clock.h"

#include <stdlib.h>
#include <string.h>

enum {
    HEADER = 36,
    FOLDER = 8,
    ENTRY = 16,
    HAS_PREVIOUS = 1,
    HAS_NEXT = 2,
    HAS_RESERVE = 4,
    UTF8_NAME = 0x80,
    QUANTUM = 2,
    METHOD_LZX = 3, /* the last one that is known */
    /* and above: files that are partly in another cabinet: the one before, the next, both */
    CONTINUED = 0xfffd,
    CONTINUES = 0xfffe,
};

struct item {
    struct cab_entry x;
    uint64_t start, at; /* where its folder's bytes begin; its own, in the folder */
    size_t folder, order;
    bool part; /* some of it, or of what it is unpacked with, is in another cabinet */
};

struct reading {
    const struct cab_in *in;
    struct arena mem;
    struct cab_unpack_folder *folder;
    size_t n_folders, n_items;
    struct item *item;
    uint64_t end; /* of the cabinet, which may be shorter than the file: a signature follows */
    unsigned data_reserve;
    unsigned set, number;
    struct str before, after;
    bool continued; /* the first folder begins in the cabinet before */
};

bool cab_sniff(const void *head, size_t n) {
    return n >= 4 && memcmp(head, "MSCF", 4) == 0;
}

static int infile_in(void *self, uint64_t at, void *p, size_t n, struct err *e) {
    return infile_read(self, at, p, n, e);
}

struct cab_in cab_from_infile(struct infile *f) {
    return (struct cab_in){infile_in, f, f->size, f->name, false};
}

static int stream_in(void *self, uint64_t at, void *p, size_t n, struct err *e) {
    return cfb_read_at(self, at, p, n, e);
}

struct cab_in cab_from_cfb(struct cfb_at *at, const char *name) {
    return (struct cab_in){stream_in, at, at->size, name, false};
}

static int bad(const struct reading *r, const char *what, struct err *e) {
    return err_set(e, E_INPUT, "%s: damaged cabinet: %s", r->in->name, what);
}

static int get(struct reading *r, uint64_t at, void *p, size_t n, struct err *e) {
    if (at > r->end || n > r->end - at)
        return bad(r, "it ends too early", e);
    return r->in->read(r->in->self, at, p, n, e);
}

/* A string that ends with a NUL, at most 255 bytes; *at is behind it then. */
static int get_name(struct reading *r, uint64_t *at, struct str *name, struct err *e) {
    char p[CAB_NAME_MAX + 1];
    size_t n = r->end - *at < sizeof p ? (size_t)(r->end - *at) : sizeof p;
    const char *z;

    if (get(r, *at, p, n, e))
        return (int)e->code;
    z = memchr(p, 0, n);
    if (!z)
        return bad(r, "a name has no end", e);
    *name = str_dup(&r->mem, (struct str){p, (size_t)(z - p)});
    *at += name->n + 1;
    return OK;
}

static int by_start(const void *a, const void *b) {
    const struct cab_unpack_folder *x = *(struct cab_unpack_folder *const *)a;
    const struct cab_unpack_folder *y = *(struct cab_unpack_folder *const *)b;

    return (x->at > y->at) - (x->at < y->at);
}

/* Each folder has bytes of its own: thousands that share some would take hours to unpack. */
static int part_folders(struct reading *r, struct err *e) {
    struct cab_unpack_folder **v = arena_array(&r->mem, r->n_folders, sizeof *v);
    size_t n = 0;

    for (size_t i = 0; i < r->n_folders; i++)
        if (r->folder[i].blocks)
            v[n++] = &r->folder[i];
    if (n)
        qsort(v, n, sizeof(struct cab_unpack_folder *), by_start);
    for (size_t i = 0; i < n; i++) {
        v[i]->end = i + 1 < n && v[i + 1]->at < r->end ? v[i + 1]->at : r->end;
        if (i && v[i]->at == v[i - 1]->at)
            return bad(r, "two folders lie in one place", e);
    }
    return OK;
}

static int read_folders(struct reading *r, uint64_t at, unsigned reserve, struct err *e) {
    for (size_t i = 0; i < r->n_folders; i++, at += FOLDER + reserve) {
        struct cab_unpack_folder *f = &r->folder[i];
        unsigned char p[FOLDER];

        if (get(r, at, p, sizeof p, e))
            return (int)e->code;
        f->at = bytes_le32(p);
        f->blocks = bytes_le16(p + 4);
        f->method = bytes_le16(p + 6);
    }
    return part_folders(r, e);
}

/* The head up to the folders; *at is where those begin. */
static int read_header(struct reading *r, uint64_t *files, struct err *e) {
    unsigned char h[HEADER], sizes[4] = {0};
    unsigned flags, size;
    uint64_t at = HEADER;
    struct str disk;

    r->end = r->in->size;
    if (r->end < HEADER)
        return err_set(e, E_INPUT, "%s: no cabinet, or it ends too early", r->in->name);
    if (get(r, 0, h, sizeof h, e))
        return (int)e->code;
    if (!cab_sniff(h, sizeof h) || h[25] != 1)
        return err_set(e, E_INPUT, "%s: no cabinet", r->in->name);
    size = bytes_le32(h + 8);
    if (size < HEADER || size > r->end)
        return bad(r, "it ends too early", e);
    r->end = size;
    *files = bytes_le32(h + 16);
    r->n_folders = bytes_le16(h + 26);
    r->n_items = bytes_le16(h + 28);
    flags = bytes_le16(h + 30);
    if (flags & HAS_RESERVE) {
        if (get(r, at, sizes, sizeof sizes, e))
            return (int)e->code;
        at += sizeof sizes + bytes_le16(sizes);
        r->data_reserve = sizes[3];
    }
    r->set = bytes_le16(h + 32);
    r->number = bytes_le16(h + 34);
    if (flags & HAS_PREVIOUS && (get_name(r, &at, &r->before, e) || get_name(r, &at, &disk, e)))
        return (int)e->code;
    if (flags & HAS_NEXT && (get_name(r, &at, &r->after, e) || get_name(r, &at, &disk, e)))
        return (int)e->code;
    r->folder = arena_array(&r->mem, r->n_folders, sizeof *r->folder);
    return read_folders(r, at, sizes[2], e);
}

/* Names of old are in the code page of whoever made the cabinet; what is no UTF-8 is taken for
 * Latin-1. */
static struct str utf8_name(struct arena *mem, struct str raw) {
    char *p = arena_alloc(mem, 2 * raw.n + 1);
    bool as_it_is = str_utf8(raw);
    size_t n = 0;

    for (size_t i = 0; i < raw.n; i++) {
        unsigned char c = (unsigned char)raw.p[i];

        if (c >= 0x80 && !as_it_is) {
            p[n++] = (char)(0xc0 | c >> 6);
            p[n++] = (char)(0x80 | (c & 0x3f));
        } else {
            p[n++] = c == '\\' ? '/' : (char)c;
        }
    }
    return (struct str){p, n};
}

/* Which folder a file is in, though it begins or ends elsewhere. */
static int place_part(struct reading *r, struct item *x, struct err *e) {
    if (!r->in->any)
        return err_set(e, E_INPUT,
                       "%s: " STR_F " is in several cabinets: slipway reads none of those",
                       r->in->name, STR_A(x->x.name));
    if (!r->n_folders)
        return bad(r, "a file is in no folder", e);
    x->part = true;
    r->continued |= x->folder != CONTINUES;
    x->folder = x->folder == CONTINUES ? r->n_folders - 1 : 0;
    return OK;
}

static int read_item(struct reading *r, uint64_t *at, struct item *x, struct err *e) {
    unsigned char p[ENTRY];
    unsigned date, time;

    if (get(r, *at, p, sizeof p, e))
        return (int)e->code;
    *at += ENTRY;
    if (get_name(r, at, &x->x.name, e))
        return (int)e->code;
    x->x.name = utf8_name(&r->mem, x->x.name);
    x->x.size = bytes_le32(p);
    x->at = bytes_le32(p + 4);
    x->folder = bytes_le16(p + 8);
    date = bytes_le16(p + 10);
    time = bytes_le16(p + 12);
    x->x.attributes = bytes_le16(p + 14) & ~(unsigned)UTF8_NAME;
    x->x.mtime = clock_join(1980 + (int)(date >> 9), (int)(date >> 5 & 15), (int)(date & 31),
                            (int)(time >> 11), (int)(time >> 5 & 63), (int)(time & 31) * 2);
    if (x->folder >= CONTINUED && place_part(r, x, e))
        return (int)e->code;
    if (x->folder >= r->n_folders)
        return bad(r, "a file is in no folder", e);
    x->start = r->folder[x->folder].at;
    return OK;
}

static int by_place(const void *a, const void *b) {
    const struct item *x = a, *y = b;

    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    if (x->folder != y->folder)
        return x->folder < y->folder ? -1 : 1;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (!x->x.size != !y->x.size) /* empty ones lie in front of what begins there */
        return x->x.size ? 1 : -1;
    return x->order < y->order ? -1 : 1;
}

static int read_items(struct reading *r, uint64_t at, struct err *e) {
    uint64_t end = 0;

    if (r->n_items > (r->end - (at < r->end ? at : r->end)) / (ENTRY + 1))
        return bad(r, "it ends too early", e);
    r->item = arena_array(&r->mem, r->n_items, sizeof *r->item);
    for (size_t i = 0; i < r->n_items; i++) {
        r->item[i].order = i;
        if (read_item(r, &at, &r->item[i], e))
            return (int)e->code;
    }
    for (size_t i = 0; i < r->n_items; i++) {
        struct item *x = &r->item[i];

        x->part |= r->continued && !x->folder; /* it goes on from what is not here */
        if (!x->part && x->at + x->x.size > (uint64_t)r->folder[x->folder].blocks * CAB_DATA_BLOCK)
            return bad(r, "a file is larger than its folder", e);
    }
    qsort(r->item, r->n_items, sizeof *r->item, by_place);
    for (size_t i = 0; i < r->n_items; i++) {
        const struct item *x = &r->item[i];

        if (i && x->folder != x[-1].folder)
            end = 0;
        if (x->at < end && !x->part)
            return bad(r, "files lie over one another", e);
        end = x->at + x->x.size;
    }
    return OK;
}

/* --- what is in them -------------------------------------------------------------------------- */

struct part { /* of a folder: a file */
    struct cab_unpack *u;
    const struct reading *r;
    const struct item *x;
    uint64_t at; /* bytes given */
};

static int part_get(struct source *s, void *p, size_t n, size_t *got, struct err *e) {
    struct part *a = s->self;

    *got = 0;
    if (n > a->x->x.size - a->at)
        n = (size_t)(a->x->x.size - a->at);
    if (!n)
        return OK;
    if (cab_unpack_get(a->u, a->r->in, &a->r->folder[a->x->folder], a->x->at + a->at, p, n, got, e))
        return err_in(e, "%s: " STR_F, a->r->in->name, STR_A(a->x->x.name));
    a->at += *got;
    return OK;
}

static bool is_readable(const struct reading *r, const struct item *x) {
    unsigned method = r->folder[x->folder].method & 15;

    return !x->part && method != QUANTUM && method <= METHOD_LZX;
}

static int see_all(struct reading *r,
                   int (*see)(void *self, const struct cab_entry *x, struct source *data,
                              struct err *e),
                   void *self, struct err *e) {
    static const struct source_ops ops = {part_get, NULL};
    struct cab_unpack *u = cab_unpack_new(r->data_reserve);

    for (size_t i = 0; i < r->n_items && !e->code; i++) {
        struct part part = {.u = u, .r = r, .x = &r->item[i]};
        struct source s;

        source_init(&s, &ops, &part);
        if (r->in->any && !is_readable(r, part.x))
            (void)!see(self, &part.x->x, NULL, e);
        else if (!see(self, &r->item[i].x, &s, e))
            (void)!source_close(&s, e);
    }
    cab_unpack_free(u);
    return (int)e->code;
}

int cab_read(const struct cab_in *in,
             int (*see)(void *self, const struct cab_entry *x, struct source *data, struct err *e),
             void *self, struct err *e) {
    struct reading r = {.in = in};
    uint64_t files = 0;

    if (!read_header(&r, &files, e) && !read_items(&r, files, e))
        (void)!see_all(&r, see, self, e);
    arena_drop(&r.mem);
    return (int)e->code;
}

int cab_about(const struct cab_in *in, struct arena *mem, struct cab_about *a, struct err *e) {
    struct reading r = {.in = in};
    uint64_t files = 0;

    *a = (struct cab_about){0};
    if (!read_header(&r, &files, e)) {
        *a = (struct cab_about){.n_files = r.n_items,
                                .n_folders = r.n_folders,
                                .folder = arena_array(mem, r.n_folders, sizeof *a->folder),
                                .set = r.set,
                                .number = r.number,
                                .before = utf8_name(mem, r.before),
                                .after = utf8_name(mem, r.after)};
        for (size_t i = 0; i < r.n_folders; i++)
            a->folder[i] = (struct cab_folder){.method = r.folder[i].method & 15,
                                               .window = r.folder[i].method >> 8 & 31,
                                               .blocks = r.folder[i].blocks};
    }
    arena_drop(&r.mem);
    return (int)e->code;
}
