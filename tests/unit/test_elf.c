/* SPDX-License-Identifier: Apache-2.0 */
#include "container/elf.h"
#include "container/elfstrip.h"
#include "os/child.h"
#include "os/tmpdir.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The test program itself is the sample: linked dynamically, with symbols. */
static const char self[] = "/proc/self/exe";

static void open_file(struct infile *f, const char *path) {
    struct err e = {0};

    if (infile_open(f, FSYS_HERE, path, &e))
        fail_msg("%s", e.msg);
}

static void put(FILE *o, struct infile *f, const struct elfstrip_piece *p) {
    static char block[65536];
    struct err e = {0};

    if (p->data) {
        assert_int_equal(fwrite(p->data, 1, p->n, o), p->n);
        return;
    }
    for (uint64_t at = 0; at < p->n;) {
        size_t n = p->n - at < sizeof block ? (size_t)(p->n - at) : sizeof block;

        assert_int_equal(infile_read(f, p->at + at, block, n, &e), 0);
        assert_int_equal(fwrite(block, 1, n, o), n);
        at += n;
    }
}

static void write_stripped(const char *from, const char *to) {
    AUTO(arena) a = {0};
    AUTO(infile) f = INFILE_NONE;
    struct elfstrip s;
    struct err e = {0};
    FILE *o = fopen(to, "wb");

    open_file(&f, from);
    assert_non_null(o);
    assert_int_equal(elfstrip_plan(&f, &a, &s, &e), 0);
    if (!s.size)
        fail_msg("%s: %s", from, s.reason);
    for (size_t i = 0; i < s.n; i++)
        put(o, &f, &s.v[i]);
    assert_int_equal(ftell(o), s.size);
    assert_true(s.size < f.size);
    assert_int_equal(fclose(o), 0);
}

static struct str output(struct arena *a, const char *const *argv, bool errors, int want) {
    AUTO(buf) out = BUF_NONE;
    struct child_opts o = {.output = errors ? NULL : &out, .errors = errors ? &out : NULL};
    struct err e = {0};
    int status = -1;

