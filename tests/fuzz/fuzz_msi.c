/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz_file.h"
#include "pack/msiread.h"

#include <stdlib.h>

/* A whole installer package. Whatever is listed lies below the root. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    AUTO(arena) a = {0};
    struct infile f = fuzz_file(p, n);
    struct tree found = {.mem = &a};
    struct value *facts = value_new(&a, VALUE_MAP);
    struct err e = {0};

    if (msiread_list(&f, &a, &found, facts, &e))
        return 0;
    for (size_t i = 0; i < found.n; i++)
        if (tree_path_ok(found.v[i].path, &e))
            abort();
    return 0;
}
