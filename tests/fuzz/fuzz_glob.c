/* SPDX-License-Identifier: Apache-2.0 */
#include "os/glob.h"

/* A pattern, a newline and a path. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    struct str rest = {(const char *)p, n}, pattern = str_split(&rest, '\n');

    glob_base(pattern);
    return glob_magic(pattern) && glob_match(pattern, rest) ? 0 : 0;
}
