/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/nsisread.h"

#include <stdlib.h>
#include <unistd.h>

/* A whole program made by NSIS. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    static int fd = -1;
    AUTO(arena) a = {0};
    struct infile f = {.size = n, .name = "fuzz"};
    struct tree found = {.mem = &a};
    struct value *facts = value_new(&a, VALUE_MAP);
    struct err e = {0};

    if (fd < 0) {
        char name[] = "/tmp/fuzz-nsisread-XXXXXX";

        fd = mkstemp(name);
        unlink(name);
    }
    if (ftruncate(fd, 0) || pwrite(fd, p, n, 0) != (ssize_t)n)
        abort();
    f.fd = fd;
    if (nsisread_sniff(p, n < 1024 ? n : 1024) && !nsisread_list(&f, &a, &found, facts, &e) &&
        (found.n || !value_text(facts, "Kind").n))
        abort();
    return 0;
}
