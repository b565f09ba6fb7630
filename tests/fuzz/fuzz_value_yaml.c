/* SPDX-License-Identifier: Apache-2.0 */
#include "text/value.h"

#include <stdlib.h>

/* What is read is written and read back. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    AUTO(arena) a = {0};
    AUTO(buf) out = BUF_NONE;
    AUTO(buf) again = BUF_NONE;
    struct err e = {0};
    struct value *v, *w;

    if (value_yaml((struct str){(const char *)p, n}, "t", &a, &v, &e))
        return 0;
    buf_init(&out, 16 << 20);
    buf_init(&again, 16 << 20);
    value_write_yaml(v, &out);
    if (out.over || out.n > 4 << 20)
        return 0;
    if (value_yaml(buf_get(&out), "t", &a, &w, &e))
        abort();
    value_write_yaml(w, &again);
    if (!str_eq(buf_get(&out), buf_get(&again)))
        abort();
    return 0;
}
