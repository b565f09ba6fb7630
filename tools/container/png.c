/* SPDX-License-Identifier: Apache-2.0 */
#include "container/png.h"

#include <png.h>
#include <string.h>

bool png_magic(const void *head, size_t n) {
    return n >= 8 && !memcmp(head, "\x89PNG\r\n\x1a\n", 8);
}

int png_read(struct str bytes, const char *name, struct arena *mem, struct png *img,
             struct err *e) {
    png_image p = {.version = PNG_IMAGE_VERSION};

    *img = (struct png){0};
    if (!png_magic(bytes.p, bytes.n))
        return err_set(e, E_INPUT, "%s: not a PNG file", name);
    if (!png_image_begin_read_from_memory(&p, bytes.p, bytes.n))
        return err_set(e, E_INPUT, "%s: damaged PNG file: %s", name, p.message);
    if (!p.width || !p.height || p.width > PNG_SIDE_MAX || p.height > PNG_SIDE_MAX) {
        png_image_free(&p);
        return err_set(e, E_INPUT, "%s: %u x %u pixels; at most %d a side are taken", name,
                       (unsigned)p.width, (unsigned)p.height, PNG_SIDE_MAX);
    }
    p.format = PNG_FORMAT_RGBA;
    img->width = p.width;
    img->height = p.height;
    img->rgba = arena_array(mem, (size_t)p.width * p.height, 4);
    if (!png_image_finish_read(&p, NULL, img->rgba, 0, NULL)) {
        *img = (struct png){0};
        return err_set(e, E_INPUT, "%s: damaged PNG file: %s", name, p.message);
    }
    return 0;
}

int png_write(const struct png *img, struct buf *out, struct err *e) {
    AUTO(arena) scratch = {0};
    png_image p = {.version = PNG_IMAGE_VERSION,
                   .width = img->width,
                   .height = img->height,
                   .format = PNG_FORMAT_RGBA};
    png_alloc_size_t n = PNG_IMAGE_PNG_SIZE_MAX(p);
    void *bytes = arena_alloc(&scratch, n);

    if (!png_image_write_to_memory(&p, bytes, &n, 0, img->rgba, 0, NULL))
        return err_set(e, E_BUG, "a PNG file cannot be written: %s", p.message);
    buf_put(out, bytes, n);
    return buf_check(out, "an icon", e);
}

/* sRGB (IEC 61966-2-1) as linear light of 16 bits. A table and not a formula: the C library's pow()
 * differs from machine to machine. */
static const uint16_t linear[256] = {
    0,     20,    40,    60,    80,    99,    119,   139,   159,   179,   199,   219,   241,
    264,   288,   313,   340,   367,   396,   427,   458,   491,   526,   562,   599,   637,
    677,   718,   761,   805,   851,   898,   947,   997,   1048,  1101,  1156,  1212,  1270,
    1330,  1391,  1453,  1517,  1583,  1651,  1720,  1790,  1863,  1937,  2013,  2090,  2170,
    2250,  2333,  2418,  2504,  2592,  2681,  2773,  2866,  2961,  3058,  3157,  3258,  3360,
    3464,  3570,  3678,  3788,  3900,  4014,  4129,  4247,  4366,  4488,  4611,  4736,  4864,
    4993,  5124,  5257,  5392,  5530,  5669,  5810,  5953,  6099,  6246,  6395,  6547,  6700,
    6856,  7014,  7174,  7335,  7500,  7666,  7834,  8004,  8177,  8352,  8528,  8708,  8889,
    9072,  9258,  9445,  9635,  9828,  10022, 10219, 10417, 10619, 10822, 11028, 11235, 11446,
    11658, 11873, 12090, 12309, 12530, 12754, 12980, 13209, 13440, 13673, 13909, 14146, 14387,
    14629, 14874, 15122, 15371, 15623, 15878, 16135, 16394, 16656, 16920, 17187, 17456, 17727,
    18001, 18277, 18556, 18837, 19121, 19407, 19696, 19987, 20281, 20577, 20876, 21177, 21481,
    21787, 22096, 22407, 22721, 23038, 23357, 23678, 24002, 24329, 24658, 24990, 25325, 25662,
    26001, 26344, 26688, 27036, 27386, 27739, 28094, 28452, 28813, 29176, 29542, 29911, 30282,
    30656, 31033, 31412, 31794, 32179, 32567, 32957, 33350, 33745, 34143, 34544, 34948, 35355,
    35764, 36176, 36591, 37008, 37429, 37852, 38278, 38706, 39138, 39572, 40009, 40449, 40891,
    41337, 41785, 42236, 42690, 43147, 43606, 44069, 44534, 45002, 45473, 45947, 46423, 46903,
    47385, 47871, 48359, 48850, 49344, 49841, 50341, 50844, 51349, 51858, 52369, 52884, 53401,
    53921, 54445, 54971, 55500, 56032, 56567, 57105, 57646, 58190, 58737, 59287, 59840, 60396,
    60955, 61517, 62082, 62650, 63221, 63795, 64372, 64952, 65535};

static unsigned char to_srgb(uint64_t light) {
    unsigned lo = 0, hi = 255;

    while (lo < hi) { /* the smallest value that is not darker */
        unsigned mid = (lo + hi) / 2;

        if (linear[mid] < light)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo && light - linear[lo - 1] < linear[lo] - light)
        lo--;
    return (unsigned char)lo;
}

struct sum {
    uint64_t alpha, light[3]; /* light times alpha */
};

/* Adds a row of the picture to the sums of the new row's pixels. Lengths are measured in units of
 * 1/side of an old pixel, so that every overlap is a whole number. */
static void add_row(const struct png *img, uint32_t y, uint64_t height, uint32_t side,
                    struct sum *sums) {
    const unsigned char *p = img->rgba + (size_t)y * img->width * 4;
    uint64_t old = side, wide = img->width; /* widths of an old and a new pixel in units */

    for (uint32_t x = 0; x < img->width; x++, p += 4) {
        uint64_t from = x * old, end = from + old;

        while (from < end && p[3]) {
            uint64_t i = from / wide, stop = (i + 1) * wide < end ? (i + 1) * wide : end;
            uint64_t weight = (stop - from) * height * p[3];

            sums[i].alpha += weight;
            for (int c = 0; c < 3; c++)
                sums[i].light[c] += weight * linear[p[c]];
            from = stop;
        }
    }
}

static void put_row(const struct sum *sums, uint32_t side, uint64_t area, unsigned char *to) {
    for (uint32_t i = 0; i < side; i++, to += 4) {
        const struct sum *s = &sums[i];

        to[3] = (unsigned char)((s->alpha + area / 2) / area);
        for (int c = 0; c < 3 && to[3]; c++)
            to[c] = to_srgb((s->light[c] + s->alpha / 2) / s->alpha);
    }
}

void png_shrink(const struct png *img, uint32_t side, struct arena *mem, struct png *out) {
    AUTO(arena) scratch = {0};
    struct sum *sums = arena_array(&scratch, side, sizeof *sums);
    uint64_t old = side, tall = img->height;

    *out = (struct png){side, side, arena_array(mem, (size_t)side * side, 4)};
    for (uint32_t i = 0; i < side; i++) {
        uint64_t from = i * tall, end = from + tall;

        memset(sums, 0, side * sizeof *sums);
        while (from < end) {
            uint64_t y = from / old, stop = (y + 1) * old < end ? (y + 1) * old : end;

            add_row(img, (uint32_t)y, stop - from, side, sums);
            from = stop;
        }
        put_row(sums, side, (uint64_t)img->width * tall, out->rgba + (size_t)i * side * 4);
    }
}
