/* SPDX-License-Identifier: Apache-2.0 */
#include "container/elf.h"
#include "container/elfstrip.h"
#include "fuzz_file.h"

#include <stdlib.h>

/* A whole ELF file. What elfstrip plans must lie inside of it and add up. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    AUTO(arena) a = {0};
    struct infile f = fuzz_file(p, n);
    struct elf x;
    struct elfstrip s;
    struct err e = {0};
    uint64_t sum = 0;

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
