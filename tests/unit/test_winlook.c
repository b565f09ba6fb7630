/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf16.h"
#include "container/pe_res.h"
#include "os/fsys.h"
#include "pack/winlook.h"
#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

static const struct recipe hello = {.name = {"hello", 5},
                                    .title = {"Hello W\xc3\xb6rld", 12},
                                    .vendor = {"Example Inc", 11},
                                    .version = {"1.2.3-beta.4", 12}};

/* Of an executable of the seeds: what is in it afterwards. */
static bool set(const char *seed, struct arena *mem, struct pe_res_list *l) {
    const char *path = arena_fmt(mem, "%s/tests/fuzz/seeds/pe/%s", getenv("SLIPWAY_SOURCE"), seed);
    AUTO(infile) in = INFILE_NONE;
    AUTO(outfile) to = OUTFILE_NONE;
    AUTO(infile) view = INFILE_NONE;
    struct err e = {0};
    struct pe p;
    bool changed;

    assert_int_equal(infile_open(&in, FSYS_HERE, path, &e), OK);
    assert_int_equal(outfile_spool(&to, FSYS_HERE, &e), OK);
    assert_int_equal(winlook_set(&hello, STR("hello.exe"), &in, &to, &changed, &e), OK);
    if (!changed) {
        assert_int_equal(to.size, 0);
        return false;
    }
    assert_int_equal(outfile_view(&to, &view, &e), OK);
    assert_int_equal(pe_open(&p, &view, mem, &e), OK);
    assert_int_equal(pe_res_read(&p, mem, l, &e), OK);
    for (size_t i = 0; i < l->n; i++) {
        char *bytes = arena_alloc(mem, l->v[i].size);

        assert_int_equal(infile_read(&view, l->v[i].at, bytes, l->v[i].size, &e), OK);
        l->v[i].fresh = (struct str){bytes, l->v[i].size};
    }
    return true;
}

static bool has(struct str bytes, struct str text, struct arena *mem) {
    struct str units = utf16_le(mem, text);

    for (size_t i = 0; i + units.n <= bytes.n; i++)
        if (!memcmp(bytes.p + i, units.p, units.n))
            return true;
    return false;
}

static void programs_say_who_they_are(void **state) {
    static const char *const seeds[] = {"plus", "32"};

    (void)state;
    for (size_t i = 0; i < COUNT(seeds); i++) {
        AUTO(arena) mem = {0};
        struct pe_res_list l;
        const struct pe_res *v;

        assert_true(set(seeds[i], &mem, &l));
        assert_int_equal(l.n, 3); /* two were there */
        v = pe_res_find(&l, PE_RES_VERSION);
        assert_non_null(v);
        assert_true(has(v->fresh, hello.title, &mem));
        assert_true(has(v->fresh, hello.vendor, &mem));
        assert_true(has(v->fresh, hello.version, &mem));
        assert_true(has(v->fresh, STR("hello.exe"), &mem));
        assert_memory_equal(v->fresh.p + 48, "\2\0\1\0\0\0\3\0", 8); /* 1.2.3.0 */
    }
}

static void signed_ones_are_left_alone(void **state) {
    AUTO(arena) mem = {0};
    struct pe_res_list l;

    (void)state;
    assert_false(set("signed", &mem, &l));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(programs_say_who_they_are),
                                       cmocka_unit_test(signed_ones_are_left_alone)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
