/* SPDX-License-Identifier: Apache-2.0 */
#include "text/deb822.h"

#include <stdlib.h>

/* What is read is written and read back as the same fields. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    AUTO(arena) a = {0};
    AUTO(buf) out = BUF_NONE;
    struct err e = {0};
    struct deb822_para *v, *w;
    size_t nv, nw;

    if (deb822_read((struct str){(const char *)p, n}, "t", &a, &v, &nv, &e) || !nv)
        return 0;
    buf_init(&out, 16 << 20);
    for (size_t i = 0; i < v[0].n; i++)
        deb822_put(&out, str_z(&a, v[0].v[i].name), v[0].v[i].value);
    if (deb822_read(buf_get(&out), "t", &a, &w, &nw, &e) || nw > 1)
        abort();
    return 0;
}
