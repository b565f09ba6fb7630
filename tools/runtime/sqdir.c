/* SPDX-License-Identifier: MIT */
#include "runtime/sqdir.h"

#include "runtime/lebytes.h"

#include <errno.h>
#include <string.h>

enum { METADATA = 8192, HEADER = 12, ENTRY = 8, INDEX = 12, MOST_ENTRIES = 256 };

int sqdir_open(struct sqimage *s, const struct sqimage_inode *folder, struct sqdir *d) {
    memset(d, 0, sizeof *d);
    if (folder->kind != SQIMAGE_DIR)
        return -ENOTDIR;
    d->at = (struct sqimage_cursor){s->dir_table + folder->start, s->bytes, folder->offset};
    d->left = folder->size;
    return 0;
}

static int take(struct sqimage *s, struct sqdir *d, void *to, size_t n) {
    if (n > d->left)
        return -EIO;
    d->left -= n;
    return sqimage_take(s, &d->at, to, n);
}

static int proper(const char *name, size_t n) {
    if (memchr(name, '/', n) || memchr(name, 0, n))
        return 0;
    return !(name[0] == '.' && (n == 1 || (n == 2 && name[1] == '.')));
}

int sqdir_next(struct sqimage *s, struct sqdir *d, struct sqdir_entry *e) {
    unsigned char p[HEADER];
    int rc;
    if (!d->count) {
        if (!d->left)
            return 0;
        rc = take(s, d, p, HEADER);
        if (rc)
            return rc;
        d->count = lebytes_32(p) + 1;
        d->start = lebytes_32(p + 4);
        d->number = lebytes_32(p + 8);
        if (!d->count || d->count > MOST_ENTRIES)
            return -EIO;
    }
    rc = take(s, d, p, ENTRY);
    if (rc)
        return rc;
    d->count--;
    unsigned kind = lebytes_16(p + 4);
    e->n = (size_t)lebytes_16(p + 6) + 1;
    if (kind < SQIMAGE_DIR || kind > SQIMAGE_SOCKET || e->n > SQDIR_NAME_MAX)
        return -EIO;
    e->kind = (enum sqimage_kind)kind;
    e->ref = d->start << 16 | lebytes_16(p);
    e->number = d->number + (uint32_t)(int16_t)lebytes_16(p + 2);
    rc = take(s, d, e->name, e->n);
    if (rc)
        return rc;
    e->name[e->n] = 0;
    return proper(e->name, e->n) ? 1 : -EIO;
}

static int compare(const char *a, size_t n, const char *b, size_t m) {
    int rc = memcmp(a, b, n < m ? n : m);
    return rc ? rc : n < m ? -1 : n > m;
}

/* Skips to the header behind which the name must lie: long lists have an index of some. */
static int skip(struct sqimage *s, const struct sqimage_inode *folder, const char *name, size_t n,
                struct sqdir *d) {
    struct sqimage_cursor c = folder->rest;
    for (unsigned i = 0; i < folder->index; i++) {
        unsigned char p[INDEX];
        char first[SQDIR_NAME_MAX];
        int rc = sqimage_take(s, &c, p, sizeof p);
        if (rc)
            return rc;
        uint32_t at = lebytes_32(p);
        size_t m = (size_t)lebytes_32(p + 8) + 1;
        if (m > sizeof first || at > folder->size)
            return -EIO;
        rc = sqimage_take(s, &c, first, m);
        if (rc)
            return rc;
        if (compare(first, m, name, n) > 0)
            break;
        d->at.block = s->dir_table + lebytes_32(p + 4);
        d->at.at = (folder->offset + at) % METADATA;
        d->left = folder->size - at;
    }
    return 0;
}

int sqdir_find(struct sqimage *s, const struct sqimage_inode *folder, const char *name, size_t n,
               struct sqdir_entry *e) {
    struct sqdir d;
    int rc = sqdir_open(s, folder, &d);
    if (!rc)
        rc = skip(s, folder, name, n, &d);
    if (rc)
        return rc;
    while ((rc = sqdir_next(s, &d, e)) > 0) {
        int order = compare(e->name, e->n, name, n);
        if (!order)
            return 0;
        if (order > 0)
            break;
    }
    return rc < 0 ? rc : -ENOENT;
}
