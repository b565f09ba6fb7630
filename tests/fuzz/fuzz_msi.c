/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msiread.h"

#include <stdlib.h>
#include <unistd.h>

/* A whole installer package. Whatever is listed lies below the root. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    static int fd = -1;
    AUTO(arena) a = {0};
    struct infile f = {.size = n, .name = "fuzz"};
    struct tree found = {.mem = &a};
    struct value *facts = value_new(&a, VALUE_MAP);
    struct err e = {0};

    if (fd < 0) {
        char name[] = "/tmp/fuzz-msi-XXXXXX";

        fd = mkstemp(name);
        unlink(name);
    }
    if (ftruncate(fd, 0) || pwrite(fd, p, n, 0) != (ssize_t)n)
        abort();
    f.fd = fd;
    if (msiread_list(&f, &a, &found, facts, &e))
        return 0;
    for (size_t i = 0; i < found.n; i++)
        if (tree_path_ok(found.v[i].path, &e))
            abort();
    return 0;
}
