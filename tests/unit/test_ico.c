/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "container/ico.h"
#include "unit/cmocka_all.h"

#include <string.h>

static struct png picture(struct arena *a, uint32_t side) {
    struct png p = {side, side, arena_array(a, (size_t)side * side, 4)};

    for (size_t i = 0; i < (size_t)side * side; i++)
        memcpy(p.rgba + i * 4, (unsigned char[]){10, 20, 30, i < side ? 255 : 0}, 4);
    return p;
}

/* The layout of ICONDIR, ICONDIRENTRY and BITMAPINFOHEADER. */
static void holds_every_size(void **state) {
    (void)state;
    static const unsigned sides[] = {16, 20, 24, 32, 40, 48, 64, 128, 0};
    AUTO(arena) a = {0};
    AUTO(buf) out = BUF_NONE;
    struct png p = picture(&a, 512);
    struct err e = {0};
    const unsigned char *b, *last, *bmp;

    buf_init(&out, 1 << 20);
    assert_int_equal(ico_write(&p, &out, &e), 0);
    assert_true(ico_valid(buf_get(&out)));
    b = (const unsigned char *)out.p;
    assert_int_equal(bytes_le16(b + 4), COUNT(sides));
    for (size_t i = 0; i < COUNT(sides); i++)
        assert_int_equal(b[6 + i * 16], sides[i]);
    last = b + 6 + (COUNT(sides) - 1) * 16;
    assert_true(png_magic(b + bytes_le32(last + 12), 8));
    assert_int_equal(bytes_le32(last + 12) + bytes_le32(last + 8), out.n);
    bmp = b + bytes_le32(b + 6 + 12);
    assert_int_equal(bytes_le32(bmp), 40);
    assert_int_equal(bytes_le32(bmp + 8), 32); /* colours and mask, one upon the other */
    assert_int_equal(bytes_le32(b + 6 + 8), 40 + 16 * 16 * 4 + 16 * 4);
    /* rows from the bottom: the first one is invisible, and masked */
    assert_int_equal(bmp[40 + 3], 0);
    assert_int_equal(bmp[40 + 16 * 16 * 4], 0xff);
}

static void refuses_what_is_small_or_broken(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    AUTO(buf) out = BUF_NONE;
    struct png p = picture(&a, 255);
    struct err e = {0};

    buf_init(&out, 1 << 20);
    assert_int_equal(ico_write(&p, &out, &e), E_INPUT);
    p = picture(&a, 256);
    assert_int_equal(ico_write(&p, &out, &e), 0);
    for (size_t n = 0; n < out.n; n += n < 200 ? 1 : 1000)
        assert_false(ico_valid(str_cut(buf_get(&out), 0, n)));
    bytes_put_le32((unsigned char *)out.p + bytes_le32((unsigned char *)out.p + 18) + 4, 5000);
    assert_false(ico_valid(buf_get(&out))); /* wider than its bytes */
    bytes_put_le32((unsigned char *)out.p + bytes_le32((unsigned char *)out.p + 18) + 4, 16);
    assert_true(ico_valid(buf_get(&out)));
    out.p[6 + 8] = (char)0xff;
    out.p[6 + 11] = (char)0xff;
    assert_false(ico_valid(buf_get(&out)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_every_size),
        cmocka_unit_test(refuses_what_is_small_or_broken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
