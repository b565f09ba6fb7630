/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/changes_text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    AUTO(arena) a = {0};
    struct err e = {0};
    struct recipe_change *v;
    size_t count;

    if (changes_text_read((struct str){(const char *)p, n}, "t", &a, &v, &count, &e))
        return 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < v[i].n_items; k++)
            if (!v[i].items[k].n || str_find(v[i].items[k], '\n') < v[i].items[k].n)
                abort();
    return 0;
}
