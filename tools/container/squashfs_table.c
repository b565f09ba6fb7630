/* SPDX-License-Identifier: Apache-2.0 */
#include "container/squashfs_table.h"

#include <stdio.h>
#include <string.h>

int squashfs_table_bad(const struct squashfs_table *t, struct err *e, const char *fmt, ...) {
    char text[256];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return err_set(e, E_INPUT, "%s: squashfs: %s", t->f->name, text);
}

/* ---- the superblock ---- */

static int find_codec(struct squashfs_table *t, struct err *e) {
    enum { STORED = SQUASHFS_DISK_STORED_INODES | SQUASHFS_DISK_STORED_DATA };
    static const enum blockcodec_kind kinds[] = {
        [SQUASHFS_GZIP] = BLOCKCODEC_GZIP,
        [SQUASHFS_XZ] = BLOCKCODEC_XZ,
        [SQUASHFS_LZ4] = BLOCKCODEC_LZ4,
        [SQUASHFS_ZSTD] = BLOCKCODEC_ZSTD,
    };
    struct blockcodec_opts o = {.block = t->s.block};

    switch (t->s.codec) {
    case SQUASHFS_DISK_GZIP:
        t->codec = SQUASHFS_GZIP;
        break;
    case SQUASHFS_DISK_XZ:
        t->codec = SQUASHFS_XZ;
        break;
    case SQUASHFS_DISK_LZ4:
        t->codec = SQUASHFS_LZ4;
        break;
    case SQUASHFS_DISK_ZSTD:
        t->codec = SQUASHFS_ZSTD;
        break;
    case SQUASHFS_DISK_LZMA:
    case SQUASHFS_DISK_LZO:
        return squashfs_table_bad(t, e, "compressed with %s, which is not read here",
                                  t->s.codec == SQUASHFS_DISK_LZO ? "lzo" : "the former lzma");
    default:
        return squashfs_table_bad(t, e, "codec %u is not known", t->s.codec);
    }
    o.kind = kinds[t->codec]; /* what is stored all the same may not be what the flags say */
    if ((t->s.flags & STORED) == STORED)
        t->codec = SQUASHFS_NONE;
    return blockcodec_new(&t->unpack, &o, e);
}

/* Tables lie in one order: inodes, folders, fragments, (for NFS), ids, attributes. */
static int check_tables(struct squashfs_table *t, struct err *e) {
    struct squashfs_disk_super *s = &t->s;
    const uint64_t later[] = {s->fragments ? s->fragment_table : SQUASHFS_DISK_NONE,
                              s->export_table, s->id_table, s->xattr_table};

    if (s->inode_table < SQUASHFS_DISK_SUPER || s->inode_table >= s->dir_table ||
        s->dir_table > s->used)
        return squashfs_table_bad(t, e, "its tables are not where they should be");
    t->dirs_end = s->used;
    for (size_t i = 0; i < COUNT(later); i++) {
        if (later[i] == SQUASHFS_DISK_NONE)
            continue;
        if (later[i] < s->dir_table || later[i] > s->used)
            return squashfs_table_bad(t, e, "its tables are not where they should be");
        t->dirs_end = later[i] < t->dirs_end ? later[i] : t->dirs_end;
    }
    return OK;
}

/* No inode takes less than 20 bytes, and no codec makes a block of metadata from less than 10. */
static int check_counts(struct squashfs_table *t, struct err *e) {
    enum { INODE = 20, PACKED = 10 };
    const struct squashfs_disk_super *s = &t->s;
    uint64_t blocks = (s->dir_table - s->inode_table) / PACKED + 1;

    if (!s->inodes || s->inodes > blocks * (SQUASHFS_DISK_META / INODE + 1))
        return squashfs_table_bad(t, e, "says it has %u inodes", (unsigned)s->inodes);
    return OK;
}

