/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "container/pe_res.h"
#include "container/pe_rva.h"

#include <string.h>

enum {
    DIR_HEAD = 16,
    ENTRY = 8,
    DATA_ENTRY = 16,
    DATA_ALIGN = 8,
    DEBUG_ENTRY = 28,
    DEBUG_MAX = 64,
    IMAGE_SIZE = 56, /* in the optional header */
    DATA_SIZE = 8,
    SECTIONS_MAX = 96,
    FILE_ALIGN_MAX = 65536,
    TREE_MAX = 64 * 1024 * 1024,
};
#define HIGH_BIT 0x80000000u
#define READABLE_DATA 0x40000040u
#define EXECUTABLE 0x20000020u

static uint64_t up(uint64_t v, uint64_t to) {
    return to ? (v + to - 1) / to * to : v;
}

/* --- the tree --------------------------------------------------------------------------------- */

/* Directories, then names, then the rows that say where data is, then the data. */
struct layout {
    const struct pe_res_list *l;
    size_t *type, n_types; /* where each type begins; one more at the end */
    size_t *name, n_names; /* where each name of a type begins */
    uint32_t names_at, rows_at, data_at, size;
    struct buf tree; /* all before the data */
};

static bool same(const struct pe_res_key *a, const struct pe_res_key *b) {
    return a->id == b->id && str_eq(a->name, b->name);
}

static void find_groups(struct layout *y, struct arena *mem) {
    const struct pe_res_list *l = y->l;

    y->type = arena_array(mem, l->n + 1, sizeof *y->type);
    y->name = arena_array(mem, l->n + 1, sizeof *y->name);
    for (size_t i = 0; i < l->n; i++) {
        bool type = !i || !same(&l->v[i].type, &l->v[i - 1].type);

        if (type)
            y->type[y->n_types++] = i;
        if (type || !same(&l->v[i].name, &l->v[i - 1].name))
            y->name[y->n_names++] = i;
    }
    y->type[y->n_types] = y->name[y->n_names] = l->n;
}

static void patch(struct layout *y, size_t at, uint32_t v) {
    if (!y->tree.over)
        bytes_put_le32(y->tree.p + at, v);
}

static void put_head(struct layout *y, size_t named, size_t all) {
    unsigned char head[DIR_HEAD] = {0};

    bytes_put_le16(head + 12, (uint16_t)named);
    bytes_put_le16(head + 14, (uint16_t)(all - named));
    buf_put(&y->tree, head, sizeof head);
    buf_zero(&y->tree, all * ENTRY);
}

/* An entry's key, whose name goes behind the directories; *names is where the next one goes. */
static void put_key(struct layout *y, size_t entry, const struct pe_res_key *k, uint32_t *names) {
    if (!k->name.n) {
        patch(y, entry, k->id);
        return;
    }
    patch(y, entry, *names | HIGH_BIT);
    *names += 2 + (uint32_t)k->name.n;
}

static size_t named_types(const struct layout *y) {
    size_t n = 0;

    for (size_t i = 0; i < y->n_types; i++)
        n += y->l->v[y->type[i]].type.name.n != 0;
    return n;
}

static void put_dirs(struct layout *y) {
    const struct pe_res *v = y->l->v;
    uint32_t names = y->names_at, row = y->rows_at;
    size_t group = 0;

    put_head(y, named_types(y), y->n_types);
    for (size_t t = 0; t < y->n_types; t++) {
        size_t entry = DIR_HEAD + t * ENTRY, dir = y->tree.n, first = group, named = 0;

        put_key(y, entry, &v[y->type[t]].type, &names);
        patch(y, entry + 4, (uint32_t)dir | HIGH_BIT);
        for (; group < y->n_names && y->name[group] < y->type[t + 1]; group++)
            named += v[y->name[group]].name.name.n != 0;
        put_head(y, named, group - first);
        for (size_t g = first; g < group; g++) {
            size_t from = y->name[g], to = y->name[g + 1];

            entry = dir + DIR_HEAD + (g - first) * ENTRY;
            put_key(y, entry, &v[from].name, &names);
            patch(y, entry + 4, (uint32_t)y->tree.n | HIGH_BIT);
            put_head(y, 0, to - from);
            for (size_t i = from; i < to; i++, row += DATA_ENTRY) {
                entry = y->tree.n - (to - i) * ENTRY;
                patch(y, entry, v[i].lang);
                patch(y, entry + 4, row);
            }
        }
    }
}

