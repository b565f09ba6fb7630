/* SPDX-License-Identifier: Apache-2.0 */
#include "container/pe_res.h"

#include "base/bytes.h"
#include "container/pe_rva.h"

#include <stdlib.h>

enum {
    DIR_HEAD = 16,
    ENTRY = 8,
    DATA_ENTRY = 16,
    LEVELS = 3,
    NAME_MAX_UNITS = 256,
    GROUP_MAX = 4096,
    GROUPS_MAX = 1024 * 1024 /* bytes of all: many may lie in one place */
};
#define HIGH_BIT 0x80000000u

bool pe_rva_at(const struct pe *p, uint32_t rva, uint32_t n, uint64_t *at) {
    for (size_t i = 0; i < p->n_sections; i++) {
        const struct pe_section *s = &p->section[i];

        if (rva < s->rva || rva - s->rva >= s->size || n > s->size - (rva - s->rva))
            continue;
        *at = (uint64_t)s->at + (rva - s->rva);
        return true;
    }
    return false;
}

/* --- reading ---------------------------------------------------------------------------------- */

struct reader {
    const struct pe *pe;
    struct pe_res_list *l;
    uint32_t base;
    size_t entries;
    struct pe_res_key path[LEVELS];
};

static int damaged(const struct pe *p, const char *what, struct err *e) {
    return err_set(e, E_INPUT, "%s: damaged resources: %s", p->file->name, what);
}

/* `n` bytes of the tree, at an offset from its root. */
static int read_at(const struct reader *r, uint32_t offset, void *b, uint32_t n, struct err *e) {
    uint64_t at;

    if (offset > UINT32_MAX - r->base || !pe_rva_at(r->pe, r->base + offset, n, &at))
        return damaged(r->pe, "the tree leaves its section", e);
    return infile_read(r->pe->file, at, b, n, e);
}

static int read_key(const struct reader *r, uint32_t word, struct pe_res_key *k, struct err *e) {
    unsigned char head[2];
    uint32_t n;
    char *units;

    *k = (struct pe_res_key){0};
    if (!(word & HIGH_BIT)) {
        k->id = (uint16_t)word;
        return word > UINT16_MAX ? damaged(r->pe, "an id is too large", e) : OK;
    }
    word &= ~HIGH_BIT;
    if (read_at(r, word, head, sizeof head, e))
        return (int)e->code;
    n = bytes_le16(head);
    if (!n || n > NAME_MAX_UNITS)
        return damaged(r->pe, "a name is empty or too long", e);
    units = arena_alloc(r->l->mem, 2 * (size_t)n);
    k->name = (struct str){units, 2 * (size_t)n};
    return read_at(r, word + 2, units, 2 * n, e);
}

static struct pe_res *append(struct pe_res_list *l) {
    l->v = arena_grow(l->mem, l->v, l->n, l->n + 1, sizeof *l->v, &l->room);
    return &l->v[l->n++];
}

/* Packers leave room in memory, of which nothing is in the file. */
static bool unpacked_later(const struct pe *p, uint32_t rva) {
    for (size_t i = 0; i < p->n_sections; i++)
        if (!p->section[i].size && rva >= p->section[i].rva &&
            rva - p->section[i].rva < p->section[i].virtual_size)
            return true;
    return false;
}

static int read_leaf(struct reader *r, uint32_t offset, struct err *e) {
    unsigned char b[DATA_ENTRY];
    struct pe_res *x;
    uint64_t at;

    if (read_at(r, offset, b, sizeof b, e))
        return (int)e->code;
    if (!pe_rva_at(r->pe, bytes_le32(b), bytes_le32(b + 4), &at))
        return unpacked_later(r->pe, bytes_le32(b))
                   ? err_set(e, E_INPUT, "%s: packed resources: they are not there before it runs",
                             r->pe->file->name)
                   : damaged(r->pe, "one of them lies outside of the file", e);
    x = append(r->l);
    *x = (struct pe_res){.type = r->path[0],
                         .name = r->path[1],
                         .lang = r->path[2].id,
                         .codepage = bytes_le32(b + 8),
                         .size = bytes_le32(b + 4),
                         .at = at};
    return OK;
}

