/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/sqdir.h"
#include "runtime/unpack.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { DEPTH = 12, ENTRIES = 400, PIECE = 70000 };

struct budget {
    unsigned entries;
    unsigned char *piece;
};

/* Both ends of a file, and a place in its middle: what a kernel may ask for. */
static void read_some(struct sqimage *s, const struct sqimage_inode *i, struct budget *b) {
    uint64_t at[] = {0, i->size / 2, i->size > 5 ? i->size - 5 : 0, i->size};
    for (size_t k = 0; k < sizeof at / sizeof *at; k++) {
        uint64_t left = i->size - at[k], n = left < PIECE ? left : PIECE;
        int64_t got = sqimage_read(s, i, at[k], b->piece, PIECE);
        if (got >= 0 && (uint64_t)got != n)
            abort();
    }
}

static void see(struct sqimage *s, uint64_t ref, unsigned depth, struct budget *b) {
    struct sqimage_inode i;
    struct sqdir d;
    struct sqdir_entry e, again;
    char target[SQIMAGE_LINK_MAX + 1];

    if (depth > DEPTH || sqimage_inode(s, ref, &i))
        return;
    if (i.kind == SQIMAGE_FILE)
        read_some(s, &i, b);
    if (i.kind == SQIMAGE_LINK && !sqimage_target(s, &i, target) && strlen(target) != i.size)
        abort();
    if (sqdir_open(s, &i, &d))
        return;
    while (b->entries && sqdir_next(s, &d, &e) > 0) {
        b->entries--;
        if (e.n > SQDIR_NAME_MAX || strlen(e.name) != e.n || strchr(e.name, '/'))
            abort();
        if (!sqdir_find(s, &i, e.name, e.n, &again) && strcmp(e.name, again.name) != 0)
            abort();
        see(s, e.ref, depth + 1, b);
    }
}

/* A SquashFS image, as the AppImage runtime reads it. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    static int fd = -1;
    struct sqimage s;
    const char *why = "";
    struct budget b = {ENTRIES, malloc(PIECE)};

    if (fd < 0)
        fd = memfd_create("image", 0);
    if (!b.piece || ftruncate(fd, 0) || pwrite(fd, p, n, 0) != (ssize_t)n)
        abort();
    if (!sqimage_open(&s, fd, 0, n, &why)) {
        see(&s, s.root, 0, &b);
        sqimage_close(&s);
    } else if (!*why) {
        abort();
    }
    free(b.piece);
    return 0;
}
