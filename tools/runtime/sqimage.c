/* SPDX-License-Identifier: MIT */
#include "runtime/sqimage.h"

#include "runtime/lebytes.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    SUPERBLOCK = 96,
    MAGIC = 0x73717368, /* "hsqs" */
    METADATA = 8192,
    MOST_BLOCK = 1 << 20,
    CACHE = 8 << 20, /* bytes of decompressed data blocks that are kept */
    FLAG_NO_FRAGMENTS = 0x10
};

static int fail(const char **why, const char *text) {
    *why = text;
    return -EIO;
}

/* Tables lie behind each other: the end of one is not beyond the image's. */
static int tables(struct sqimage *s, const unsigned char *p, const char **why) {
    s->id_table = lebytes_64(p + 48);
    s->inode_table = lebytes_64(p + 64);
    s->dir_table = lebytes_64(p + 72);
    s->fragment_table = lebytes_64(p + 80);
    if (s->inode_table < SUPERBLOCK || s->dir_table <= s->inode_table || s->dir_table >= s->bytes ||
        s->id_table >= s->bytes || !s->ids)
        return fail(why, "its tables lie outside of it");
    if (s->fragments && s->fragment_table >= s->bytes)
        return fail(why, "its fragments lie outside of it");
    return 0;
}

int sqimage_open(struct sqimage *s, int fd, uint64_t base, uint64_t size, const char **why) {
    unsigned char p[SUPERBLOCK];
    memset(s, 0, sizeof *s);
    s->fd = fd;
    s->base = base;
    if (base > size || size > INT64_MAX || size - base < SUPERBLOCK ||
        pread(fd, p, sizeof p, (off_t)base) != (ssize_t)sizeof p || lebytes_32(p) != MAGIC)
        return fail(why, "no SquashFS image follows the program");
    if (lebytes_16(p + 28) != 4 || lebytes_16(p + 30) != 0)
        return fail(why, "its SquashFS image is not of version 4.0");
    s->inodes = lebytes_32(p + 4);
    s->mtime = lebytes_32(p + 8);
    s->block = lebytes_32(p + 12);
    s->fragments = lebytes_32(p + 16);
    unsigned codec = lebytes_16(p + 20), log = lebytes_16(p + 22);
    s->ids = lebytes_16(p + 26);
    s->root = lebytes_64(p + 32);
    s->bytes = lebytes_64(p + 40);
    if (!sqcodec_known(codec))
        return fail(why, "its image is compressed in an unknown way");
    if (log < 12 || log > 20 || s->block != 1u << log)
        return fail(why, "its image has an impossible block size");
    if (s->bytes > size - base)
        return fail(why, "its image is cut short");
    if (s->bytes < SUPERBLOCK || tables(s, p, why))
        return fail(why, "its image's tables lie outside of it");
    size_t slots = CACHE / s->block;
    sqblocks_init(&s->meta, fd, codec, METADATA, SQBLOCKS_SLOTS);
    sqblocks_init(&s->data, fd, codec, s->block, slots < SQBLOCKS_WORKERS * 2 ? 8 : slots);
    return 0;
}

void sqimage_close(struct sqimage *s) {
    sqblocks_drop(&s->meta);
    sqblocks_drop(&s->data);
}

int sqimage_take(struct sqimage *s, struct sqimage_cursor *c, void *to, size_t n) {
    unsigned char *p = to;
    while (n) {
        struct sqblocks_slot *slot;
        if (c->block >= c->end || c->at > METADATA)
            return -EIO;
        int rc = sqblocks_get(&s->meta, s->base + c->block, 0, SQBLOCKS_FRAMED, &slot);
        if (rc)
            return rc;
        size_t some = c->at < slot->n ? slot->n - c->at : 0;
        some = some < n ? some : n;
        /* A block that is not full ends its table. */
        rc = some || (c->at == METADATA && slot->n == METADATA) ? 0 : -EIO;
        if (some && p) {
            memcpy(p, slot->data + c->at, some);
            p += some;
        }
        n -= some;
        c->at += (uint32_t)some;
        if (c->at == METADATA) {
            c->block += 2 + (uint64_t)slot->stored;
            c->at = 0;
        }
        sqblocks_put(&s->meta, slot);
        if (rc)
            return rc;
    }
    return 0;
}

