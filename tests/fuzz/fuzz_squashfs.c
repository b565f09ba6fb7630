/* SPDX-License-Identifier: Apache-2.0 */
#include "container/squashfs.h"
#include "fuzz_file.h"

#include <stdlib.h>
#include <string.h>

static int see(void *self, const struct squashfs_entry *x, struct source *data, struct err *e) {
    unsigned *n = self;
    struct str rest = x->path;
    char block[1000];

    while (rest.n) {
        struct str name = str_split(&rest, '/');

        if (!name.n || str_is(name, ".") || str_is(name, "..") || memchr(name.p, 0, name.n))
            abort();
    }
    if (x->link > *n)
        abort();
    for (size_t i = 0; i < x->n_xattrs; i++)
        if (!x->xattrs[i].name.n)
            abort();
    if (x->path.n % 2) /* some stay unread, and a bomb costs time and nothing else */
        while (source_get(data, block, sizeof block) == sizeof block && data->at < 1 << 20)
            ;
    return ++*n > 1000 ? err_set(e, E_INPUT, "enough") : OK;
}

/* A whole image. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    struct infile f = fuzz_file(p, n);
    struct err e = {0};
    unsigned entries = 0;

    (void)!squashfs_read(&f, 0, NULL, see, &entries, &e);
    return 0;
}
