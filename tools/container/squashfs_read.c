/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"
#include "container/squashfs_attrs.h"
#include "container/squashfs_bytes.h"

#include <string.h>

enum { PATH_MOST = 16 * 1024, LIST_HEAD = 12, LIST_ENTRY = 8 };

struct level { /* a folder whose listing is being read */
    struct squashfs_cursor at;
    uint64_t left;  /* bytes of the listing */
    unsigned count; /* entries left under the present head, which says: */
    uint32_t block, number;
    size_t path; /* bytes of its own path */
    size_t last; /* bytes of the last name */
    char name[SQUASHFS_DISK_NAME];
};

struct walk {
    struct squashfs_table t;
    struct squashfs_bytes bytes;
    struct squashfs_attrs attrs;
    int (*see)(void *self, const struct squashfs_entry *x, struct source *data, struct err *e);
    void *self;
    struct level *level;
    size_t depth, room;
    char path[PATH_MOST];
    struct arena mem;    /* of links */
    struct map links;    /* files with several names: where the inode is, 1 + index of the first */
    unsigned char *seen; /* a bit for each inode: the folders that were entered */
    uint64_t listings;   /* bytes of listings that the image can still have */
    size_t index;        /* of the next entry */
    char target[SQUASHFS_DISK_LINK];
};

/* ---- one entry ---- */

static void find_first_name(struct walk *w, const struct squashfs_inode *inode, uint64_t ref,
                            size_t *link) {
    char key[8];
    size_t *first;

    *link = 0;
    if (inode->type != SQUASHFS_DISK_FILE || inode->links < 2)
        return;
    bytes_put_le64(key, ref);
    first = map_get(&w->links, (struct str){key, sizeof key});
    if (first) {
        *link = *first;
        return;
    }
    first = arena_alloc(&w->mem, sizeof *first);
    *first = w->index + 1;
    map_put(&w->links, str_dup(&w->mem, (struct str){key, sizeof key}), first);
}

static int get_target(struct walk *w, const struct squashfs_inode *inode, struct squashfs_entry *x,
                      struct err *e) {
    struct squashfs_cursor at = inode->more;

    if (squashfs_table_get(&w->t, &at, w->target, (size_t)inode->size, e))
        return (int)e->code;
    if (memchr(w->target, 0, (size_t)inode->size))
        return squashfs_table_bad(&w->t, e, "a link with a NUL in its target");
    x->target = (struct str){w->target, (size_t)inode->size};
    return OK;
}

static int show(struct walk *w, const struct squashfs_inode *inode, uint64_t ref, size_t path,
                struct err *e) {
    static const enum squashfs_kind kinds[SQUASHFS_DISK_LONG] = {
        [SQUASHFS_DISK_DIR] = SQUASHFS_DIR,           [SQUASHFS_DISK_FILE] = SQUASHFS_FILE,
        [SQUASHFS_DISK_SYMLINK] = SQUASHFS_LINK,      [SQUASHFS_DISK_BLOCK_DEVICE] = SQUASHFS_OTHER,
        [SQUASHFS_DISK_CHAR_DEVICE] = SQUASHFS_OTHER, [SQUASHFS_DISK_FIFO] = SQUASHFS_OTHER,
        [SQUASHFS_DISK_SOCKET] = SQUASHFS_OTHER,
    };
    struct squashfs_entry x = {.path = {w->path, path},
                               .kind = kinds[inode->type],
                               .mode = inode->mode,
                               .uid = inode->uid,
                               .gid = inode->gid,
                               .mtime = inode->mtime};
    struct source data;

    if (x.kind == SQUASHFS_FILE)
        x.size = inode->size;
    if (x.kind == SQUASHFS_LINK && get_target(w, inode, &x, e))
        return (int)e->code;
    find_first_name(w, inode, ref, &x.link);
    if (squashfs_attrs_get(&w->attrs, inode->xattr, &x.xattrs, &x.n_xattrs, e))
        return (int)e->code;
    squashfs_bytes_source(&w->bytes, inode, &data);
    w->index++;
    if (w->see(w->self, &x, &data, e))
        return (int)e->code;
    return source_close(&data, e);
}

/* ---- folders ---- */

/* No folder is entered twice, whatever leads to it, and all listings together are no longer than
 * their table can be: a small image cannot keep anybody busy for ever. */
static int enter(struct walk *w, const struct squashfs_inode *inode, size_t path, struct err *e) {
    unsigned char *byte = &w->seen[(inode->number - 1) / 8];
    unsigned char bit = (unsigned char)(1u << (inode->number - 1) % 8);
    struct level *l;

    if (*byte & bit)
        return squashfs_table_bad(&w->t, e, "a folder that is in itself or in two places: " STR_F,
                                  (int)(path < 100 ? path : 100), w->path);
    *byte |= bit;
    if (inode->size > w->listings)
        return squashfs_table_bad(&w->t, e, "more names than there is room for");
    w->listings -= inode->size;
    if (w->depth == w->room) {
        w->room = w->room ? w->room * 2 : 16;
        w->level = mem_resize(w->level, w->room * sizeof *w->level);
    }
    l = &w->level[w->depth++];
    memset(l, 0, sizeof *l);
    l->at = squashfs_table_listing(&w->t, inode->listing);
    l->left = inode->size;
    l->path = path;
    return OK;
}

