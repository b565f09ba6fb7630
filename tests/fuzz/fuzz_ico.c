/* SPDX-License-Identifier: Apache-2.0 */
#include "container/ico.h"
#include "container/pe_res.h"

#include <stdlib.h>

/* An icon that becomes a program's; or a picture that becomes an icon. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    AUTO(arena) mem = {0};
    struct pe_res_list l = {.mem = &mem};
    struct str bytes = {(const char *)p, n};
    AUTO(buf) out = BUF_NONE;
    struct err e = {0};
    struct png img;

    buf_init(&out, 16 << 20);
    if (ico_valid(bytes)) {
        for (int again = 0; again < 2; again++) /* the second one in the place of the first */
            if (pe_res_set_icon(&l, bytes, &e) || !pe_res_find(&l, PE_RES_GROUP_ICON) || l.n < 2)
                abort();
    } else if (png_magic(p, n) && !png_read(bytes, "fuzz", &mem, &img, &e) &&
               !ico_write(&img, &out, &e) && !ico_valid(buf_get(&out)))
        abort();
    return 0;
}
