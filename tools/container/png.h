/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* Icons: PNG in and out by libpng, and made smaller. */
enum { PNG_SIDE_MAX = 4096 };

struct png { /* 8-bit sRGB with straight alpha, rows from the top */
    uint32_t width, height;
    unsigned char *rgba;
};

bool png_magic(const void *head, size_t n);

/* Any PNG as RGBA; more than PNG_SIDE_MAX a side, or damage, is E_INPUT. Messages name `name`. */
int png_read(struct str bytes, const char *name, struct arena *mem, struct png *img,
             struct err *e) MUST_USE;

/* A PNG file with nothing but the picture in it: the same bytes for the same pixels. */
int png_write(const struct png *img, struct buf *out, struct err *e) MUST_USE;

/* A smaller picture: each new pixel is the mean of the area it covers, in linear light and weighted
 * by alpha, in integers. `side` is not larger than the square picture's. */
void png_shrink(const struct png *img, uint32_t side, struct arena *mem, struct png *out);
