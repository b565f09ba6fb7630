/* SPDX-License-Identifier: Apache-2.0 */
#include "container/zip.h"
#include "fuzz_file.h"

#include <stdlib.h>

static int see(void *self, const struct zip_entry *x, struct source *data, struct err *e) {
    unsigned *n = self;
    char block[100];

    if (!str_utf8(x->name))
        abort();
    if (x->size > 1 << 20) /* a bomb costs time, and nothing else */
        return err_set(e, E_INPUT, "enough");
    if (x->name.n && x->name.p[0] != 'u') /* some stay unread */
        while (source_get(data, block, sizeof block) == sizeof block)
            ;
    return ++*n > 1000 ? err_set(e, E_INPUT, "enough") : OK;
}

/* A whole archive. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    struct infile f = fuzz_file(p, n);
    struct err e = {0};
    unsigned entries = 0;

    (void)!zip_read(&f, see, &entries, &e);
    return 0;
}