static void put_name(struct layout *y, const struct pe_res_key *k) {
    unsigned char n[2];

    if (!k->name.n)
        return;
    bytes_put_le16(n, (uint16_t)(k->name.n / 2));
    buf_put(&y->tree, n, sizeof n);
    buf_str(&y->tree, k->name);
}

/* In the order in which put_dirs counted them. */
static void put_names(struct layout *y) {
    size_t group = 0;

    for (size_t t = 0; t < y->n_types; t++) {
        put_name(y, &y->l->v[y->type[t]].type);
        for (; group < y->n_names && y->name[group] < y->type[t + 1]; group++)
            put_name(y, &y->l->v[y->name[group]].name);
    }
    buf_zero(&y->tree, y->rows_at - y->tree.n);
}

static int lay_out(struct layout *y, const struct pe_res_list *l, struct arena *mem,
                   struct err *e) {
    uint64_t names = 0, at;

    *y = (struct layout){.l = l};
    buf_init(&y->tree, TREE_MAX);
    find_groups(y, mem);
    for (size_t i = 0; i < y->n_types; i++) {
        size_t n = l->v[y->type[i]].type.name.n;

        names += n ? n + 2 : 0;
    }
    for (size_t i = 0; i < y->n_names; i++) {
        size_t n = l->v[y->name[i]].name.name.n;

        names += n ? n + 2 : 0;
    }
    at = (1 + y->n_types + y->n_names) * DIR_HEAD + (y->n_types + y->n_names + l->n) * ENTRY;
    y->names_at = (uint32_t)at;
    y->rows_at = (uint32_t)up(at + names, 4);
    y->data_at = (uint32_t)up(y->rows_at + l->n * DATA_ENTRY, DATA_ALIGN);
    at = y->data_at;
    for (size_t i = 0; i < l->n; i++)
        at = up(at + l->v[i].size, DATA_ALIGN);
    if (at > INT32_MAX)
        return err_set(e, E_INPUT, "resources are larger than 2 GiB");
    y->size = (uint32_t)at;
    put_dirs(y);
    put_names(y);
    return buf_check(&y->tree, "the list of resources", e);
}

/* The rows, now that the address is known; then everything goes into the file. */
static int put_resources(struct layout *y, const struct pe *p, uint32_t rva, struct outfile *to,
                         struct err *e) {
    uint32_t at = rva + y->data_at;
    static const char zeros[DATA_ALIGN];

    for (size_t i = 0; i < y->l->n; i++) {
        unsigned char row[DATA_ENTRY] = {0};
        const struct pe_res *x = &y->l->v[i];

        bytes_put_le32(row, at);
        bytes_put_le32(row + 4, x->size);
        bytes_put_le32(row + 8, x->codepage);
        buf_put(&y->tree, row, sizeof row);
        at = (uint32_t)up(at - rva + x->size, DATA_ALIGN) + rva;
    }
    buf_zero(&y->tree, y->data_at - y->tree.n);
    if (buf_check(&y->tree, "the list of resources", e) ||
        outfile_append(to, y->tree.p, y->tree.n, e))
        return (int)e->code;
    for (size_t i = 0; i < y->l->n; i++) {
        const struct pe_res *x = &y->l->v[i];
        size_t pad = (size_t)(up(x->size, DATA_ALIGN) - x->size);

        if (x->fresh.p ? outfile_append(to, x->fresh.p, x->fresh.n, e)
                       : outfile_append_from(to, p->file->fd, x->at, x->size, e))
            return (int)e->code;
        if (outfile_append(to, zeros, pad, e))
            return (int)e->code;
    }
    return OK;
}

/* --- where they go ---------------------------------------------------------------------------- */

struct room {
    const struct pe_section *old; /* NULL: a section of their own at the end */
    uint32_t rva, at, size, virtual_size, image_size;
    uint64_t resume;               /* where the file goes on that was read */
    int64_t shift;                 /* by how much what is there moves */
    uint32_t head;                 /* of a new section */
    const struct pe_section *next; /* it moves too, to next_rva */
    uint32_t next_rva;
};

static uint32_t headers_end(const struct pe *p) {
    uint32_t end = p->n_sections ? p->section[p->n_sections - 1].head + PE_SECTION_HEAD : 0;

    return p->headers_size > end ? p->headers_size : end;
}

static bool is_power(uint32_t v) {
    return v && !(v & (v - 1));
}

/* Windows loads sections only in order, one behind the other; only then is it known what a new one
 * does not lie upon. */
static bool in_order(const struct pe *p) {
    uint64_t end = 0;

    for (size_t i = 0; i < p->n_sections; i++) {
        const struct pe_section *s = &p->section[i];

        if (s->rva < end)
            return false;
        end = (uint64_t)s->rva + (s->virtual_size > s->size ? s->virtual_size : s->size);
    }
    return true;
}

