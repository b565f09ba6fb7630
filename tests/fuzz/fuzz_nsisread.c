/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz_file.h"
#include "pack/nsisread.h"

#include <stdlib.h>

/* A whole program made by NSIS. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    AUTO(arena) a = {0};
    struct infile f = fuzz_file(p, n);
    struct tree found = {.mem = &a};
    struct value *facts = value_new(&a, VALUE_MAP);
    struct err e = {0};

    if (nsisread_sniff(p, n < 1024 ? n : 1024) && !nsisread_list(&f, &a, &found, facts, &e) &&
        (found.n || !value_text(facts, "Kind").n))
        abort();
    return 0;
}
