/* SPDX-License-Identifier: Apache-2.0 */
#include "container/cab.h"

#include <stdlib.h>
#include <string.h>

static int see(void *self, const struct cab_entry *x, struct source *data, struct err *e) {
    unsigned *n = self;
    static char block[50000];
    uint64_t all = 0;
    size_t got;

    if (!str_utf8(x->name))
        abort();
    if (!data || (x->name.n && x->name.p[0] == 'u')) /* some stay unread */
        return OK;
    while (all < 1 << 22 &&
           (got = source_get(data, block, sizeof block)) > 0) /* a bomb costs time */
        all += got;
    if (all > x->size || (*n += 1 + (unsigned)(all >> 15)) > 300)
        return err_set(e, E_INPUT, "enough");
    return OK;
}

struct bytes {
    const unsigned char *p;
    size_t n;
};

static int read_bytes(void *self, uint64_t at, void *p, size_t n, struct err *e) {
    const struct bytes *b = self;

    if (at > b->n || n > b->n - at)
        return err_set(e, E_INPUT, "the end");
    memcpy(p, b->p + at, n);
    return OK;
}

/* A whole cabinet. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    struct bytes b = {p, n};
    AUTO(arena) mem = {0};
    struct cab_about about;

    for (int any = 0; any < 2; any++) {
        const struct cab_in in = {
            .read = read_bytes, .self = &b, .size = n, .name = "fuzz", .any = any};
        struct err e = {0};
        unsigned seen = 0;

        (void)!cab_read(&in, see, &seen, &e);
        e = (struct err){0};
        (void)!cab_about(&in, &mem, &about, &e);
    }
    return 0;
}
