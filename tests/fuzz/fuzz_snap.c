/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz_file.h"
#include "pack/snap.h"

#include <stdlib.h>

/* A whole snap. Whatever is listed lies below the root, and a snap has a name. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    AUTO(arena) a = {0};
    struct infile f = fuzz_file(p, n);
    struct tree found = {.mem = &a};
    struct value *facts = value_new(&a, VALUE_MAP);
    struct err e = {0};

    if (snap_packager.list(&f, &a, &found, facts, &e))
        return 0;
    for (size_t i = 0; i < found.n; i++)
        if (tree_path_ok(found.v[i].path, &e))
            abort();
    if (!value_text(facts, "Name").n)
        abort();
    return 0;
}
