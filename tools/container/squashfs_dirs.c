/* SPDX-License-Identifier: Apache-2.0 */
#include "container/squashfs_dirs.h"

#include "base/map.h"
#include "container/squashfs_order.h"

#include <string.h>

/* ---- who is in which folder ---- */

static struct str base_name(struct str path) {
    size_t slash = str_rfind(path, '/');

    return slash == path.n ? path : str_cut(path, slash + 1, path.n);
}

static int check_entry(const struct squashfs_entry *x, struct err *e) {
    const char *why = NULL;
    struct str name = base_name(x->path);

    if (x->kind == SQUASHFS_OTHER)
        why = "is neither a file, nor a folder, nor a link";
    else if (x->kind == SQUASHFS_LINK && (!x->target.n || x->target.n >= SQUASHFS_DISK_LINK))
        why = "has a target that is empty or longer than 4095 bytes";
    else if (name.n > SQUASHFS_DISK_NAME || (!name.n && x->path.n))
        why = "has a name that is empty or longer than 256 bytes";
    else if (x->size && x->kind != SQUASHFS_FILE)
        why = "has bytes but is no file";
    if (why)
        return err_set(e, E_INPUT, STR_F ": %s: squashfs cannot hold it", STR_A(x->path), why);
    return OK;
}

static int find_folder(struct squashfs_image *m, const struct map *folders, size_t i,
                       struct err *e) {
    const struct squashfs_entry *x = squashfs_image_entry(m, i);
    size_t slash = str_rfind(x->path, '/');
    struct squashfs_node *up = m->node;

    if (slash != x->path.n)
        up = map_get(folders, str_cut(x->path, 0, slash));
    if (!up || up >= m->node + i)
        return err_set(e, E_BUG, STR_F ": its folder does not come before it", STR_A(x->path));
    m->node[i].next = up->child;
    up->child = (uint32_t)i + 1;
    up->links += x->kind == SQUASHFS_DIR;
    return OK;
}

static int number_inode(struct squashfs_image *m, size_t i, struct err *e) {
    const struct squashfs_entry *x = squashfs_image_entry(m, i);
    size_t link = squashfs_image_link(m, i);

    if (!link) {
        m->node[i].number = ++m->inodes;
        m->node[i].links = x->kind == SQUASHFS_DIR ? 2 : 1;
        return OK;
    }
    if (link > i || x->kind != SQUASHFS_FILE || squashfs_image_link(m, link - 1) ||
        squashfs_image_entry(m, link - 1)->kind != SQUASHFS_FILE)
        return err_set(e, E_BUG, STR_F ": a hard link to nothing", STR_A(x->path));
    m->node[i].number = m->node[link - 1].number;
    m->node[link - 1].links++;
    return OK;
}

int squashfs_dirs_link(struct squashfs_image *m, struct err *e) {
    struct arena scratch = {0};
    struct map folders = {.mem = &scratch};
    int rc = OK;

    for (size_t i = 0; i < m->n && !rc; i++) {
        const struct squashfs_entry *x = squashfs_image_entry(m, i);

        rc = check_entry(x, e);
        if (!rc)
            rc = number_inode(m, i, e);
        if (!rc && i && x->kind == SQUASHFS_DIR)
            map_put(&folders, x->path, &m->node[i]);
    }
    if (!rc && m->o->as_mksquashfs)
        squashfs_order_number(m);
    for (size_t i = m->n; i-- > 1 && !rc;)
        rc = find_folder(m, &folders, i, e);
    arena_drop(&scratch);
    return rc;
}

/* ---- inodes ---- */

struct fields { /* an inode being put together */
    unsigned char p[64];
    size_t n;
};

static void put16(struct fields *f, uint64_t v) {
    bytes_put_le16(f->p + f->n, (uint16_t)v);
    f->n += 2;
}

static void put32(struct fields *f, uint64_t v) {
    bytes_put_le32(f->p + f->n, (uint32_t)v);
    f->n += 4;
}

static void put64(struct fields *f, uint64_t v) {
    bytes_put_le64(f->p + f->n, v);
    f->n += 8;
}

static uint32_t clamp_time(int64_t t) {
    return t < 0 ? 0 : t > UINT32_MAX ? UINT32_MAX : (uint32_t)t;
}

static void put_head(struct fields *f, const struct squashfs_image *m, size_t i, unsigned type) {
    const struct squashfs_entry *x = squashfs_image_entry(m, i);
    const struct squashfs_node *node = &m->node[i];

    put16(f, type);
    put16(f, x->mode & 07777);
    put16(f, node->uid);
    put16(f, node->gid);
    put32(f, clamp_time(x->mtime));
    put32(f, node->number);
}