static int check_super(struct squashfs_table *t, const unsigned char *p, struct err *e) {
    struct squashfs_disk_super *s = &t->s;

    if (bytes_le32(p) != SQUASHFS_DISK_MAGIC)
        return squashfs_table_bad(t, e, "no such image here");
    if (bytes_le16(p + 28) != 4 || bytes_le16(p + 30))
        return squashfs_table_bad(t, e, "version %u.%u, only 4.0 is read",
                                  (unsigned)bytes_le16(p + 28), (unsigned)bytes_le16(p + 30));
    squashfs_disk_get_super(p, s);
    if (s->block < SQUASHFS_DISK_BLOCK_LEAST || s->block > SQUASHFS_DISK_BLOCK_MOST ||
        s->block_log > 20 || s->block != 1u << s->block_log)
        return squashfs_table_bad(t, e, "blocks of %u bytes", (unsigned)s->block);
    if (s->used < SQUASHFS_DISK_SUPER || s->used > t->f->size - t->at)
        return squashfs_table_bad(t, e, "says it has %llu bytes, of which the file has %llu",
                                  (unsigned long long)s->used,
                                  (unsigned long long)(t->f->size - t->at));
    return check_tables(t, e) || check_counts(t, e) ? (int)e->code : OK;
}

int squashfs_table_open(struct squashfs_table *t, struct infile *f, uint64_t at, struct err *e) {
    unsigned char p[SQUASHFS_DISK_SUPER];

    memset(t, 0, sizeof *t);
    t->f = f;
    t->at = at;
    if (at > f->size || f->size - at < sizeof p)
        return squashfs_table_bad(t, e, "too short for an image");
    if (infile_read(f, at, p, sizeof p, e) || check_super(t, p, e))
        return (int)e->code;
    return find_codec(t, e);
}

void squashfs_table_drop(struct squashfs_table *t) {
    blockcodec_free(t->unpack);
    t->unpack = NULL;
}

/* ---- metadata ---- */

static int fill_block(struct squashfs_table *t, struct squashfs_table_block *b, uint64_t at,
                      uint64_t end, struct err *e) {
    unsigned char head[2];
    size_t n;
    bool stored;

    b->at = 0;
    if (end > t->s.used || at < SQUASHFS_DISK_SUPER || at > end || end - at < sizeof head)
        return squashfs_table_bad(t, e, "metadata outside of its table, at byte %llu",
                                  (unsigned long long)at);
    if (infile_read(t->f, t->at + at, head, sizeof head, e))
        return (int)e->code;
    n = bytes_le16(head) & (SQUASHFS_DISK_META_STORED - 1);
    stored = bytes_le16(head) & SQUASHFS_DISK_META_STORED;
    if (!n || n > SQUASHFS_DISK_META || n > end - at - sizeof head)
        return squashfs_table_bad(t, e, "a block of %zu bytes of metadata, at byte %llu", n,
                                  (unsigned long long)at);
    if (infile_read(t->f, t->at + at + sizeof head, stored ? b->p : t->packed, n, e))
        return (int)e->code;
    b->n = n;
    if (!stored && blockcodec_unpack(t->unpack, t->packed, n, b->p, sizeof b->p, &b->n, e))
        return err_in(e, "%s: squashfs: metadata at byte %llu", t->f->name, (unsigned long long)at);
    if (!b->n)
        return squashfs_table_bad(t, e, "empty metadata, at byte %llu", (unsigned long long)at);
    b->at = at;
    b->next = at + sizeof head + n;
    return OK;
}

static int find_block(struct squashfs_table *t, uint64_t at, uint64_t end,
                      struct squashfs_table_block **out, struct err *e) {
    struct squashfs_table_block *oldest = &t->kept[0];

    for (size_t i = 0; i < SQUASHFS_TABLE_KEPT; i++) {
        struct squashfs_table_block *b = &t->kept[i];

        if (b->at == at && at && b->next <= end) {
            b->used = ++t->clock;
            *out = b;
            return OK;
        }
        if (b->used < oldest->used)
            oldest = b;
    }
    *out = oldest;
    oldest->used = ++t->clock;
    return fill_block(t, oldest, at, end, e);
}

