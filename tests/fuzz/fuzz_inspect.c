/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/inspect.h"
#include "flow/verify_inside.h"
#include "fuzz_file.h"

#include <stdlib.h>

/* A file of any kind: what it is, what is in it, and who signed it. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    AUTO(arena) a = {0};
    struct infile f = fuzz_file(p, n);
    struct report bad = {.mem = &a};
    struct value *list;
    struct inspect what;
    struct err e = {0};

    if (!inspect_infile(&f, "fuzz", &a, &what, &e)) {
        for (size_t i = 0; i < what.files.n; i++)
            if (tree_path_ok(what.files.v[i].path, &e))
                abort();
    } else if (!e.code || !e.msg[0]) {
        abort();
    }
    e = (struct err){0};
    (void)!verify_inside(&f, NULL, (struct str){0}, &a, &list, &bad, &e);
    return 0;
}
