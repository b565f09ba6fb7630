/* SPDX-License-Identifier: Apache-2.0 */
#include "container/squashfs_xattr.h"

#include "base/map.h"

#include <string.h>

static const struct str prefixes[] = {{"user.", 5}, {"trusted.", 8}, {"security.", 9}};

static int find_prefix(struct str name, unsigned *kind) {
    for (unsigned i = 0; i < COUNT(prefixes); i++)
        if (name.n > prefixes[i].n && !memcmp(name.p, prefixes[i].p, prefixes[i].n)) {
            *kind = i;
            return OK;
        }
    return E_INPUT;
}

static int put_pair(struct buf *b, const struct squashfs_entry *x, const struct squashfs_xattr *a,
                    struct err *e) {
    unsigned char head[4];
    unsigned kind;
    struct str name;

    if (find_prefix(a->name, &kind))
        return err_set(e, E_INPUT,
                       STR_F ": an attribute " STR_F ": squashfs holds user, trusted and security",
                       STR_A(x->path), STR_A(a->name));
    name = str_cut(a->name, prefixes[kind].n, a->name.n);
    if (name.n > 255 || a->value.n > 65535)
        return err_set(e, E_INPUT, STR_F ": the attribute " STR_F " is too large", STR_A(x->path),
                       STR_A(a->name));
    bytes_put_le16(head, (uint16_t)kind);
    bytes_put_le16(head + 2, (uint16_t)name.n);
    buf_put(b, head, sizeof head);
    buf_str(b, name);
    bytes_put_le32(head, (uint32_t)a->value.n);
    buf_put(b, head, sizeof head);
    buf_str(b, a->value);
    return OK;
}

static int put_set(const struct squashfs_entry *x, struct buf *b, uint32_t *size, struct err *e) {
    *size = 0;
    buf_clear(b);
    for (size_t i = 0; i < x->n_xattrs; i++) {
        if (put_pair(b, x, &x->xattrs[i], e))
            return (int)e->code;
        /* What listxattr gives: whole names, each with a NUL. */
        *size += (uint32_t)(x->xattrs[i].name.n + 1);
    }
    return buf_check(b, "the attributes of an entry", e);
}

int squashfs_xattr_write(struct squashfs_image *m, struct squashfs_meta *pairs,
                         struct squashfs_meta *sets, uint32_t *n_sets, struct err *e) {
    enum { SET_MOST = 16 * 1024 * 1024 };
    struct arena scratch = {0};
    struct map seen = {.mem = &scratch};
    struct buf b;
    int rc = OK;

    *n_sets = 0;
    buf_init(&b, SET_MOST);
    for (size_t i = 0; i < m->n && !rc; i++) {
        const struct squashfs_entry *x = squashfs_image_entry(m, i);
        unsigned char row[SQUASHFS_DISK_FRAGMENT];
        struct squashfs_node *like;
        uint32_t size;

        m->node[i].xattr = SQUASHFS_DISK_NONE32;
        if (!x->n_xattrs)
            continue;
        rc = put_set(x, &b, &size, e);
        if (rc)
            break;
        like = map_get(&seen, buf_get(&b));
        m->node[i].xattr = like ? like->xattr : (*n_sets)++;
        if (like)
            continue;
        map_put(&seen, str_dup(&scratch, buf_get(&b)), &m->node[i]);
        bytes_put_le64(row, squashfs_meta_ref(pairs));
        bytes_put_le32(row + 8, (uint32_t)x->n_xattrs);
        bytes_put_le32(row + 12, size);
        squashfs_meta_put(sets, row, sizeof row);
        squashfs_meta_put(pairs, b.p, b.n);
    }
    buf_drop(&b);
    arena_drop(&scratch);
    return rc;
}
