/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/png.h"

/* Icons of Windows: one file with the picture in several sizes. */
enum { ICO_LARGEST = 256, ICO_IMAGES_MAX = 64 };

/* Is it one: the head of the file says so, all it lists lies inside the file, and each picture is a
 * bitmap that is all there, or begins like a PNG. */
bool ico_valid(struct str bytes);

/* The sizes that Windows asks for, 16 to 256 pixels wide, each made smaller from a square picture
 * that has 256 at least. The same bytes for the same pixels. */
int ico_write(const struct png *img, struct buf *out, struct err *e) MUST_USE;
