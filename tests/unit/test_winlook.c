/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf16.h"
#include "container/pe_res.h"
#include "os/fsys.h"
#include "pack/winlook.h"
#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

static const struct recipe hello = {.file = "slipway.yaml",
                                    .name = {"hello", 5},
                                    .title = {"Hello W\xc3\xb6rld", 12},
                                    .vendor = {"Example Inc", 11},
                                    .version = {"1.2.3-beta.4", 12},
                                    .at_entry = {.file = "slipway.yaml", .line = 3, .col = 8}};

struct program {
    struct arena mem;
    struct outfile file;
    struct infile in;
};

/* An executable of the seeds, with what is behind its sections or without. */
static void take(struct program *x, const char *seed, bool tail) {
    struct err e = {0};
    AUTO(infile) f = INFILE_NONE;
    struct pe p;

    *x = (struct program){.file = OUTFILE_NONE, .in = INFILE_NONE};
    assert_int_equal(infile_open(&f, FSYS_HERE,
                                 arena_fmt(&x->mem, "%s/tests/fuzz/seeds/pe/%s",
                                           getenv("SLIPWAY_SOURCE"), seed),
                                 &e),
                     OK);
    assert_int_equal(pe_open(&p, &f, &x->mem, &e), OK);
    assert_int_equal(outfile_spool(&x->file, FSYS_HERE, &e), OK);
    assert_int_equal(outfile_append_from(&x->file, f.fd, 0, tail ? f.size : p.end, &e), OK);
    assert_int_equal(outfile_view(&x->file, &x->in, &e), OK);
}

static void drop(struct program *x) {
    infile_drop(&x->in);
    outfile_drop(&x->file);
    arena_drop(&x->mem);
}

/* Takes its manifest out. */
static void bare(struct program *x) {
    struct outfile with = x->file;
    struct infile old = x->in;
    struct pe_res_list l;
    struct err e = {0};
    struct pe p;

    x->file = OUTFILE_NONE;
    assert_int_equal(outfile_spool(&x->file, FSYS_HERE, &e), OK);
    assert_int_equal(pe_open(&p, &old, &x->mem, &e), OK);
    assert_int_equal(pe_res_read(&p, &x->mem, &l, &e), OK);
    pe_res_remove(&l, PE_RES_MANIFEST, NULL);
    assert_int_equal(pe_res_write(&p, &l, &x->file, &e), OK);
    assert_int_equal(outfile_view(&x->file, &x->in, &e), OK);
    infile_drop(&old);
    outfile_drop(&with);
}

