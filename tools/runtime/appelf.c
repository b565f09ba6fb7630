/* SPDX-License-Identifier: MIT */
#include "runtime/appelf.h"

#include "runtime/lebytes.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD = 64, ROW = 64, ROW_32 = 40, NAME = 32 };

struct row {
    uint32_t name;
    uint64_t at, n;
    int filled; /* has bytes in the file */
};

static int get(const struct appelf *e, void *to, size_t n, uint64_t at) {
    if (at > e->size || n > e->size - at || pread(e->fd, to, n, (off_t)at) != (ssize_t)n)
        return -EIO;
    return 0;
}

static int row(const struct appelf *e, uint32_t i, struct row *r) {
    unsigned char p[ROW];
    int rc = get(e, p, e->wide ? ROW : ROW_32, e->sections + (uint64_t)i * e->each);
    if (rc)
        return rc;
    r->name = lebytes_32(p);
    r->filled = lebytes_32(p + 4) != 8 && lebytes_32(p + 4) != 0;
    r->at = e->wide ? lebytes_64(p + 24) : lebytes_32(p + 16);
    r->n = e->wide ? lebytes_64(p + 32) : lebytes_32(p + 20);
    if (r->filled && (r->at > e->size || r->n > e->size - r->at))
        return -EIO;
    return 0;
}

int appelf_open(struct appelf *e, int fd) {
    unsigned char p[HEAD];
    struct stat st;
    memset(e, 0, sizeof *e);
    e->fd = fd;
    if (fstat(fd, &st) || st.st_size < 0)
        return -EIO;
    e->size = (uint64_t)st.st_size;
    /* Only little-endian programs: there is no type 2 runtime of the other kind. */
    if (get(e, p, sizeof p, 0) || memcmp(p, "\177ELF", 4) || (p[4] != 1 && p[4] != 2) || p[5] != 1)
        return -EIO;
    e->wide = p[4] == 2;
    e->sections = e->wide ? lebytes_64(p + 40) : lebytes_32(p + 32);
    e->each = lebytes_16(p + (e->wide ? 58 : 46));
    e->count = lebytes_16(p + (e->wide ? 60 : 48));
    e->names = lebytes_16(p + (e->wide ? 62 : 50));
    if (!e->sections || !e->count || e->each < (e->wide ? ROW : ROW_32) || e->sections > e->size ||
        (uint64_t)e->each * e->count > e->size - e->sections)
        return -EIO;
    /* The table of sections comes last, or what it speaks of last does. */
    e->end = e->sections + (uint64_t)e->each * e->count;
    for (uint32_t i = 0; i < e->count; i++) {
        struct row r;
        if (row(e, i, &r))
            return -EIO;
        if (r.filled && r.at + r.n > e->end)
            e->end = r.at + r.n;
    }
    return 0;
}

int appelf_find(const struct appelf *e, const char *name, uint64_t *at, uint64_t *n) {
    struct row names, r;
    char text[NAME];
    size_t len = strlen(name) + 1;
    if (len > NAME || e->names >= e->count || row(e, e->names, &names))
        return -ENOENT;
    for (uint32_t i = 0; i < e->count; i++) {
        if (row(e, i, &r) || !r.filled || len > names.n || r.name > names.n - len)
            continue;
        if (!get(e, text, len, names.at + r.name) && !memcmp(text, name, len)) {
            *at = r.at;
            *n = r.n;
            return 0;
        }
    }
    return -ENOENT;
}
