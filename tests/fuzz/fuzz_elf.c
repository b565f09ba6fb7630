/* SPDX-License-Identifier: Apache-2.0 */
#include "container/elf.h"
#include "container/elfstrip.h"

#include <stdlib.h>
#include <unistd.h>

/* A whole ELF file. What elfstrip plans must lie inside of it and add up. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    static int fd = -1;
    AUTO(arena) a = {0};
    struct infile f = {.size = n, .name = "fuzz"};
    struct elf x;
    struct elfstrip s;
    struct err e = {0};
    uint64_t sum = 0;

    if (fd < 0) {
        char name[] = "/tmp/fuzz-elf-XXXXXX";

        fd = mkstemp(name);
        unlink(name);
    }
    if (ftruncate(fd, 0) || pwrite(fd, p, n, 0) != (ssize_t)n)
        abort();
    f.fd = fd;
    (void)!elf_read(&f, &a, &x, &e);
    if (elfstrip_plan(&f, &a, &s, &e))
        return 0;
    for (size_t i = 0; i < s.n; i++) {
        if (!s.v[i].data && (s.v[i].at > n || s.v[i].n > n - s.v[i].at))
            abort();
        sum += s.v[i].n;
    }
    if (sum != s.size)
        abort();
    return 0;
}
