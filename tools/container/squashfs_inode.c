/* SPDX-License-Identifier: Apache-2.0 */
#include "container/squashfs_inode.h"

#include "base/cursor.h"

/* The bytes of each kind behind the 16 that all have. */
enum { INODE_HEAD = 16, INODE_MOST = 40 };
static const unsigned char inode_sizes[] = {
    [SQUASHFS_DISK_DIR] = 16,
    [SQUASHFS_DISK_FILE] = 16,
    [SQUASHFS_DISK_SYMLINK] = 8,
    [SQUASHFS_DISK_BLOCK_DEVICE] = 8,
    [SQUASHFS_DISK_CHAR_DEVICE] = 8,
    [SQUASHFS_DISK_FIFO] = 4,
    [SQUASHFS_DISK_SOCKET] = 4,
    [SQUASHFS_DISK_LONG] = 24,
    [SQUASHFS_DISK_FILE + 7] = 40,
    [SQUASHFS_DISK_SYMLINK + 7] = 8,
    [SQUASHFS_DISK_BLOCK_DEVICE + 7] = 12,
    [SQUASHFS_DISK_CHAR_DEVICE + 7] = 12,
    [SQUASHFS_DISK_FIFO + 7] = 8,
    [SQUASHFS_DISK_SOCKET + 7] = 8,
};

static int find_id(struct squashfs_table *t, unsigned index, uint32_t *id, struct err *e) {
    unsigned char p[4];

    if (index >= t->s.ids)
        return squashfs_table_bad(t, e, "user or group %u of %u", index, t->s.ids);
    if (squashfs_table_row(t, t->s.id_table, index, p, sizeof p, e))
        return (int)e->code;
    *id = bytes_le32(p);
    return OK;
}

static void get_dir(struct cursor *c, bool wide, struct squashfs_inode *x) {
    uint64_t block;

    if (wide) {
        x->links = cursor_le32(c);
        x->size = cursor_le32(c);
        block = cursor_le32(c);
        cursor_skip(c, 6); /* the folder it is in, and how many rows the index has */
        x->listing = block << 16 | cursor_le16(c);
        x->xattr = cursor_le32(c);
    } else {
        block = cursor_le32(c);
        x->links = cursor_le32(c);
        x->size = cursor_le16(c);
        x->listing = block << 16 | cursor_le16(c);
    }
    x->size = x->size > SQUASHFS_DISK_EMPTY ? x->size - SQUASHFS_DISK_EMPTY : 0;
}

static void get_file(struct cursor *c, bool wide, struct squashfs_inode *x) {
    if (wide) {
        x->start = cursor_le64(c);
        x->size = cursor_le64(c);
        cursor_skip(c, 8); /* bytes in holes: the blocks tell */
        x->links = cursor_le32(c);
    } else
        x->start = cursor_le32(c);
    x->fragment = cursor_le32(c);
    x->offset = cursor_le32(c);
    if (wide)
        x->xattr = cursor_le32(c);
    else
        x->size = cursor_le32(c);
}

/* The attributes of a link stand behind its target. */
static int get_link(struct squashfs_table *t, struct cursor *c, bool wide, struct squashfs_inode *x,
                    struct err *e) {
    struct squashfs_cursor behind = x->more;
    unsigned char skip[SQUASHFS_DISK_LINK], p[4];

    x->links = cursor_le32(c);
    x->size = cursor_le32(c);
    if (!x->size || x->size > sizeof skip)
        return squashfs_table_bad(t, e, "a link with a target of %llu bytes",
                                  (unsigned long long)x->size);
    if (!wide)
        return OK;
    if (squashfs_table_get(t, &behind, skip, (size_t)x->size, e) ||
        squashfs_table_get(t, &behind, p, sizeof p, e))
        return (int)e->code;
    x->xattr = bytes_le32(p);
    return OK;
}

static int get_kind(struct squashfs_table *t, struct cursor *c, bool wide, struct squashfs_inode *x,
                    struct err *e) {
    switch (x->type) {
    case SQUASHFS_DISK_DIR:
        get_dir(c, wide, x);
        return OK;
    case SQUASHFS_DISK_FILE:
        get_file(c, wide, x);
        return OK;
    case SQUASHFS_DISK_SYMLINK:
        return get_link(t, c, wide, x, e);
    default:
        x->links = cursor_le32(c);
        if (x->type == SQUASHFS_DISK_BLOCK_DEVICE || x->type == SQUASHFS_DISK_CHAR_DEVICE)
            cursor_skip(c, 4);
        if (wide)
            x->xattr = cursor_le32(c);
        return OK;
    }
}

int squashfs_inode_get(struct squashfs_table *t, uint64_t ref, struct squashfs_inode *x,
                       struct err *e) {
    unsigned char p[INODE_HEAD + INODE_MOST];
    unsigned type;
    struct cursor c;

    *x = (struct squashfs_inode){.xattr = SQUASHFS_DISK_NONE32,
                                 .fragment = SQUASHFS_DISK_NONE32,
                                 .links = 1,
                                 .more = squashfs_table_inode(t, ref)};
    if (squashfs_table_get(t, &x->more, p, INODE_HEAD, e))
        return (int)e->code;
    type = bytes_le16(p);
    if (!type || type >= COUNT(inode_sizes))
        return squashfs_table_bad(t, e, "an inode of kind %u", type);
    x->type = type >= SQUASHFS_DISK_LONG ? type - SQUASHFS_DISK_WIDER : type;
    x->mode = bytes_le16(p + 2) & 07777;
    x->mtime = bytes_le32(p + 8);
    x->number = bytes_le32(p + 12);
    if (!x->number || x->number > t->s.inodes)
        return squashfs_table_bad(t, e, "inode %u of %u", (unsigned)x->number,
                                  (unsigned)t->s.inodes);
    if (find_id(t, bytes_le16(p + 4), &x->uid, e) || find_id(t, bytes_le16(p + 6), &x->gid, e) ||
        squashfs_table_get(t, &x->more, p + INODE_HEAD, inode_sizes[type], e))
        return (int)e->code;
    cursor_init(&c, p + INODE_HEAD, inode_sizes[type]);
    return get_kind(t, &c, type >= SQUASHFS_DISK_LONG, x, e);
}
