/* SPDX-License-Identifier: Apache-2.0 */
#include "text/value.h"

#include <stdlib.h>

/* What is read is written and read back. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    AUTO(arena) a = {0};
    AUTO(buf) out = BUF_NONE;
    struct err e = {0};
    struct value *v, *w;

    if (value_json((struct str){(const char *)p, n}, "t", &a, &v, &e))
        return 0;
    buf_init(&out, 16 << 20);
    value_write_json(v, true, &out);
    if (!out.over && value_json(buf_get(&out), "t", &a, &w, &e))
        abort();
    return 0;
}