/* An element of a table that has a list of its metadata blocks: `each` of `width` bytes a block. */
static int element(struct sqimage *s, uint64_t table, uint32_t n, size_t width, unsigned char *to) {
    unsigned char p[8];
    uint32_t each = METADATA / (uint32_t)width;
    uint64_t at = table + (uint64_t)(n / each) * 8;
    if (at > s->bytes - sizeof p ||
        pread(s->fd, p, sizeof p, (off_t)(s->base + at)) != (ssize_t)sizeof p)
        return -EIO;
    struct sqimage_cursor c = {lebytes_64(p), s->bytes, n % each * (uint32_t)width};
    return sqimage_take(s, &c, to, width);
}

static int owner(struct sqimage *s, uint16_t n, uint32_t *id) {
    unsigned char p[4];
    if (n >= s->ids)
        return -EIO;
    int rc = element(s, s->id_table, n, sizeof p, p);
    *id = rc ? 0 : lebytes_32(p);
    return rc;
}

static int folder(struct sqimage *s, struct sqimage_inode *i, int more) {
    unsigned char p[24];
    int rc = sqimage_take(s, &i->rest, p, more ? 24 : 16);
    if (rc)
        return rc;
    uint32_t size = more ? lebytes_32(p + 4) : lebytes_16(p + 8);
    i->links = lebytes_32(p + (more ? 0 : 4));
    i->start = lebytes_32(p + (more ? 8 : 0));
    i->index = more ? lebytes_16(p + 16) : 0;
    i->offset = lebytes_16(p + (more ? 18 : 10));
    /* The size counts "." and "..", which are not there. */
    i->size = size > 3 ? size - 3 : 0;
    return i->offset < METADATA ? 0 : -EIO;
}

static int file(struct sqimage *s, struct sqimage_inode *i, int more) {
    unsigned char p[40];
    int rc = sqimage_take(s, &i->rest, p, more ? 40 : 16);
    if (rc)
        return rc;
    i->start = more ? lebytes_64(p) : lebytes_32(p);
    i->size = more ? lebytes_64(p + 8) : lebytes_32(p + 12);
    i->links = more ? lebytes_32(p + 24) : 1;
    i->fragment = lebytes_32(p + (more ? 28 : 4));
    i->offset = lebytes_32(p + (more ? 32 : 8));
    if (i->fragment != SQIMAGE_NO_FRAGMENT &&
        (i->fragment >= s->fragments || i->offset >= s->block))
        return -EIO;
    return i->size <= INT64_MAX ? 0 : -EIO;
}

static int other(struct sqimage *s, struct sqimage_inode *i) {
    unsigned char p[8];
    int device = i->kind == SQIMAGE_BLOCK || i->kind == SQIMAGE_CHAR,
        link = i->kind == SQIMAGE_LINK;
    int rc = sqimage_take(s, &i->rest, p, device || link ? 8 : 4);
    if (rc)
        return rc;
    i->links = lebytes_32(p);
    if (device)
        i->device = lebytes_32(p + 4);
    if (link) {
        i->size = lebytes_32(p + 4);
        return i->size && i->size <= SQIMAGE_LINK_MAX ? 0 : -EIO;
    }
    return 0;
}

int sqimage_inode(struct sqimage *s, uint64_t ref, struct sqimage_inode *i) {
    unsigned char p[16];
    memset(i, 0, sizeof *i);
    uint64_t block = ref >> 16;
    if (block >= s->dir_table - s->inode_table || (ref & 0xffff) >= METADATA)
        return -EIO;
    i->ref = ref;
    i->rest = (struct sqimage_cursor){s->inode_table + block, s->dir_table, ref & 0xffff};
    int rc = sqimage_take(s, &i->rest, p, sizeof p);
    if (rc)
        return rc;
    unsigned type = lebytes_16(p);
    if (type < 1 || type > 14)
        return -EIO;
    int more = type > 7;
    i->kind = (enum sqimage_kind)(more ? type - 7 : type);
    i->mode = lebytes_16(p + 2) & 07777;
    i->mtime = lebytes_32(p + 8);
    i->number = lebytes_32(p + 12);
    i->fragment = SQIMAGE_NO_FRAGMENT;
    rc = owner(s, lebytes_16(p + 4), &i->uid);
    if (!rc)
        rc = owner(s, lebytes_16(p + 6), &i->gid);
    if (rc)
        return rc;
    if (i->kind == SQIMAGE_DIR)
        return folder(s, i, more);
    return i->kind == SQIMAGE_FILE ? file(s, i, more) : other(s, i);
}