/* What is in it afterwards; false: nothing was changed. */
static bool set(struct program *x, const struct recipe *r, bool beside, struct pe_res_list *l) {
    AUTO(outfile) to = OUTFILE_NONE;
    AUTO(infile) view = INFILE_NONE;
    struct err e = {0};
    struct pe p;
    bool changed;

    assert_int_equal(outfile_spool(&to, FSYS_HERE, &e), OK);
    assert_int_equal(winlook_program(r, STR("hello.exe"), beside, &x->in, &to, &changed, &e), OK);
    if (!changed) {
        assert_int_equal(to.size, 0);
        return false;
    }
    assert_int_equal(outfile_view(&to, &view, &e), OK);
    assert_int_equal(pe_open(&p, &view, &x->mem, &e), OK);
    assert_int_equal(pe_res_read(&p, &x->mem, l, &e), OK);
    for (size_t i = 0; i < l->n; i++) {
        char *bytes = arena_alloc(&x->mem, l->v[i].size);

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

static struct value *map(struct arena *mem, const char *key, struct value *v) {
    struct value *m = value_new(mem, VALUE_MAP);

    value_set(mem, m, key, v);
    return m;
}

static void programs_say_who_they_are(void **state) {
    static const char *const seeds[] = {"plus", "32"};

    (void)state;
    for (size_t i = 0; i < COUNT(seeds); i++) {
        struct program x;
        struct recipe r = hello;
        struct pe_res_list l;
        const struct pe_res *v;

        take(&x, seeds[i], false);
        r.root = map(&x.mem, "windows",
                     map(&x.mem, "copyright", value_str(&x.mem, STR("(c) 2026 Ann"))));
        assert_true(set(&x, &r, false, &l));
        v = pe_res_find(&l, PE_RES_VERSION);
        assert_non_null(v);
        assert_true(has(v->fresh, hello.title, &x.mem));
        assert_true(has(v->fresh, hello.vendor, &x.mem));
        assert_true(has(v->fresh, hello.version, &x.mem));
        assert_true(has(v->fresh, STR("hello.exe"), &x.mem));
        assert_true(has(v->fresh, STR("(c) 2026 Ann"), &x.mem));
        assert_memory_equal(v->fresh.p + 48, "\2\0\1\0\0\0\3\0", 8); /* 1.2.3.0 */
        drop(&x);
    }
}

/* Its own stays, and so does one that lies beside it: Windows reads the one inside. */
static void a_manifest_is_set_where_there_is_none(void **state) {
    const struct pe_res *v;
    struct pe_res_list l;
    struct program x;

    (void)state;
    take(&x, "plus", false);
    assert_true(set(&x, &hello, false, &l));
    v = pe_res_find(&l, PE_RES_MANIFEST);
    assert_non_null(v);
    assert_int_equal(v->size, 12);
    bare(&x);
    assert_true(set(&x, &hello, false, &l));
    v = pe_res_find(&l, PE_RES_MANIFEST);
    assert_non_null(v);
    assert_true(str_has(v->fresh, "version=\"1.2.3.0\" name=\"hello\""));
    assert_true(set(&x, &hello, true, &l));
    assert_null(pe_res_find(&l, PE_RES_MANIFEST));
    drop(&x);
}

static void what_could_break_is_left_alone(void **state) {
    struct recipe off = hello;
    struct pe_res_list l;
    struct program x;

    (void)state;
    take(&x, "signed", true);
    assert_false(set(&x, &hello, false, &l));
    drop(&x);
    take(&x, "plus", true); /* data behind its sections that is none of a known kind */
    assert_false(set(&x, &hello, false, &l));
    drop(&x);
    take(&x, "plus", false);
    off.root = map(&x.mem, "windows", map(&x.mem, "resources", value_bool(&x.mem, false)));
    assert_false(set(&x, &off, false, &l));
    drop(&x);
}

static void no_program_is_no_mistake_and_a_damaged_one_is(void **state) {
    AUTO(outfile) script = OUTFILE_NONE;
    AUTO(outfile) to = OUTFILE_NONE;
    AUTO(infile) in = INFILE_NONE;
    struct err e = {0};
    struct program x;
    bool changed;

    (void)state;
    assert_int_equal(outfile_spool(&script, FSYS_HERE, &e), OK);
    assert_int_equal(outfile_spool(&to, FSYS_HERE, &e), OK);
    assert_int_equal(outfile_append(&script, "@echo off\r\n", 11, &e), OK);
    assert_int_equal(outfile_view(&script, &in, &e), OK);
    assert_int_equal(winlook_set(&hello, STR("a.cmd"), &in, &to, &changed, &e), OK);
    assert_false(changed);
    take(&x, "plus", false);
    infile_drop(&x.in);
    assert_int_equal(outfile_truncate(&x.file, x.file.size - 1, &e), OK);
    assert_int_equal(outfile_view(&x.file, &x.in, &e), OK);
    assert_int_equal(winlook_set(&hello, STR("a.exe"), &x.in, &to, &changed, &e), E_INPUT);
    assert_memory_equal(e.msg, "slipway.yaml:3:8: entry: ", 25);
    drop(&x);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(programs_say_who_they_are),
                                       cmocka_unit_test(a_manifest_is_set_where_there_is_none),
                                       cmocka_unit_test(what_could_break_is_left_alone),
                                       cmocka_unit_test(
                                           no_program_is_no_mistake_and_a_damaged_one_is)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