static int read_dir(struct reader *r, uint32_t offset, unsigned level, struct err *e) {
    unsigned char head[DIR_HEAD], entry[ENTRY];
    uint32_t n, child;

    if (read_at(r, offset, head, sizeof head, e))
        return (int)e->code;
    n = (uint32_t)bytes_le16(head + 12) + bytes_le16(head + 14);
    r->entries += n;
    if (r->entries > PE_RES_MAX)
        return damaged(r->pe, "there are too many", e);
    for (uint32_t i = 0; i < n; i++) {
        if (read_at(r, offset + DIR_HEAD + i * ENTRY, entry, sizeof entry, e) ||
            read_key(r, bytes_le32(entry), &r->path[level], e))
            return (int)e->code;
        child = bytes_le32(entry + 4);
        if (!(child & HIGH_BIT) != (level == LEVELS - 1))
            return damaged(r->pe, "their tree has not three levels", e);
        if (child & HIGH_BIT ? read_dir(r, child & ~HIGH_BIT, level + 1, e)
                             : read_leaf(r, child, e))
            return (int)e->code;
    }
    return OK;
}

/* As Windows looks them up: names first, then ids. */
static int key_cmp(const struct pe_res_key *a, const struct pe_res_key *b) {
    size_t n = a->name.n < b->name.n ? a->name.n : b->name.n;

    if (!a->name.n != !b->name.n)
        return a->name.n ? -1 : 1;
    if (!a->name.n)
        return (a->id > b->id) - (a->id < b->id);
    for (size_t i = 0; i < n; i += 2) {
        uint16_t x = bytes_le16(a->name.p + i), y = bytes_le16(b->name.p + i);

        if (x != y)
            return x < y ? -1 : 1;
    }
    return (a->name.n > b->name.n) - (a->name.n < b->name.n);
}

static int order(const struct pe_res *a, const struct pe_res *b) {
    int c = key_cmp(&a->type, &b->type);

    if (!c)
        c = key_cmp(&a->name, &b->name);
    return c ? c : (a->lang > b->lang) - (a->lang < b->lang);
}

static int order_any(const void *a, const void *b) {
    return order(a, b);
}

/* Groups of icons say which pictures are theirs: changing them wants that. */
static int load_group(const struct pe *p, struct pe_res *x, struct arena *mem, size_t *all,
                      struct err *e) {
    char *bytes;

    if (x->type.name.n || x->type.id != PE_RES_GROUP_ICON || !x->size || x->size > GROUP_MAX)
        return OK;
    *all += x->size;
    if (*all > GROUPS_MAX)
        return damaged(p, "there are too many icons", e);
    bytes = arena_alloc(mem, x->size);
    x->fresh = (struct str){bytes, x->size};
    return infile_read(p->file, x->at, bytes, x->size, e);
}

int pe_res_read(const struct pe *p, struct arena *mem, struct pe_res_list *l, struct err *e) {
    struct reader r = {.pe = p, .base = p->dir[PE_DIR_RESOURCE].rva};
    size_t groups = 0;

    *l = (struct pe_res_list){.mem = mem};
    r.l = l;
    if (!r.base)
        return OK;
    if (read_dir(&r, 0, 0, e))
        return (int)e->code;
    if (l->n)
        qsort(l->v, l->n, sizeof *l->v, order_any);
    for (size_t i = 1; i < l->n; i++)
        if (!order(&l->v[i - 1], &l->v[i]))
            return damaged(p, "one is there twice", e);
    for (size_t i = 0; i < l->n; i++)
        if (load_group(p, &l->v[i], mem, &groups, e))
            return (int)e->code;
    return OK;
}

/* --- changing --------------------------------------------------------------------------------- */

static bool is_type(const struct pe_res *x, uint16_t type) {
    return !x->type.name.n && x->type.id == type;
}

const struct pe_res *pe_res_find(const struct pe_res_list *l, uint16_t type) {
    for (size_t i = 0; i < l->n; i++)
        if (is_type(&l->v[i], type))
            return &l->v[i];
    return NULL;
}

void pe_res_remove(struct pe_res_list *l, uint16_t type, const struct pe_res_key *name) {
    size_t kept = 0;

    for (size_t i = 0; i < l->n; i++)
        if (!is_type(&l->v[i], type) || (name && key_cmp(&l->v[i].name, name) != 0))
            l->v[kept++] = l->v[i];
    l->n = kept;
}

/* The last one, into its place. */
static void insert(struct pe_res_list *l) {
    struct pe_res x = l->v[l->n - 1];
    size_t i = l->n - 1;

    for (; i > 0 && order(&l->v[i - 1], &x) > 0; i--)
        l->v[i] = l->v[i - 1];
    l->v[i] = x;
}

void pe_res_add(struct pe_res_list *l, uint16_t type, struct pe_res_key name, uint16_t lang,
                struct str data) {
    struct pe_res *x = append(l);

    *x = (struct pe_res){.type = {type, {0}},
                         .name = name,
                         .lang = lang,
                         .size = (uint32_t)data.n,
                         .fresh = str_dup(l->mem, data)};
    insert(l);
}
