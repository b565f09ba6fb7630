/* SPDX-License-Identifier: Apache-2.0 */
#include "text/tmpl.h"

static const char vars_text[] = "name: hello\nyes: true\nno: false\nempty: ''\nlist: [1, {a: x}]\n"
                                "map: { a: { b: c } }\nlong: \"a\\n\\n'\\\"<&>\"\n";

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    AUTO(arena) a = {0};
    AUTO(buf) out = BUF_NONE;
    struct err e = {0};
    struct value *vars;

    buf_init(&out, 1 << 16);
    if (value_yaml(STR(vars_text), "vars", &a, &vars, &e))
        return 0;
    return tmpl_expand((struct str){(const char *)p, n}, "t", vars, &out, &e) ? 0 : 0;
}
