/* SPDX-License-Identifier: Apache-2.0 */
#include "os/child.h"
#include "pack/debshlibs.h"

#define SHOP_MORE                                                                                  \
    struct str *depends;                                                                           \
    size_t n;
#include "unit/shop.h"

#include <stdio.h>

/* Programs and libraries made on the spot, without any real library behind them: what they need is
 * what is written here. */
static int open_shop(void **state) {
    *state = shop_open("shlibs");
    return 0;
}

static const char *output(struct shop *s, const char *dir, const char *const *argv) {
    AUTO(buf) out = BUF_NONE;
    struct child_opts o = {.dir = dir, .output = &out};

    buf_init(&out, 1 << 20);
    if (child_run(argv, &o, NULL, &s->e))
        fail_msg("%s: " STR_F, s->e.msg, STR_A(buf_get(&out)));
    return str_z(&s->mem, buf_get(&out));
}

static const char *in_dir(struct shop *s, const char *name) {
    return arena_fmt(&s->mem, "%s/%s", s->dir.path, name);
}

static void write_text(struct shop *s, const char *name, const char *text) {
    FILE *f = fopen(in_dir(s, name), "wb");

    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

/* A library of the given soname with one function a version. */
static void library(struct shop *s, const char *soname, const char *versions, const char *code) {
    write_text(s, "map", versions);
    write_text(s, "lib.c", code);
    output(s, s->dir.path,
           (const char *const[]){"cc", "-shared", "-fPIC", "-nostdlib", "-Wl,--version-script=map",
                                 arena_fmt(&s->mem, "-Wl,-soname,%s", soname), "lib.c", "-o",
                                 soname, NULL});
}

static void program(struct shop *s, const char *name, const char *code, const char *a,
                    const char *b) {
    write_text(s, "main.c", code);
    output(s, s->dir.path,
           (const char *const[]){"cc", "-fPIC", "-shared", "-nostdlib", "-Wl,--no-as-needed",
                                 "main.c", "-o", name, a, b, NULL});
}

static void put(struct shop *s, const char *path, const char *file) {
    struct tree_entry *x = tree_add(&s->pkg);

    x->path = str_of(path);
    x->kind = TREE_FILE;
    x->mode = 0755;
    x->marks = TREE_ELF;
    x->bytes.path = file;
}

static const char *found(struct shop *s) {
    AUTO(buf) all = BUF_NONE;

    buf_init(&all, 1 << 16);
    s->e = (struct err){0};
    if (debshlibs_find(&s->j, &s->pkg, &s->depends, &s->n, &s->e))
        return str_z(&s->mem, str_of(s->e.msg));
    for (size_t i = 0; i < s->n; i++)
        buf_fmt(&all, "%s" STR_F, i ? ", " : "", STR_A(s->depends[i]));
    return str_z(&s->mem, buf_get(&all));
}

static void make_libraries(struct shop *s) {
    library(s, "libc.so.6", "GLIBC_2.4 { old; };\nGLIBC_2.34 { fresh; };\n",
            "void old(void) {}\nvoid fresh(void) {}\n");
    library(s, "libm.so.6", "GLIBC_2.29 { power; };\n", "void power(void) {}\n");
    library(s, "libstdc++.so.6", "GLIBCXX_3.4.30 { thing; };\n", "void thing(void) {}\n");
    library(s, "libz.so.1", "ZLIB_1.2.9 { deflate; };\n", "void deflate(void) {}\n");
    library(s, "libown.so.2", "OWN_1 { own; };\n", "void own(void) {}\n");
}

static void the_highest_version_of_a_package_counts(void **state) {
    struct shop *s = *state;

    make_libraries(s);
    program(s, "p1", "void old(void); void power(void);\nvoid f(void) { old(); power(); }\n",
            "./libc.so.6", "./libm.so.6");
    put(s, "usr/bin/p1", in_dir(s, "p1"));
    assert_string_equal(found(s), "libc6 (>= 2.29)"); /* 2.4 is less, whatever the digits say */
    program(s, "p2",
            "void fresh(void); void deflate(void);\nvoid f(void) { fresh(); deflate(); }\n",
            "./libz.so.1", "./libc.so.6");
    put(s, "usr/bin/p2", in_dir(s, "p2"));
    program(s, "p3", "void thing(void);\nvoid f(void) { thing(); }\n", "./libstdc++.so.6",
            "./libz.so.1");
    put(s, "usr/bin/p3", in_dir(s, "p3"));
    assert_string_equal(found(s), "libc6 (>= 2.34), libstdc++6 (>= 12), zlib1g");
}

static void own_libraries_are_no_dependency_and_unknown_ones_a_mistake(void **state) {
    struct shop *s = *state;
    const char *said;

    make_libraries(s);
    program(s, "p", "void own(void);\nvoid f(void) { own(); }\n", "./libown.so.2", "./libz.so.1");
    put(s, "usr/bin/p", in_dir(s, "p"));
    said = found(s);
    assert_int_equal(s->e.code, E_RECIPE);
    assert_true(str_has(str_of(said), "libown.so.2 (needed by usr/bin/p)"));
    assert_false(str_has(str_of(said), "libz"));
    put(s, "usr/lib/hello/libown.so.2", in_dir(s, "libown.so.2"));
    assert_string_equal(found(s), "zlib1g");
}

static void what_only_begins_like_elf_asks_for_nothing(void **state) {
    struct shop *s = *state;

    write_text(s, "data", "\177ELF and then something else");
    put(s, "usr/share/data", in_dir(s, "data"));
    assert_string_equal(found(s), "");
}

/* Names alone: dpkg-shlibdeps takes the versions from the libraries' own symbols files. */
static void finds_the_packages_that_dpkg_shlibdeps_finds(void **state) {
    struct shop *s = *state;
    static const char *const programs[] = {"/usr/bin/xz", "/usr/bin/git", "/usr/bin/gpg"};

    assert_int_equal(fsys_mkdirs(s->dir.fd, "debian", &s->e), 0);
    write_text(s, "debian/control", "Source: x\nPackage: x\nArchitecture: any\n");
    for (size_t i = 0; i < COUNT(programs); i++) {
        struct str theirs =
            str_of(output(s, s->dir.path,
                          (const char *const[]){"dpkg-shlibdeps", "-O", programs[i], NULL}));
        size_t n = 0;

        s->pkg = (struct tree){.mem = &s->mem};
        put(s, "usr/bin/p", programs[i]);
        found(s);
        if (s->e.code)
            fail_msg("%s", s->e.msg);
        assert_true(str_starts(theirs, "shlibs:Depends="));
        for (theirs = str_cut(theirs, 15, theirs.n); theirs.n; n++) {
            struct str row = str_trim(str_split(&theirs, ',')), name = str_split(&row, ' ');

            if (n >= s->n || !str_starts(s->depends[n], str_z(&s->mem, name)))
                fail_msg("%s: " STR_F, programs[i], STR_A(name));
        }
        assert_int_equal(n, s->n);
    }
}

#define SHOP(test) cmocka_unit_test_setup_teardown(test, open_shop, close_shop)

int main(void) {
    const struct CMUnitTest tests[] = {
        SHOP(the_highest_version_of_a_package_counts),
        SHOP(own_libraries_are_no_dependency_and_unknown_ones_a_mistake),
        SHOP(what_only_begins_like_elf_asks_for_nothing),
        SHOP(finds_the_packages_that_dpkg_shlibdeps_finds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
