/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz_file.h"
#include "os/fsys.h"
#include "repo/apt_index.h"

#include <stdlib.h>

/* A package: what is said of it is one paragraph of an index. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    static const struct apt_deb_opts opts = {.component = {"main", 4}};
    AUTO(arena) mem = {0};
    struct infile f = fuzz_file(p, n);
    struct apt_index ix = {.mem = &mem};
    struct apt_deb d;
    struct err e = {0};

    if (fsys_stat(FSYS_HERE, arena_fmt(&mem, "/proc/self/fd/%d", f.fd), &f.st, &e))
        abort();
    if (!apt_deb_read(&f, &opts, &mem, &d, &e) &&
        (apt_index_parse(d.text, "t", &ix, &e) || ix.n != 1 || !str_eq(ix.v[0].name, d.name)))
        abort();
    return 0;
}