static void put_file(struct squashfs_image *m, size_t i, struct squashfs_meta *inodes) {
    const struct squashfs_entry *x = squashfs_image_entry(m, i);
    struct squashfs_node *node = &m->node[i];
    const struct squashfs_node *data = node->same ? &m->node[node->same - 1] : node;
    uint64_t blocks = squashfs_image_blocks(m, x);
    bool wide = node->links > 1 || node->xattr != SQUASHFS_DISK_NONE32 || data->sparse ||
                data->start > UINT32_MAX || x->size > UINT32_MAX;
    struct fields f = {.n = 0};

    put_head(&f, m, i, SQUASHFS_DISK_FILE + (wide ? SQUASHFS_DISK_WIDER : 0));
    if (wide) {
        put64(&f, data->start);
        put64(&f, x->size);
        put64(&f, data->sparse - (m->o->as_mksquashfs && data->sparse == x->size && x->size));
        put32(&f, node->links);
    } else
        put32(&f, data->start);
    put32(&f, data->fragment);
    put32(&f, data->offset);
    put32(&f, wide ? node->xattr : x->size);
    squashfs_meta_put(inodes, f.p, f.n);
    for (uint64_t k = 0; k < blocks; k++) {
        unsigned char word[4];

        bytes_put_le32(word, data->size[k]);
        squashfs_meta_put(inodes, word, sizeof word);
    }
}

static void put_link(struct squashfs_image *m, size_t i, struct squashfs_meta *inodes) {
    const struct squashfs_entry *x = squashfs_image_entry(m, i);
    uint32_t xattr = m->node[i].xattr;
    bool wide = xattr != SQUASHFS_DISK_NONE32;
    struct fields f = {.n = 0}, end = {.n = 0};

    put_head(&f, m, i, SQUASHFS_DISK_SYMLINK + (wide ? SQUASHFS_DISK_WIDER : 0));
    put32(&f, 1);
    put32(&f, x->target.n);
    squashfs_meta_put(inodes, f.p, f.n);
    squashfs_meta_put(inodes, x->target.p, x->target.n);
    if (wide) {
        put32(&end, xattr);
        squashfs_meta_put(inodes, end.p, end.n);
    }
}

/* ---- folders ---- */

struct listing {
    struct buf bytes;
    struct buf index; /* of a folder with more than one block of names */
    uint32_t n_index;
    size_t head, since; /* where the present head is, and the last one that the index knows */
    uint32_t count;     /* entries under it */
    uint64_t block;     /* of inodes they are all in */
    uint32_t number;    /* theirs are near this one */
};

enum { LIST_HEAD = 12, LIST_ENTRY = 8, INDEX_ENTRY = 12, LISTING_MOST = 1 << 30 };

/* With one more name there would be more than a block since the index knows one. */
static bool wants_index(const struct listing *l, struct str name) {
    return l->bytes.n + LIST_ENTRY + name.n - l->since > SQUASHFS_DISK_META;
}

static void begin_head(struct listing *l, const struct squashfs_node *x, struct str name) {
    struct fields f = {.n = 0};

    if (l->bytes.n && wants_index(l, name)) {
        put32(&f, l->bytes.n);
        put32(&f, 0); /* the block, when the listing has its place */
        put32(&f, name.n - 1);
        buf_put(&l->index, f.p, f.n);
        buf_str(&l->index, name);
        l->n_index++;
        l->since = l->bytes.n;
    }
    l->head = l->bytes.n;
    l->count = 0;
    l->block = x->ref >> 16;
    l->number = x->number;
    f.n = 0;
    put32(&f, 0); /* how many */
    put32(&f, l->block);
    put32(&f, l->number);
    buf_put(&l->bytes, f.p, f.n);
}

static void put_name(struct listing *l, const struct squashfs_entry *x,
                     const struct squashfs_node *node) {
    struct str name = base_name(x->path);
    int64_t far = (int64_t)node->number - (int64_t)l->number;
    struct fields f = {.n = 0};
    unsigned type = x->kind == SQUASHFS_DIR    ? SQUASHFS_DISK_DIR
                    : x->kind == SQUASHFS_FILE ? SQUASHFS_DISK_FILE
                                               : SQUASHFS_DISK_SYMLINK;

    if (!l->bytes.n || l->count == SQUASHFS_DISK_HEADER || l->block != node->ref >> 16 ||
        far > INT16_MAX || far < INT16_MIN || wants_index(l, name))
        begin_head(l, node, name);
    far = (int64_t)node->number - (int64_t)l->number;
    put16(&f, node->ref & 0xffff);
    put16(&f, (uint64_t)far & 0xffff);
    put16(&f, type);
    put16(&f, name.n - 1);
    buf_put(&l->bytes, f.p, f.n);
    buf_str(&l->bytes, name);
    if (!l->bytes.over)
        bytes_put_le32(l->bytes.p + l->head, l->count++);
}