/* Does the section hold the resources and nothing else? Packers put imports there too. */
static const struct pe_section *own_section(const struct pe *p) {
    uint32_t base = p->dir[PE_DIR_RESOURCE].rva;

    for (size_t i = 0; base && i < p->n_sections; i++) {
        const struct pe_section *s = &p->section[i];
        uint64_t end = (uint64_t)s->rva + (s->virtual_size > s->size ? s->virtual_size : s->size);

        if (s->rva != base || !s->size || s->at < headers_end(p) || s->flags & EXECUTABLE)
            continue;
        for (size_t d = 0; d < PE_DIRS && d < p->n_dirs; d++)
            if (d != PE_DIR_RESOURCE && d != PE_DIR_SECURITY && p->dir[d].rva >= s->rva &&
                p->dir[d].rva < end)
                return NULL;
        return s;
    }
    return NULL;
}

static uint32_t memory_size(const struct pe_section *s) {
    return s->virtual_size ? s->virtual_size : s->size;
}

static uint64_t memory_end(const struct pe *p) {
    uint64_t end = p->headers_size;

    for (size_t i = 0; i < p->n_sections; i++) {
        const struct pe_section *s = &p->section[i];

        if ((uint64_t)s->rva + memory_size(s) > end)
            end = (uint64_t)s->rva + memory_size(s);
    }
    return end;
}

/* Relocations alone behind the resources, as compilers of .NET leave them: only their directory
 * says where they are, so that they can make room. */
static const struct pe_section *relocations_behind(const struct pe *p,
                                                   const struct pe_section *own) {
    const struct pe_section *s = own ? own + 1 : NULL;

    if (!s || s != &p->section[p->n_sections - 1] || !s->size || s->flags & EXECUTABLE ||
        p->n_dirs <= PE_DIR_RELOCATIONS || p->dir[PE_DIR_RELOCATIONS].rva != s->rva ||
        own->at + (uint64_t)own->size > s->at || own->size % p->file_align ||
        s->at + (uint64_t)s->size != p->end)
        return NULL;
    for (size_t d = 0; d < PE_DIRS && d < p->n_dirs; d++)
        if (d != PE_DIR_RELOCATIONS && d != PE_DIR_SECURITY && p->dir[d].rva >= s->rva)
            return NULL;
    for (size_t i = 0; i + 1 < p->n_sections; i++)
        if (p->section[i].at >= s->at && p->section[i].size)
            return NULL;
    return s;
}

/* Is there room for one more header, with nothing in it? *head is 0 when there is none. */
static int room_for_head(const struct pe *p, uint32_t *head, struct err *e) {
    const struct pe_section *last = p->n_sections ? &p->section[p->n_sections - 1] : NULL;
    unsigned char b[PE_SECTION_HEAD];
    uint64_t limit = p->headers_size < p->end ? p->headers_size : p->end;
    uint32_t at = last ? last->head + PE_SECTION_HEAD : 0;

    *head = 0;
    for (size_t i = 0; i < p->n_sections; i++)
        if (p->section[i].size && p->section[i].at < limit)
            limit = p->section[i].at;
    if (!last || p->n_sections >= SECTIONS_MAX || (uint64_t)at + PE_SECTION_HEAD > limit)
        return OK;
    if (infile_read(p->file, at, b, sizeof b, e))
        return (int)e->code;
    for (size_t i = 0; i < sizeof b; i++)
        if (b[i])
            return OK;
    *head = at;
    return OK;
}

/* The section grows, up to what is behind it. */
static void grow(const struct pe_section *s, uint32_t size, uint32_t in_file, struct room *r) {
    *r = (struct room){.old = s,
                       .rva = s->rva,
                       .at = s->at,
                       .size = in_file > s->size ? in_file : s->size,
                       .virtual_size = size > s->virtual_size ? size : s->virtual_size,
                       .resume = (uint64_t)s->at + s->size};
    r->shift = (int64_t)r->size - s->size;
}

