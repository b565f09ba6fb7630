/* SPDX-License-Identifier: Apache-2.0 */
#include "container/png.h"

/* A PNG file, read and made smaller. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    AUTO(arena) a = {0};
    struct png img, small;
    struct err e = {0};

    if (!png_read((struct str){(const char *)p, n}, "fuzz", &a, &img, &e) &&
        img.width == img.height && img.width >= 16 && img.width <= 256)
        png_shrink(&img, 16, &a, &small);
    return 0;
}