static int get_head(struct walk *w, struct level *l, struct err *e) {
    unsigned char p[LIST_HEAD];

    if (l->left < sizeof p)
        return squashfs_table_bad(&w->t, e, "a listing that ends within a head");
    if (squashfs_table_get(&w->t, &l->at, p, sizeof p, e))
        return (int)e->code;
    l->left -= sizeof p;
    if (bytes_le32(p) >= SQUASHFS_DISK_HEADER)
        return squashfs_table_bad(&w->t, e, "a head of %u names", (unsigned)bytes_le32(p));
    l->count = bytes_le32(p) + 1;
    l->block = bytes_le32(p + 4);
    l->number = bytes_le32(p + 8);
    return OK;
}

static int check_name(struct walk *w, struct level *l, struct str name, struct err *e) {
    if (memchr(name.p, 0, name.n) || memchr(name.p, '/', name.n) || str_is(name, ".") ||
        str_is(name, ".."))
        return squashfs_table_bad(&w->t, e, "a name that is no name of a file");
    if (l->last && str_cmp((struct str){l->name, l->last}, name) >= 0)
        return squashfs_table_bad(&w->t, e, "names of a folder in disorder at " STR_F, STR_A(name));
    memcpy(l->name, name.p, name.n);
    l->last = name.n;
    return OK;
}

/* The next name of a folder goes behind the folder's path. */
static int get_name(struct walk *w, struct level *l, uint64_t *ref, unsigned *type, size_t *path,
                    struct err *e) {
    unsigned char p[LIST_ENTRY];
    char name[SQUASHFS_DISK_NAME];
    size_t n;

    if (!l->count && get_head(w, l, e))
        return (int)e->code;
    if (l->left < sizeof p)
        return squashfs_table_bad(&w->t, e, "a listing that ends within a name");
    if (squashfs_table_get(&w->t, &l->at, p, sizeof p, e))
        return (int)e->code;
    l->left -= sizeof p;
    n = bytes_le16(p + 6) + (size_t)1;
    if (n > sizeof name || n > l->left)
        return squashfs_table_bad(&w->t, e, "a name of %zu bytes", n);
    if (squashfs_table_get(&w->t, &l->at, name, n, e) || check_name(w, l, (struct str){name, n}, e))
        return (int)e->code;
    l->left -= n;
    l->count--;
    *ref = (uint64_t)l->block << 16 | bytes_le16(p);
    *type = bytes_le16(p + 4);
    *path = l->path;
    if (n + 1 > sizeof w->path - *path)
        return squashfs_table_bad(&w->t, e, "a path of more than %d bytes", PATH_MOST);
    if (*path)
        w->path[(*path)++] = '/';
    memcpy(w->path + *path, name, n);
    *path += n;
    return OK;
}

static int visit(struct walk *w, uint64_t ref, unsigned type, size_t path, struct err *e) {
    struct squashfs_inode inode;

    if (squashfs_inode_get(&w->t, ref, &inode, e))
        return (int)e->code;
    if (inode.type != type)
        return squashfs_table_bad(&w->t, e, "an entry of kind %u whose inode is of kind %u", type,
                                  (unsigned)inode.type);
    if (show(w, &inode, ref, path, e))
        return (int)e->code;
    return inode.type == SQUASHFS_DISK_DIR ? enter(w, &inode, path, e) : OK;
}

static int walk_all(struct walk *w, struct err *e) {
    if (visit(w, w->t.s.root, SQUASHFS_DISK_DIR, 0, e))
        return (int)e->code;
    while (w->depth) {
        struct level *l = &w->level[w->depth - 1];
        uint64_t ref;
        unsigned type;
        size_t path;

        if (!l->left)
            w->depth--;
        else if (get_name(w, l, &ref, &type, &path, e) || visit(w, ref, type, path, e))
            return (int)e->code;
    }
    return OK;
}

static void tell(const struct squashfs_table *t, struct squashfs_facts *facts) {
    *facts = (struct squashfs_facts){.codec = t->codec,
                                     .block = t->s.block,
                                     .mtime = t->s.mtime,
                                     .size = t->s.used,
                                     .inodes = t->s.inodes,
                                     .fragments = t->s.fragments};
}

int squashfs_read(struct infile *f, uint64_t at, struct squashfs_facts *facts,
                  int (*see)(void *self, const struct squashfs_entry *x, struct source *data,
                             struct err *e),
                  void *self, struct err *e) {
    enum { PACKED = 10 }; /* no codec makes a block of metadata from less */
    struct walk *w = mem_alloc(sizeof *w);
    int rc;

    w->see = see;
    w->self = self;
    w->links.mem = &w->mem;
    rc = squashfs_table_open(&w->t, f, at, e);
    if (!rc) {
        if (facts)
            tell(&w->t, facts);
        w->seen = mem_alloc(w->t.s.inodes / 8 + 1);
        w->listings =
            ((w->t.dirs_end - w->t.s.dir_table) / PACKED + 1) * (uint64_t)SQUASHFS_DISK_META;
        squashfs_bytes_init(&w->bytes, &w->t);
        rc = squashfs_attrs_open(&w->attrs, &w->t, e);
    }
    if (!rc)
        rc = walk_all(w, e);
    squashfs_attrs_drop(&w->attrs);
    squashfs_bytes_drop(&w->bytes);
    squashfs_table_drop(&w->t);
    arena_drop(&w->mem);
    mem_free(w->seen);
    mem_free(w->level);
    mem_free(w);
    return rc;
}