/* A section at the end, or, where the headers are full, in the old place with more room. */
static int make_room(const struct pe *p, const struct pe_section *own, uint32_t size,
                     uint32_t in_file, struct room *r, struct err *e) {
    uint64_t end = up(memory_end(p), p->section_align);
    const struct pe_section *next;

    if (room_for_head(p, &r->head, e))
        return (int)e->code;
    if (!r->head) {
        next = relocations_behind(p, own);
        if (!next)
            return err_set(e, E_INPUT, "%s: its headers have no room for another section",
                           p->file->name);
        grow(own, size, in_file, r);
        end = up((uint64_t)r->rva + r->virtual_size, p->section_align);
        r->next = next;
        r->next_rva = end < next->rva ? next->rva : (uint32_t)end;
        return OK;
    }
    if (end > INT32_MAX || up(p->end, p->file_align) > INT32_MAX)
        return err_set(e, E_INPUT, "%s: it has no room for more resources", p->file->name);
    r->rva = (uint32_t)end;
    r->at = (uint32_t)up(p->end, p->file_align);
    r->size = in_file;
    r->virtual_size = size;
    r->resume = p->end;
    r->shift = (int64_t)r->at + r->size - (int64_t)p->end;
    return OK;
}

static int find_room(const struct pe *p, uint32_t size, struct room *r, struct err *e) {
    const struct pe_section *s = own_section(p);
    uint32_t in_file = (uint32_t)up(size, p->file_align);
    uint64_t end;

    if (s && size <= s->size && size <= up(s->virtual_size, p->section_align)) {
        *r = (struct room){.old = s,
                           .rva = s->rva,
                           .at = s->at,
                           .size = s->size,
                           .image_size = p->image_size,
                           .resume = (uint64_t)s->at + s->size};
        r->virtual_size = size > s->virtual_size ? size : s->virtual_size;
        return OK;
    }
    if (s && (uint64_t)s->at + s->size == p->end &&
        (uint64_t)s->rva + memory_size(s) == memory_end(p))
        grow(s, size, in_file, r);
    else if (make_room(p, s, size, in_file, r, e))
        return (int)e->code;
    end = up((uint64_t)r->rva + r->virtual_size, p->section_align);
    if (r->next)
        end = up((uint64_t)r->next_rva + memory_size(r->next), p->section_align);
    if (end > INT32_MAX || p->file->size + (uint64_t)r->shift > UINT32_MAX)
        return err_set(e, E_INPUT, "%s: it has no room for more resources", p->file->name);
    r->image_size = (uint32_t)end;
    return OK;
}

/* --- the copy --------------------------------------------------------------------------------- */

static int put_u32(struct outfile *f, uint64_t at, uint32_t v, struct err *e) {
    unsigned char b[4];

    bytes_put_le32(b, v);
    return outfile_pwrite(f, at, b, sizeof b, e);
}

static bool has_section(const struct pe *p, const char *name) {
    for (size_t i = 0; i < p->n_sections; i++)
        if (!strcmp(p->section[i].name, name))
            return true;
    return false;
}

static int put_section(const struct pe *p, const struct room *r, struct outfile *to,
                       struct err *e) {
    unsigned char head[PE_SECTION_HEAD] = {0}, n[2];
    const char *name = has_section(p, ".rsrc") ? ".rsrc2" : ".rsrc";

    if (r->old)
        return put_u32(to, r->old->head + 8, r->virtual_size, e) ||
                       put_u32(to, r->old->head + 16, r->size, e)
                   ? (int)e->code
                   : OK;
    memcpy(head, name, strlen(name));
    bytes_put_le32(head + 8, r->virtual_size);
    bytes_put_le32(head + 12, r->rva);
    bytes_put_le32(head + 16, r->size);
    bytes_put_le32(head + 20, r->at);
    bytes_put_le32(head + 36, READABLE_DATA);
    bytes_put_le16(n, (uint16_t)(p->n_sections + 1));
    if (outfile_pwrite(to, r->head, head, sizeof head, e) ||
        outfile_pwrite(to, p->coff + 6, n, sizeof n, e))
        return (int)e->code;
    return OK;
}

/* The relocations behind resources that have grown. */
static int put_next(const struct pe *p, const struct room *r, struct outfile *to, struct err *e) {
    if (!r->next)
        return OK;
    if (put_u32(to, r->next->head + 12, r->next_rva, e) ||
        put_u32(to, r->next->head + 20, (uint32_t)(r->next->at + r->shift), e))
        return (int)e->code;
    return put_u32(to, p->dirs_at + 8 * PE_DIR_RELOCATIONS, r->next_rva, e);
}

