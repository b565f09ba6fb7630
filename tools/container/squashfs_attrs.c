/* SPDX-License-Identifier: Apache-2.0 */
#include "container/squashfs_attrs.h"

enum {
    ATTRS_MOST = 4096,         /* in a set */
    ATTRS_BYTES = 1024 * 1024, /* of a set */
    ATTRS_VALUE = 65536,       /* of one: as much as Linux holds */
    ATTRS_AWAY = 0x100         /* the value stands elsewhere */
};

int squashfs_attrs_open(struct squashfs_attrs *a, struct squashfs_table *t, struct err *e) {
    unsigned char head[16];

    *a = (struct squashfs_attrs){.t = t};
    if (t->s.xattr_table == SQUASHFS_DISK_NONE)
        return OK;
    if (t->s.used - t->s.xattr_table < sizeof head)
        return squashfs_table_bad(t, e, "a table of attributes that ends too early");
    if (infile_read(t->f, t->at + t->s.xattr_table, head, sizeof head, e))
        return (int)e->code;
    a->pairs = bytes_le64(head);
    a->n = bytes_le32(head + 8);
    a->list = t->s.xattr_table + sizeof head;
    if (a->pairs > t->s.xattr_table)
        return squashfs_table_bad(t, e, "attributes behind their table");
    return OK;
}

void squashfs_attrs_drop(struct squashfs_attrs *a) {
    arena_drop(&a->mem);
}

/* Kinds that are not known get no prefix, so that nobody takes them for others. */
static struct str prefix(unsigned kind) {
    static const char *const names[] = {"user.", "trusted.", "security."};

    return kind < COUNT(names) ? str_of(names[kind]) : (struct str){0};
}

static int get_value(struct squashfs_attrs *a, struct squashfs_cursor *c, bool away,
                     struct str *value, struct err *e) {
    unsigned char p[8];
    struct squashfs_cursor other, *from = c;
    char *to;
    uint32_t n;

    if (squashfs_table_get(a->t, c, p, 4, e))
        return (int)e->code;
    if (away) {
        if (bytes_le32(p) != sizeof p)
            return squashfs_table_bad(a->t, e, "an attribute that is nowhere");
        if (squashfs_table_get(a->t, c, p, sizeof p, e))
            return (int)e->code;
        other = squashfs_table_pairs(a->t, a->pairs, bytes_le64(p));
        from = &other;
        if (squashfs_table_get(a->t, from, p, 4, e))
            return (int)e->code;
    }
    n = bytes_le32(p);
    if (n > ATTRS_VALUE)
        return squashfs_table_bad(a->t, e, "an attribute of %u bytes", (unsigned)n);
    to = arena_alloc(&a->mem, n);
    *value = (struct str){to, n};
    return squashfs_table_get(a->t, from, to, n, e);
}

static int get_pair(struct squashfs_attrs *a, struct squashfs_cursor *c, struct squashfs_xattr *x,
                    struct err *e) {
    unsigned char p[4];
    unsigned kind;
    struct str before;
    size_t n;
    char *name;

    if (squashfs_table_get(a->t, c, p, sizeof p, e))
        return (int)e->code;
    kind = bytes_le16(p);
    n = bytes_le16(p + 2);
    if (!n || n > 255)
        return squashfs_table_bad(a->t, e, "an attribute whose name has %zu bytes", n);
    before = prefix(kind & ~(unsigned)ATTRS_AWAY);
    name = arena_alloc(&a->mem, before.n + n);
    for (size_t i = 0; i < before.n; i++)
        name[i] = before.p[i];
    x->name = (struct str){name, before.n + n};
    if (squashfs_table_get(a->t, c, name + before.n, n, e))
        return (int)e->code;
    return get_value(a, c, kind & ATTRS_AWAY, &x->value, e);
}

int squashfs_attrs_get(struct squashfs_attrs *a, uint32_t set, const struct squashfs_xattr **out,
                       size_t *n, struct err *e) {
    unsigned char row[16];
    struct squashfs_xattr *v;
    struct squashfs_cursor c;
    uint32_t count;

    *out = NULL;
    *n = 0;
    /* Some writers leave zero here when there is no table. */
    if (set == SQUASHFS_DISK_NONE32 || a->t->s.xattr_table == SQUASHFS_DISK_NONE)
        return OK;
    if (set >= a->n)
        return squashfs_table_bad(a->t, e, "attributes %u of %u", (unsigned)set, (unsigned)a->n);
    if (squashfs_table_row(a->t, a->list, set, row, sizeof row, e))
        return (int)e->code;
    count = bytes_le32(row + 8);
    if (count > ATTRS_MOST)
        return squashfs_table_bad(a->t, e, "%u attributes of one entry", (unsigned)count);
    arena_drop(&a->mem);
    v = arena_array(&a->mem, count, sizeof *v);
    c = squashfs_table_pairs(a->t, a->pairs, bytes_le64(row));
    for (uint32_t i = 0; i < count; i++) {
        if (get_pair(a, &c, &v[i], e))
            return (int)e->code;
        if (a->mem.used > ATTRS_BYTES)
            return squashfs_table_bad(a->t, e, "too many bytes of attributes on one entry");
    }
    *out = v;
    *n = count;
    return OK;
}
