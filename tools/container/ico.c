/* SPDX-License-Identifier: Apache-2.0 */
#include "container/ico.h"

#include "base/bytes.h"

enum {
    HEAD = 6,
    ROW = 16,
    BMP_HEAD = 40,
    PNG_MAX = 4 << 20,
    BITS = 32,
    BMP_HEAD_MAX = 124,
    SIDE_MAX = 1024,
    RESOURCE_ICON = 1
};

/* What lists, menus, task bar and tiles ask for at 100 to 200 % scaling. */
static const uint32_t sides[] = {16, 20, 24, 32, 40, 48, 64, 128, 256};

/* A picture as a bitmap, colours above a mask, is all there; one as PNG begins like one. */
static bool picture_valid(const unsigned char *p, uint32_t size) {
    uint32_t head, width, height, bits, colours;
    uint64_t rows, mask;

    if (png_magic(p, size))
        return true;
    head = bytes_le32(p);
    width = bytes_le32(p + 4);
    height = bytes_le32(p + 8) / 2;
    bits = bytes_le16(p + 14);
    colours = bytes_le32(p + 32);
    if (head < BMP_HEAD || head > BMP_HEAD_MAX || !width || !height || width > SIDE_MAX ||
        height > SIDE_MAX || bits > BITS || bytes_le32(p + 16) != 0)
        return false;
    if (bits != 1 && bits != 4 && bits != 8 && bits != 16 && bits != 24 && bits != 32)
        return false;
    colours = bits > 8 ? 0 : colours && colours <= 1u << bits ? colours : 1u << bits;
    rows = ((uint64_t)width * bits + 31) / 32 * 4 * height;
    mask = bits == BITS ? 0 : ((uint64_t)width + 31) / 32 * 4 * height; /* alpha is one too */
    return head + (uint64_t)colours * 4 + rows + mask <= size;
}

bool ico_valid(struct str bytes) {
    const unsigned char *p = (const unsigned char *)bytes.p;
    unsigned n;

    if (bytes.n < HEAD || bytes_le16(p) != 0 || bytes_le16(p + 2) != RESOURCE_ICON)
        return false;
    n = bytes_le16(p + 4);
    if (!n || n > ICO_IMAGES_MAX || bytes.n < HEAD + n * ROW)
        return false;
    for (unsigned i = 0; i < n; i++) {
        const unsigned char *row = p + HEAD + i * ROW;
        uint32_t size = bytes_le32(row + 8), at = bytes_le32(row + 12);

        if (size < BMP_HEAD || at < HEAD + n * ROW || at > bytes.n || size > bytes.n - at ||
            !picture_valid(p + at, size))
            return false;
    }
    return true;
}

/* A bitmap as icons have it: no file header, twice the height, rows from the bottom, and behind the
 * colours a mask of one bit a pixel for programs that know no alpha. */
static void put_bmp(const struct png *img, struct buf *out) {
    uint32_t side = img->width, mask_row = (side + 31) / 32 * 4;
    unsigned char head[BMP_HEAD] = {0};

    bytes_put_le32(head, BMP_HEAD);
    bytes_put_le32(head + 4, side);
    bytes_put_le32(head + 8, side * 2);
    bytes_put_le16(head + 12, 1);
    bytes_put_le16(head + 14, BITS);
    bytes_put_le32(head + 20, side * side * 4 + mask_row * side);
    buf_put(out, head, sizeof head);
    for (uint32_t y = side; y-- > 0;)
        for (uint32_t x = 0; x < side; x++) {
            const unsigned char *p = img->rgba + ((size_t)y * side + x) * 4;
            const unsigned char bgra[4] = {p[2], p[1], p[0], p[3]};

            buf_put(out, bgra, sizeof bgra);
        }
    for (uint32_t y = side; y-- > 0;)
        for (uint32_t x = 0; x < mask_row * 8; x += 8) {
            unsigned bits = 0;

            for (uint32_t k = 0; k < 8; k++)
                if (x + k >= side || img->rgba[((size_t)y * side + x + k) * 4 + 3] < 128)
                    bits |= 128u >> k;
            buf_c(out, (char)bits);
        }
}

int ico_write(const struct png *img, struct buf *out, struct err *e) {
    AUTO(arena) scratch = {0};
    AUTO(buf) data = BUF_NONE;
    unsigned char head[HEAD + ROW * COUNT(sides)] = {0};

    if (img->width != img->height || img->width < ICO_LARGEST)
        return err_set(e, E_INPUT, "%u x %u pixels; an icon is square and at least %d wide",
                       (unsigned)img->width, (unsigned)img->height, ICO_LARGEST);
    buf_init(&data, PNG_MAX);
    bytes_put_le16(head + 2, RESOURCE_ICON);
    bytes_put_le16(head + 4, COUNT(sides));
    for (size_t i = 0; i < COUNT(sides); i++) {
        unsigned char *row = head + HEAD + i * ROW;
        size_t from = data.n;
        struct png small;

        png_shrink(img, sides[i], &scratch, &small);
        if (sides[i] < ICO_LARGEST)
            put_bmp(&small, &data);
        else if (png_write(&small, &data, e)) /* the largest one may be a PNG since Vista */
            return (int)e->code;
        row[0] = row[1] = (unsigned char)(sides[i] & 255); /* 0: 256 */
        bytes_put_le16(row + 4, 1);
        bytes_put_le16(row + 6, BITS);
        bytes_put_le32(row + 8, (uint32_t)(data.n - from));
        bytes_put_le32(row + 12, (uint32_t)(sizeof head + from));
    }
    buf_put(out, head, sizeof head);
    buf_str(out, buf_get(&data));
    return buf_check(out, "an icon", e);
}