int sqimage_target(struct sqimage *s, const struct sqimage_inode *i,
                   char to[SQIMAGE_LINK_MAX + 1]) {
    if (i->kind != SQIMAGE_LINK)
        return -EINVAL;
    struct sqimage_cursor c = i->rest;
    int rc = sqimage_take(s, &c, to, (size_t)i->size);
    to[rc ? 0 : i->size] = 0;
    return rc || memchr(to, 0, (size_t)i->size) ? -EIO : 0;
}

/* ---- a file's bytes ---- */

enum { LIST_PLAIN = 1 << 24 };

static size_t least(uint64_t a, uint64_t b) {
    return (size_t)(a < b ? a : b);
}

/* A part of a block that is there. */
static int copy(struct sqimage *s, uint64_t at, uint32_t word, uint64_t skip, void *to, size_t n) {
    struct sqblocks_slot *slot;
    uint32_t stored = word & (LIST_PLAIN - 1);
    if (at >= s->bytes || stored > s->bytes - at || word >= LIST_PLAIN * 2u)
        return -EIO;
    int rc = sqblocks_get(&s->data, s->base + at, stored,
                          word & LIST_PLAIN ? SQBLOCKS_PLAIN : SQBLOCKS_PACKED, &slot);
    if (rc)
        return rc;
    if (skip + n > slot->n)
        rc = -EIO;
    else
        memcpy(to, slot->data + skip, n);
    sqblocks_put(&s->data, slot);
    return rc;
}

static int fragment(struct sqimage *s, const struct sqimage_inode *i, uint64_t skip, void *to,
                    size_t n) {
    unsigned char p[16];
    int rc = element(s, s->fragment_table, i->fragment, sizeof p, p);
    if (rc)
        return rc;
    uint32_t word = lebytes_32(p + 8);
    return word & (LIST_PLAIN - 1) ? copy(s, lebytes_64(p), word, i->offset + skip, to, n) : -EIO;
}

/* Goes on in the list of blocks from where an earlier reader of the file was. */
static struct sqimage_hint start(struct sqimage *s, const struct sqimage_inode *i, uint64_t index) {
    struct sqimage_hint h = {i->ref, 0, i->rest.block, i->start, i->rest.at};
    struct sqimage_hint *kept = &s->hints[(i->ref ^ i->ref >> 16) % 8];
    pthread_mutex_lock(&s->data.lock);
    if (kept->list_block && kept->inode == i->ref && kept->index <= index)
        h = *kept;
    pthread_mutex_unlock(&s->data.lock);
    return h;
}

static void keep(struct sqimage *s, const struct sqimage_hint *h) {
    pthread_mutex_lock(&s->data.lock);
    s->hints[(h->inode ^ h->inode >> 16) % 8] = *h;
    pthread_mutex_unlock(&s->data.lock);
}

/* The next word of the list; the hint is then the place of the block behind. */
static int advance(struct sqimage *s, const struct sqimage_inode *i, struct sqimage_hint *h,
                   uint32_t *word) {
    unsigned char p[4];
    struct sqimage_cursor c = {h->list_block, i->rest.end, h->list_at};
    int rc = sqimage_take(s, &c, p, sizeof p);
    *word = rc ? 0 : lebytes_32(p);
    h->list_block = c.block;
    h->list_at = c.at;
    h->disk += *word & (LIST_PLAIN - 1);
    h->index++;
    return rc;
}

int64_t sqimage_read(struct sqimage *s, const struct sqimage_inode *i, uint64_t at, void *to,
                     size_t n) {
    if (i->kind != SQIMAGE_FILE)
        return -EINVAL;
    if (at >= i->size)
        return 0;
    n = least(n, i->size - at);
    unsigned char *p = to;
    uint64_t whole = i->size / s->block;
    uint64_t blocks = whole + (i->size % s->block && i->fragment == SQIMAGE_NO_FRAGMENT);
    struct sqimage_hint h = start(s, i, at / s->block);
    for (size_t done = 0, some; done < n; done += some, at += some) {
        uint64_t index = at / s->block, skip = at % s->block;
        uint32_t word = 0;
        int rc = 0;
        some = least(n - done, s->block - skip);
        if (index >= blocks) {
            rc = fragment(s, i, skip, p + done, some);
        } else {
            struct sqimage_hint before = h;
            while (!rc && h.index <= index) {
                before = h;
                rc = advance(s, i, &h, &word);
            }
            if (!rc && !(word & (LIST_PLAIN - 1)))
                memset(p + done, 0, some);
            else if (!rc)
                rc = copy(s, before.disk, word, skip, p + done, some);
            if (!rc)
                keep(s, &before);
        }
        if (rc)
            return rc;
    }
    return (int64_t)n;
}