static struct squashfs_cursor cursor(uint64_t begin, uint64_t end, uint64_t ref) {
    uint64_t block = ref >> 16;

    return (struct squashfs_cursor){
        /* outside of the table in any case, when adding would overflow */
        .block = block <= end ? begin + block : 0,
        .begin = begin,
        .end = end,
        .offset = ref & 0xffff,
    };
}

struct squashfs_cursor squashfs_table_inode(const struct squashfs_table *t, uint64_t ref) {
    return cursor(t->s.inode_table, t->s.dir_table, ref);
}

struct squashfs_cursor squashfs_table_listing(const struct squashfs_table *t, uint64_t ref) {
    return cursor(t->s.dir_table, t->dirs_end, ref);
}

struct squashfs_cursor squashfs_table_pairs(const struct squashfs_table *t, uint64_t begin,
                                            uint64_t ref) {
    return cursor(begin, t->s.used, ref);
}

int squashfs_table_get(struct squashfs_table *t, struct squashfs_cursor *c, void *p, size_t n,
                       struct err *e) {
    unsigned char *to = p;

    while (n) {
        struct squashfs_table_block *b;
        size_t k;

        if (c->block < c->begin)
            return squashfs_table_bad(t, e, "metadata before its table");
        if (find_block(t, c->block, c->end, &b, e))
            return (int)e->code;
        if (c->offset > b->n)
            return squashfs_table_bad(t, e, "offset %zu in %zu bytes of metadata", c->offset, b->n);
        k = b->n - c->offset < n ? b->n - c->offset : n;
        memcpy(to, b->p + c->offset, k);
        to += k;
        n -= k;
        c->offset += k;
        if (c->offset == b->n) {
            c->block = b->next;
            c->offset = 0;
        }
    }
    return OK;
}

int squashfs_table_row(struct squashfs_table *t, uint64_t list, uint64_t i, void *p, size_t n,
                       struct err *e) {
    uint64_t rows = SQUASHFS_DISK_META / n, skip = i / rows;
    unsigned char place[8];
    struct squashfs_cursor c = {.end = list, .offset = (size_t)(i % rows * n)};

    if (list > t->s.used || skip >= (t->s.used - list) / sizeof place)
        return squashfs_table_bad(t, e, "row %llu of a table that ends before it",
                                  (unsigned long long)i);
    if (infile_read(t->f, t->at + list + skip * sizeof place, place, sizeof place, e))
        return (int)e->code;
    c.block = bytes_le64(place);
    return squashfs_table_get(t, &c, p, n, e);
}

/* ---- data ---- */

int squashfs_table_data(struct squashfs_table *t, uint64_t at, uint32_t word, void *packed, void *p,
                        size_t room, size_t *n, struct err *e) {
    size_t size = word & (SQUASHFS_DISK_STORED - 1);
    bool stored = word & SQUASHFS_DISK_STORED;

    *n = 0;
    if (!size || word >= 2u * SQUASHFS_DISK_STORED || size > t->s.block || (stored && size > room))
        return squashfs_table_bad(t, e, "a data block of %zu bytes", size);
    if (at < SQUASHFS_DISK_SUPER || at > t->s.used || size > t->s.used - at)
        return squashfs_table_bad(t, e, "data outside of the image, at byte %llu",
                                  (unsigned long long)at);
    if (infile_read(t->f, t->at + at, stored ? p : packed, size, e))
        return (int)e->code;
    *n = size;
    if (!stored && blockcodec_unpack(t->unpack, packed, size, p, room, n, e))
        return err_in(e, "%s: squashfs: data at byte %llu", t->f->name, (unsigned long long)at);
    return OK;
}
