/* SPDX-License-Identifier: Apache-2.0 */
#include "model/release.h"

#include <stdlib.h>

/* What is read is written and read back; no name leaves the folder. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    AUTO(arena) a = {0};
    AUTO(buf) out = BUF_NONE;
    struct err e = {0};
    struct release r, s;

    if (release_read((struct str){(const char *)p, n}, "t", &a, &r, &e))
        return 0;
    for (size_t i = 0; i < r.n; i++)
        if (str_starts(r.v[i].name, "/") || str_starts(r.v[i].name, "../") ||
            str_has(r.v[i].name, "/../") || str_ends(r.v[i].name, "/.."))
            abort();
    buf_init(&out, 64 << 20);
    release_write(&r, &out);
    if (release_read(buf_get(&out), "t", &a, &s, &e) || s.n != r.n)
        abort();
    return 0;
}