/* What is told by its place in the file and has moved: symbols and debug data in the overlay. */
static int move_pointers(const struct pe *p, const struct room *r, struct outfile *to,
                         struct err *e) {
    const struct pe_dir *debug = &p->dir[PE_DIR_DEBUG];
    unsigned char b[DEBUG_ENTRY];
    uint64_t at;

    if (!r->shift)
        return OK;
    if (p->symbols_at >= p->end && p->symbols_at < p->file->size &&
        put_u32(to, p->coff + 12, (uint32_t)(p->symbols_at + r->shift), e))
        return (int)e->code;
    for (uint32_t i = 0; i < DEBUG_MAX && i < debug->size / DEBUG_ENTRY; i++) {
        if (debug->rva > UINT32_MAX - i * DEBUG_ENTRY ||
            !pe_rva_at(p, debug->rva + i * DEBUG_ENTRY, DEBUG_ENTRY, &at))
            break;
        if (infile_read(p->file, at, b, sizeof b, e))
            return (int)e->code;
        if (bytes_le32(b + 24) >= p->end &&
            put_u32(to, at + 24, (uint32_t)(bytes_le32(b + 24) + r->shift), e))
            return (int)e->code;
    }
    return OK;
}

static int put_headers(const struct pe *p, const struct room *r, uint32_t size, struct outfile *to,
                       struct err *e) {
    unsigned char b[4];
    uint32_t data;

    if (infile_read(p->file, p->optional + DATA_SIZE, b, sizeof b, e))
        return (int)e->code;
    data = bytes_le32(b) + r->size - (r->old ? r->old->size : 0);
    if (put_section(p, r, to, e) || put_next(p, r, to, e) || move_pointers(p, r, to, e) ||
        put_u32(to, p->optional + DATA_SIZE, data, e) ||
        put_u32(to, p->optional + IMAGE_SIZE, r->image_size, e) ||
        put_u32(to, p->dirs_at + 8 * PE_DIR_RESOURCE, r->rva, e) ||
        put_u32(to, p->dirs_at + 8 * PE_DIR_RESOURCE + 4, size, e))
        return (int)e->code;
    return OK;
}

/* Windows asks for the checksum of few files, but a wrong one looks like damage. */
static int put_checksum(struct outfile *to, struct err *e) {
    AUTO(infile) view = INFILE_NONE;
    AUTO(arena) mem = {0};
    struct sink nowhere;
    struct pe p;
    uint64_t sum;

    sink_null(&nowhere);
    if (outfile_view(to, &view, e) || pe_open(&p, &view, &mem, e) ||
        pe_digested(&p, &nowhere, &sum, e))
        return (int)e->code;
    return put_u32(to, p.checksum_at, pe_checksum(&p, sum, (struct str){0}), e);
}

/* What can be known before anything is written. */
static int prepare(const struct pe *p, const struct pe_res_list *l, struct arena *mem,
                   struct layout *y, struct room *r, struct err *e) {
    *y = (struct layout){.l = l};
    if (p->certs_size)
        return err_set(e, E_INPUT, "%s: it is signed; other resources would break its signature",
                       p->file->name);
    if (!is_power(p->file_align) || p->file_align > FILE_ALIGN_MAX || !is_power(p->section_align))
        return err_set(e, E_INPUT, "%s: damaged PE file: its alignment is none", p->file->name);
    if (p->n_dirs <= PE_DIR_SECURITY)
        return err_set(e, E_INPUT, "%s: its headers have no room for resources", p->file->name);
    if (!in_order(p))
        return err_set(e, E_INPUT, "%s: damaged PE file: its sections overlap", p->file->name);
    return lay_out(y, l, mem, e) || find_room(p, y->size, r, e) ? (int)e->code : OK;
}

int pe_res_shift(const struct pe *p, const struct pe_res_list *l, int64_t *shift, struct err *e) {
    AUTO(arena) mem = {0};
    struct room r = {0};
    struct layout y;
    int rc = prepare(p, l, &mem, &y, &r, e);

    buf_drop(&y.tree);
    *shift = r.shift;
    return rc;
}

int pe_res_write(const struct pe *p, const struct pe_res_list *l, struct outfile *to,
                 struct err *e) {
    AUTO(arena) mem = {0};
    struct room r = {0};
    struct layout y;
    int rc = prepare(p, l, &mem, &y, &r, e);

    if (!rc)
        rc = outfile_append_from(to, p->file->fd, 0, r.at < p->end ? r.at : p->end, e);
    if (!rc && to->size < r.at)
        rc = outfile_truncate(to, r.at, e);
    if (!rc)
        rc = put_resources(&y, p, r.rva, to, e);
    if (!rc)
        rc = outfile_truncate(to, (uint64_t)r.at + r.size, e);
    if (!rc)
        rc = outfile_append_from(to, p->file->fd, r.resume, p->file->size - r.resume, e);
    if (!rc)
        rc = put_headers(p, &r, y.size, to, e);
    buf_drop(&y.tree);
    return rc ? rc : put_checksum(to, e);
}
