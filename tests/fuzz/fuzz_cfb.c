/* SPDX-License-Identifier: Apache-2.0 */
#include "container/cfb.h"
#include "fuzz_file.h"

#include <stdlib.h>

/* A whole file, all of whose streams are read. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    struct infile f = fuzz_file(p, n);
    struct arena mem = {0};
    struct err e = {0};
    struct cfb_file c;
    uint64_t all = 0;

    if (!cfb_open(&c, &f, &mem, &e))
        for (size_t i = 0; i < c.n_entries; i++) {
            struct str name = cfb_name_str(&mem, &c.entry[i].name);
            char block[3000];
            struct cfb_at at;
            struct source s;
            size_t got;

            if (!str_utf8(name))
                abort();
            cfb_source(&s, &at, &c, i);
            while ((got = source_get(&s, block, sizeof block)) > 0)
                all += got;
            source_drop(&s);
        }
    if (all > n) /* no byte is in two streams */
        abort();
    arena_drop(&mem);
    return 0;
}