    buf_init(&out, 64 << 20);
    if (child_run(argv, &o, &status, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(status, want);
    return str_dup(a, buf_get(&out));
}

static bool has_version(const struct elf *x, const char *file, const char *front) {
    for (size_t i = 0; i < x->n_wants; i++)
        if (str_is(x->wants[i].file, file) && str_starts(x->wants[i].version, front))
            return true;
    return false;
}

static void reads_a_program(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    AUTO(infile) f = INFILE_NONE;
    struct elf x;
    struct err e = {0};
    bool libc = false;

    open_file(&f, self);
    assert_int_equal(elf_read(&f, &a, &x, &e), 0);
    assert_true(x.dynamic && x.interp.n > 8 && !x.stripped);
    assert_int_equal(x.is64, sizeof(void *) == 8);
    for (size_t i = 0; i < x.n_needed; i++)
        libc = libc || str_is(x.needed[i], "libc.so.6");
    assert_true(libc);
    assert_true(has_version(&x, "libc.so.6", "GLIBC_2."));
}

/* What readelf says of every library that this program loads. */
static void agrees_with_readelf(void **state) {
    (void)state;
    static const char *const files[] = {"/bin/sh", "/lib64/ld-linux-x86-64.so.2",
                                        "/usr/lib/x86_64-linux-gnu/libc.so.6",
                                        "/usr/lib/x86_64-linux-gnu/libstdc++.so.6"};

    for (size_t i = 0; i < COUNT(files); i++) {
        AUTO(arena) a = {0};
        AUTO(infile) f = INFILE_NONE;
        struct err e = {0};
        struct elf x;
        struct str said;
        const char *id = "Build ID: ";

        open_file(&f, files[i]);
        said = output(&a, (const char *const[]){"readelf", "-dVnW", files[i], NULL}, false, 0);
        assert_int_equal(elf_read(&f, &a, &x, &e), 0);
        for (size_t k = 0; k < x.n_needed; k++)
            assert_true(str_has(said, arena_fmt(&a, "library: [" STR_F "]", STR_A(x.needed[k]))));
        for (size_t k = 0; k < x.n_wants; k++)
            assert_true(str_has(said, arena_fmt(&a, "Name: " STR_F, STR_A(x.wants[k].version))));
        for (size_t k = 0; k < x.n_gives; k++)
            assert_true(str_has(said, arena_fmt(&a, "Name: " STR_F, STR_A(x.gives[k]))));
        for (size_t k = 0; k < x.build_id.n; k++)
            id = arena_fmt(&a, "%s%02x", id, (unsigned)(unsigned char)x.build_id.p[k]);
        assert_true(x.build_id.n && str_has(said, id));
        assert_true(!x.soname.n ||
                    str_has(said, arena_fmt(&a, "soname: [" STR_F "]", STR_A(x.soname))));
    }
}

static struct str segments(struct arena *a, const char *file) {
    struct str s = output(a, (const char *const[]){"readelf", "-lW", file, NULL}, false, 0);
    size_t from = 0;

    while (from < s.n && !str_starts(str_cut(s, from, s.n), "Program Headers"))
        from++;
    return str_cut(s, from, s.n);
}

static const char *path_of_self(struct arena *a) {
    struct err e = {0};
    struct str path;

    assert_int_equal(fsys_readlink(FSYS_HERE, self, a, &path, &e), 0);
    return str_z(a, path);
}

static void strips_a_program_that_runs(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    AUTO(tmpdir) d = TMPDIR_NONE;
    AUTO(infile) f = INFILE_NONE, own = INFILE_NONE;
    struct err e = {0};
    struct elf x, y;
    struct elfstrip again;
    const char *to;

    assert_int_equal(tmpdir_open(&d, "elf", &e), 0);
    to = arena_fmt(&a, "%s/stripped", d.path);
    write_stripped(self, to);
    assert_int_equal(fsys_chmod(FSYS_HERE, to, 0755, &e), 0);
    output(&a, (const char *const[]){to, "--child", NULL}, false, 42);
    struct str w = output(&a, (const char *const[]){"readelf", "-aW", to, NULL}, true, 0);
    assert_int_equal(w.n, 0);
    open_file(&own, self);
    open_file(&f, to);
    assert_int_equal(elf_read(&own, &a, &x, &e), 0);
    assert_int_equal(elf_read(&f, &a, &y, &e), 0);
    assert_true(y.stripped);
    assert_true(str_eq(x.build_id, y.build_id) && str_eq(x.interp, y.interp));
    assert_int_equal(x.n_wants, y.n_wants);
    assert_true(str_eq(segments(&a, path_of_self(&a)), segments(&a, to)));
    assert_int_equal(elfstrip_plan(&f, &a, &again, &e), 0);
    assert_int_equal(again.size, 0);
    assert_string_equal(again.reason, "it is stripped already");
}

/* A payload behind the ELF file is what bun, pkg and AppImage live by. */
static void leaves_bundles_alone(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    AUTO(tmpdir) d = TMPDIR_NONE;
    AUTO(infile) f = INFILE_NONE;
    struct err e = {0};
    struct elfstrip s;
    const char *to;
    FILE *o;

    assert_int_equal(tmpdir_open(&d, "elf", &e), 0);
    to = arena_fmt(&a, "%s/bundle", d.path);
    assert_int_equal(fsys_copy(FSYS_HERE, self, FSYS_HERE, to, 0644, &e), 0);
    o = fopen(to, "ab");
    assert_non_null(o);
    fputs("payload", o);
    assert_int_equal(fclose(o), 0);
    open_file(&f, to);
    assert_int_equal(elfstrip_plan(&f, &a, &s, &e), 0);
    assert_int_equal(s.size, 0);
    assert_string_equal(s.reason, "it has bytes that no section accounts for");
}

/* Damage of any kind gives an answer or an error, never pieces outside the file. */
static void survives_damage(void **state) {
    (void)state;
    AUTO(tmpdir) d = TMPDIR_NONE;
    AUTO(arena) mem = {0};
    struct err e = {0};
    struct str good;
    uint32_t seed = 1;
    const char *to;
    char *bytes;

    assert_int_equal(tmpdir_open(&d, "elf", &e), 0);
    to = arena_fmt(&mem, "%s/bad", d.path);
    assert_int_equal(fsys_read(FSYS_HERE, "/bin/true", 64 << 20, &mem, &good, &e), 0);
    bytes = arena_dup(&mem, good.p, good.n);
    for (int round = 0; round < 400; round++) {
        AUTO(arena) a = {0};
        AUTO(infile) f = INFILE_NONE;
        struct elf x;
        struct elfstrip s;
        uint64_t sum = 0;

        memcpy(bytes, good.p, good.n);
        for (int k = 0; k < 3; k++) {
            seed = seed * 1664525 + 1013904223;
            bytes[(seed >> 8) % (k ? good.n : 900)] = (char)(seed >> 24);
        }
        FILE *o = fopen(to, "wb");
        assert_non_null(o);
        fwrite(bytes, 1, round % 4 ? good.n : (seed >> 4) % good.n, o);
        assert_int_equal(fclose(o), 0);
        open_file(&f, to);
        if (elf_read(&f, &a, &x, &e))
            assert_int_equal(e.code, E_INPUT);
        assert_int_equal(elfstrip_plan(&f, &a, &s, &e), 0);
        for (size_t i = 0; i < s.n; i++) {
            assert_true(s.v[i].data || s.v[i].at + s.v[i].n <= f.size);
            sum += s.v[i].n;
        }
        assert_int_equal(sum, s.size);
        assert_true(a.used < (32 << 20));
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_program),
        cmocka_unit_test(agrees_with_readelf),
        cmocka_unit_test(strips_a_program_that_runs),
        cmocka_unit_test(leaves_bundles_alone),
        cmocka_unit_test(survives_damage),
    };
    if (argc > 1 && !strcmp(argv[1], "--child"))
        return 42;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