/* Now that the listing lies in its table, the index can say in which blocks. `first` of them is the
 * one it begins in, at `offset`. */
static void place_index(struct listing *l, const struct squashfs_meta *lists, size_t first,
                        size_t offset) {
    char *p = l->index.p;

    for (uint32_t i = 0; i < l->n_index; i++) {
        size_t at = offset + bytes_le32(p);

        bytes_put_le32(p + 4,
                       (uint32_t)squashfs_meta_block(lists, first + at / SQUASHFS_DISK_META));
        p += INDEX_ENTRY + bytes_le32(p + 8) + 1;
    }
}

static void put_folder_inode(struct squashfs_image *m, size_t i, uint32_t up, uint64_t at,
                             const struct listing *l, struct squashfs_meta *inodes) {
    const struct squashfs_node *node = &m->node[i];
    uint64_t size = l->bytes.n + SQUASHFS_DISK_EMPTY;
    bool wide = node->xattr != SQUASHFS_DISK_NONE32 || size > UINT16_MAX || l->n_index;
    struct fields f = {.n = 0};

    put_head(&f, m, i, SQUASHFS_DISK_DIR + (wide ? SQUASHFS_DISK_WIDER : 0));
    if (wide) {
        put32(&f, node->links);
        put32(&f, size);
        put32(&f, at >> 16);
        put32(&f, up);
        put16(&f, l->n_index);
        put16(&f, at & 0xffff);
        put32(&f, node->xattr);
    } else {
        put32(&f, at >> 16);
        put32(&f, node->links);
        put16(&f, size);
        put16(&f, at & 0xffff);
        put32(&f, up);
    }
    squashfs_meta_put(inodes, f.p, f.n);
    squashfs_meta_put(inodes, l->index.p, l->index.n);
}

static int put_folder(struct squashfs_image *m, size_t i, uint32_t up, struct listing *l,
                      struct squashfs_meta *inodes, struct squashfs_meta *lists, struct err *e) {
    uint64_t at = squashfs_meta_ref(lists);
    size_t first = lists->n;

    buf_clear(&l->bytes);
    buf_clear(&l->index);
    l->n_index = 0;
    l->since = 0;
    for (uint32_t k = m->node[i].child; k; k = m->node[k - 1].next) {
        size_t link = squashfs_image_link(m, k - 1);

        put_name(l, squashfs_image_entry(m, k - 1), &m->node[link ? link - 1 : k - 1]);
    }
    if (buf_check(&l->bytes, "a folder", e) || buf_check(&l->index, "a folder", e))
        return (int)e->code;
    if (l->n_index > UINT16_MAX)
        return err_set(e, E_INPUT, "a folder has too many entries for squashfs");
    squashfs_meta_put(lists, l->bytes.p, l->bytes.n);
    place_index(l, lists, first, at & 0xffff);
    m->node[i].ref = squashfs_meta_ref(inodes);
    put_folder_inode(m, i, up, at, l, inodes);
    return OK;
}

/* The numbers of the folders that entries are in. */
static uint32_t *list_parents(const struct squashfs_image *m, struct arena *mem) {
    uint32_t *up = arena_array(mem, m->n, sizeof *up);

    for (size_t i = 0; i < m->n; i++)
        for (uint32_t k = m->node[i].child; k; k = m->node[k - 1].next)
            up[k - 1] = m->node[i].number;
    up[0] = m->inodes + 1; /* as mksquashfs has it: the root is in nothing */
    return up;
}

int squashfs_dirs_write(struct squashfs_image *m, struct squashfs_meta *inodes,
                        struct squashfs_meta *lists, struct err *e) {
    struct arena scratch = {0};
    const uint32_t *up = list_parents(m, &scratch);
    struct listing l = {.count = 0};
    struct squashfs_order order;
    int rc = OK;

    buf_init(&l.bytes, LISTING_MOST);
    buf_init(&l.index, LISTING_MOST);
    squashfs_order_list(m, &scratch, &order);
    for (size_t k = 0; k < order.n && !rc; k++) {
        size_t i = order.v[k];
        enum squashfs_kind kind = squashfs_image_entry(m, i)->kind;

        if (kind == SQUASHFS_DIR) {
            rc = put_folder(m, i, up[i], &l, inodes, lists, e);
            continue;
        }
        m->node[i].ref = squashfs_meta_ref(inodes);
        if (kind == SQUASHFS_FILE)
            put_file(m, i, inodes);
        else
            put_link(m, i, inodes);
    }
    buf_drop(&l.bytes);
    buf_drop(&l.index);
    arena_drop(&scratch);
    return rc;
}
