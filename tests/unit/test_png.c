/* SPDX-License-Identifier: Apache-2.0 */
#include "container/png.h"
#include "unit/cmocka_all.h"

#include <string.h>

static struct png picture(struct arena *a, uint32_t side) {
    return (struct png){side, side, arena_array(a, (size_t)side * side, 4)};
}

static void set(struct png *p, uint32_t x, uint32_t y, const unsigned char rgba[4]) {
    memcpy(p->rgba + ((size_t)y * p->width + x) * 4, rgba, 4);
}

static const unsigned char *get(const struct png *p, uint32_t x, uint32_t y) {
    return p->rgba + ((size_t)y * p->width + x) * 4;
}

static void comes_back(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    AUTO(buf) out = BUF_NONE, twice = BUF_NONE;
    struct png p = picture(&a, 33), q;
    struct err e = {0};

    for (uint32_t i = 0; i < 33 * 33; i++)
        set(&p, i % 33, i / 33,
            (unsigned char[]){(unsigned char)i, 7, 200, (unsigned char)(i / 5)});
    buf_init(&out, 1 << 20);
    buf_init(&twice, 1 << 20);
    assert_int_equal(png_write(&p, &out, &e), 0);
    assert_int_equal(png_write(&p, &twice, &e), 0);
    assert_true(str_eq(buf_get(&out), buf_get(&twice)));
    assert_int_equal(png_read(buf_get(&out), "x.png", &a, &q, &e), 0);
    assert_int_equal(q.width, 33);
    assert_memory_equal(p.rgba, q.rgba, 33 * 33 * 4);
}

/* Half black, half white is the grey of half the light, not of half the number. */
static void mixes_light_not_numbers(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct png p = picture(&a, 2), q;

    set(&p, 0, 0, (unsigned char[]){0, 0, 0, 255});
    set(&p, 1, 0, (unsigned char[]){255, 255, 255, 255});
    set(&p, 0, 1, (unsigned char[]){255, 255, 255, 255});
    set(&p, 1, 1, (unsigned char[]){0, 0, 0, 255});
    png_shrink(&p, 1, &a, &q);
    assert_memory_equal(get(&q, 0, 0), ((unsigned char[]){188, 188, 188, 255}), 4);
}

/* The colour of what cannot be seen must not bleed into the edge. */
static void ignores_invisible_colour(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct png p = picture(&a, 2), q;

    for (uint32_t i = 0; i < 4; i++)
        set(&p, i % 2, i / 2,
            i ? (unsigned char[]){0, 255, 0, 0} : (unsigned char[]){200, 10, 0, 255});
    png_shrink(&p, 1, &a, &q);
    assert_memory_equal(get(&q, 0, 0), ((unsigned char[]){200, 10, 0, 64}), 4);
}

static void odd_ratios_keep_flat_colours(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct png p = picture(&a, 300), q;

    for (uint32_t i = 0; i < 300 * 300; i++)
        set(&p, i % 300, i / 300, (unsigned char[]){13, 130, 251, 99});
    png_shrink(&p, 256, &a, &q);
    for (uint32_t i = 0; i < 256 * 256; i++)
        assert_memory_equal(get(&q, i % 256, i / 256), ((unsigned char[]){13, 130, 251, 99}), 4);
    png_shrink(&p, 300, &a, &q);
    assert_memory_equal(p.rgba, q.rgba, 300 * 300 * 4);
}

static void refuses_what_is_no_picture(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    AUTO(buf) out = BUF_NONE;
    struct png p = picture(&a, 16), q;
    struct err e = {0};

    buf_init(&out, 1 << 20);
    assert_int_equal(png_write(&p, &out, &e), 0);
    for (size_t n = 0; n + 12 < out.n; n++)
        assert_int_equal(png_read((struct str){out.p, n}, "x.png", &a, &q, &e), E_INPUT);
    assert_non_null(strstr(e.msg, "x.png: "));
    memcpy(out.p + 16, "\x7f\xff\xff\xff\x7f\xff\xff\xff",
           8); /* two thousand million pixels wide */
    assert_int_equal(png_read(buf_get(&out), "x.png", &a, &q, &e), E_INPUT);
    assert_true(a.used < (64 << 20));
    assert_int_equal(png_read(STR("GIF89a??????"), "x.png", &a, &q, &e), E_INPUT);
    assert_string_equal(e.msg, "x.png: not a PNG file");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back),
        cmocka_unit_test(mixes_light_not_numbers),
        cmocka_unit_test(ignores_invisible_colour),
        cmocka_unit_test(odd_ratios_keep_flat_colours),
        cmocka_unit_test(refuses_what_is_no_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
