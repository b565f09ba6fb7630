/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/appimage.h"
#include "pack/appimagedir.h"
#include "pack/appimageelf.h"
#include "pack/runtimes.h"
#include "unit/shop.h"

static const char desktop[] = "[Desktop Entry]\nType=Application\nName=Hello\nExec=hello %u\n"
                              "Actions=new;\n\n[Desktop Action new]\nName=New\nExec=hello new\n";

static int open_shop(void **state) {
    struct shop *s = shop_open("appimage");

    s->r.id = STR("com.example.hello");
    s->r.entry = STR("bin/hello");
    s->r.icon = STR("icon.png");
    tree_add_data(&s->app, STR("bin/hello"), 0755, STR("#!/bin/sh\necho hello\n"));
    tree_add_data(&s->app, STR("share/applications/com.example.hello.desktop"), 0644,
                  str_of(desktop));
    tree_add_data(&s->app, STR("share/icons/hicolor/128x128/apps/com.example.hello.png"), 0644,
                  STR("small icon"));
    tree_add_data(&s->app, STR("share/icons/hicolor/256x256/apps/com.example.hello.png"), 0644,
                  STR("right icon"));
    tree_add_data(&s->app, STR("/etc/hello.conf"), 0644, STR("a = 1\n"));
    *state = s;
    return 0;
}

static void lay_out(struct shop *s) {
    if (tree_finish(&s->app, false, &s->e) ||
        appimage_packager.layout(&s->j, &s->app, &s->pkg, &s->e))
        fail_msg("%s", s->e.msg);
}

static void not_laid_out(struct shop *s, const char *why) {
    assert_int_equal(tree_finish(&s->app, false, &s->e), OK);
    assert_int_equal(appimage_packager.layout(&s->j, &s->app, &s->pkg, &s->e), E_RECIPE);
    if (!str_has(str_of(s->e.msg), why))
        fail_msg("%s", s->e.msg);
}

static struct str data_of(const struct shop *s, const char *path) {
    const struct tree_entry *x = tree_find(&s->pkg, str_of(path));

    if (!x)
        fail_msg("%s is not there", path);
    return x->bytes.data;
}

static void is_data(const struct shop *s, const char *path, const char *want) {
    struct str is = data_of(s, path);

    assert_true(is.n == strlen(want));
    assert_memory_equal(is.p, want, is.n);
}

static void the_app_dir_has_what_is_looked_for(void **state) {
    struct shop *s = *state;

    section(s, "{arguments: [--a, b c], environment: {X: 1, Y: '2 3'}}");
    tree_add_data(&s->app, STR("lib/libhello.so.1"), 0644, STR("x"));
    tree_add_data(&s->app, STR("lib64/hello/libplugin.so"), 0644, STR("x"));
    lay_out(s);
    is_data(s, "AppRun.conf",
            "# Read by AppRun: tells how the program is started.\nexec usr/bin/hello\n"
            "arg --a\narg b c\nprepend PATH usr/bin\nprepend XDG_DATA_DIRS usr/share\n"
            "prepend LD_LIBRARY_PATH usr/lib\nset X 1\nset Y 2 3\n");
    is_data(s, "com.example.hello.desktop",
            "[Desktop Entry]\nType=Application\nName=Hello\nExec=hello %u\nActions=new;\n\n"
            "X-AppImage-Name=hello\nX-AppImage-Version=1.2.0-beta.1\nX-AppImage-Arch=x86_64\n\n"
            "[Desktop Action new]\nName=New\nExec=hello new\n");
    is_data(s, "usr/share/applications/com.example.hello.desktop", desktop);
    is_data(s, "com.example.hello.png", "right icon");
    is_data(s, ".DirIcon", "right icon");
    is_data(s, "etc/hello.conf", "a = 1\n");
    assert_int_equal(tree_find(&s->pkg, STR("AppRun"))->mode, 0755);
    assert_true(str_eq(data_of(s, "AppRun"), runtimes_launcher(ARCH_X86_64)));
}

static void what_the_recipe_brings_is_kept(void **state) {
    struct shop *s = *state;

    tree_add_data(&s->app, STR("/AppRun"), 0755, STR("#!/bin/sh\n"));
    tree_add_data(&s->app, STR("/com.example.hello.desktop"), 0644, STR("mine"));
    tree_add_data(&s->app, STR("/.DirIcon"), 0644, STR("my icon"));
    lay_out(s);
    is_data(s, "AppRun", "#!/bin/sh\n");
    is_data(s, "com.example.hello.desktop", "mine");
    is_data(s, ".DirIcon", "my icon");
    assert_null(tree_find(&s->pkg, STR("AppRun.conf")));
}

static void an_entry_that_is_on_no_path_is_started_by_app_run(void **state) {
    struct shop *s = *state;

    s->r.entry = STR("app/my hello");
    tree_add_data(&s->app, STR("app/my hello"), 0755, STR("x"));
    s->app.v[1].bytes.data =
        STR("[Desktop Entry]\nExec=\"/usr/lib/hello/app/my \\\"hello\" \"a\" %u");
    s->app.v[1].size = s->app.v[1].bytes.data.n;
    lay_out(s);
    assert_true(str_has(data_of(s, "com.example.hello.desktop"), "\nExec=AppRun \"a\" %u\n"));
    assert_true(str_has(data_of(s, "AppRun.conf"), "\nexec usr/lib/hello/app/my hello\n"));
}

static void links_stay_inside(void **state) {
    struct shop *s = *state;

    tree_add_link(&s->app, STR("bin/a"), STR("/usr/share/applications"));
    tree_add_link(&s->app, STR("bin/b"), STR("/etc/../etc/hello.conf"));
    tree_add_link(&s->app, STR("bin/c"), STR("hello"));
    lay_out(s);
    assert_true(str_is(tree_find(&s->pkg, STR("usr/bin/a"))->target, "../share/applications"));
    assert_true(str_is(tree_find(&s->pkg, STR("usr/bin/b"))->target, "../../etc/hello.conf"));
    assert_true(str_is(tree_find(&s->pkg, STR("usr/bin/c"))->target, "hello"));
}

static void a_link_to_the_system_is_refused(void **state) {
    struct shop *s = *state;

    tree_add_link(&s->app, STR("bin/a"), STR("/etc/passwd"))->at =
        (struct pos){"slipway.yaml", 12, 7};
    not_laid_out(s, "slipway.yaml:12:7: appimage: usr/bin/a -> /etc/passwd leads out");
}

static void a_link_above_the_root_is_refused(void **state) {
    struct shop *s = *state;

    tree_add_link(&s->app, STR("/a"), STR("../x"));
    not_laid_out(s, "a -> ../x leads out");
}

static void a_program_that_is_a_link_to_nothing_is_refused(void **state) {
    struct shop *s = *state;

    s->r.entry = STR("bin/other");
    tree_add_link(&s->app, STR("bin/other"), STR("nothing"));
    not_laid_out(s, "entry: \"usr/bin/other\" is not in the AppDir");
}

static void a_program_behind_links_is_found(void **state) {
    struct shop *s = *state;

    s->r.entry = STR("bin/other");
    tree_add_link(&s->app, STR("bin/other"), STR("../lib/now/one"));
    tree_add_link(&s->app, STR("lib/now"), STR("v1"));
    tree_add_data(&s->app, STR("lib/v1/one"), 0755, STR("x"));
    lay_out(s);
}

static void links_that_go_round_are_refused(void **state) {
    struct shop *s = *state;

    s->r.entry = STR("bin/a");
    tree_add_link(&s->app, STR("bin/a"), STR("b"));
    tree_add_link(&s->app, STR("bin/b"), STR("a"));
    not_laid_out(s, "is not in the AppDir");
}

/* ------------------------------------------------------------------------------ the whole file */

static void write_one(struct shop *s, struct outfile *f) {
    lay_out(s);
    if (outfile_open(f, s->dir.fd, "x", &s->e) || appimage_packager.write(&s->j, &s->pkg, f, &s->e))
        fail_msg("%s", s->e.msg);
}

static int list(struct shop *s, struct outfile *f, struct value **facts, struct tree *found) {
    AUTO(infile) in = INFILE_NONE;

    *facts = value_new(&s->mem, VALUE_MAP);
    *found = (struct tree){.mem = &s->mem};
    if (outfile_view(f, &in, &s->e))
        fail_msg("%s", s->e.msg);
    return appimage_packager.list(&in, &s->mem, found, *facts, &s->e);
}

static int sign(void *self, struct str bytes, int form, int64_t when, struct buf *sig,
                struct err *e) {
    (void)form, (void)when, (void)e;
    buf_fmt(sig, "%.*s|" STR_F, 8, (const char *)self, STR_A(bytes));
    return OK;
}

static int public_key(void *self, struct buf *armored, struct err *e) {
    (void)e;
    buf_fmt(armored, "key of %s", (const char *)self);
    return OK;
}

static struct str section_of(struct shop *s, struct outfile *f, bool key) {
    AUTO(infile) in = INFILE_NONE;
    struct appimageelf x;
    struct str text = {0};

    if (outfile_view(f, &in, &s->e) || appimageelf_read(&in, &s->mem, &x, &s->e) ||
        appimageelf_text(&in, key ? &x.key : &x.signature, &s->mem, &text, &s->e))
        fail_msg("%s", s->e.msg);
    return text;
}

static void what_is_signed_is_all_but_the_signature(void **state) {
    struct shop *s = *state;
    AUTO(outfile) f = OUTFILE_NONE;
    const struct signer ann = {.self = "Ann", .sign_bytes = sign, .public_key = public_key};
    struct str held, first, second;

    write_one(s, &f);
    assert_int_equal(appimage_packager.reserve(&ann, &f, &s->e), OK);
    held = section_of(s, &f, false);
    assert_int_equal(held.n, 64);
    assert_true(str_is(section_of(s, &f, true), "key of Ann"));
    assert_int_equal(appimage_packager.embed(&ann, &f, &s->e), OK);
    first = section_of(s, &f, false);
    assert_true(str_eq(str_cut(first, 4, first.n), held)); /* neither section counts */
    assert_int_equal(outfile_append(&f, "map", 3, &s->e), OK);
    assert_int_equal(appimage_packager.embed(&ann, &f, &s->e), OK);
    second = section_of(s, &f, false);
    assert_false(str_eq(first, second)); /* all behind the image does */
}

static void too_long_a_signature_is_an_error(void **state) {
    struct shop *s = *state;
    AUTO(outfile) f = OUTFILE_NONE;
    char *name = arena_alloc(&s->mem, 9000);
    const struct signer ann = {.self = name, .sign_bytes = sign, .public_key = public_key};

    memset(name, 'x', 8999);
    write_one(s, &f);
    assert_int_equal(appimage_packager.reserve(&ann, &f, &s->e), E_SIGN);
    assert_string_equal(s->e.msg, "appimage: the public key has 9006 bytes; the section .sig_key "
                                  "takes 8192");
}

static void what_was_written_is_read_back(void **state) {
    struct shop *s = *state;
    AUTO(outfile) f = OUTFILE_NONE;
    struct value *facts;
    struct tree found;

    section(s, "{update-information: 'zsync|https://example.com/x'}");
    *tree_add(&s->app) = s->app.v[0];
    s->app.v[s->app.n - 1].path = STR("bin/again");
    s->app.v[s->app.n - 1].link = 1;
    write_one(s, &f);
    if (list(s, &f, &facts, &found))
        fail_msg("%s", s->e.msg);
    assert_int_equal(found.n, s->pkg.n);
    for (size_t i = 0; i < found.n; i++) {
        assert_true(str_eq(found.v[i].path, s->pkg.v[i].path));
        assert_int_equal(found.v[i].kind, s->pkg.v[i].kind);
        assert_int_equal(found.v[i].mode, s->pkg.v[i].mode);
        assert_int_equal(found.v[i].size, s->pkg.v[i].size);
        assert_int_equal(found.v[i].link, s->pkg.v[i].link);
        assert_true(str_eq(found.v[i].target, s->pkg.v[i].target));
    }
    assert_true(str_is(value_text(facts, "Name"), "Hello"));
    assert_true(str_is(value_text(facts, "Version"), "1.2.0-beta.1"));
    assert_true(str_is(value_text(facts, "Architecture"), "x86_64"));
    assert_true(str_is(value_text(facts, "Update-Information"), "zsync|https://example.com/x"));
    assert_true(str_is(value_text(facts, "Compression"), "zstd, blocks of 128 KiB"));
    assert_true(str_is(value_text(facts, "Signature"), "none"));
    assert_false(value_get(facts, "Block map"));
    assert_int_equal(outfile_append(&f, "abc\0\0\0\3", 7, &s->e), OK);
    assert_int_equal(list(s, &f, &facts, &found), OK);
    assert_true(str_is(value_text(facts, "Block map"), "3 bytes"));
}

static void what_is_cut_off_or_no_program_is_refused(void **state) {
    struct shop *s = *state;
    AUTO(outfile) f = OUTFILE_NONE;
    struct str runtime = runtimes_appimage(ARCH_X86_64);
    struct value *facts;
    struct tree found;

    write_one(s, &f);
    assert_int_equal(outfile_truncate(&f, f.size - 4096, &s->e), OK);
    assert_int_equal(list(s, &f, &facts, &found), E_INPUT);
    assert_int_equal(outfile_truncate(&f, runtime.n, &s->e), OK);
    assert_int_equal(list(s, &f, &facts, &found), E_INPUT);
    assert_int_equal(outfile_truncate(&f, 70, &s->e), OK);
    assert_int_equal(list(s, &f, &facts, &found), E_INPUT);
    assert_int_equal(outfile_truncate(&f, 5, &s->e), OK);
    assert_int_equal(list(s, &f, &facts, &found), E_INPUT);
}

/* No byte of the program's tables makes the reader look beyond the file. */
static void damaged_tables_are_survived(void **state) {
    struct shop *s = *state;
    AUTO(outfile) f = OUTFILE_NONE;
    AUTO(infile) in = INFILE_NONE;
    struct elf_head h;

    write_one(s, &f);
    if (outfile_view(&f, &in, &s->e) || elf_head(&in, &h, &s->e))
        fail_msg("%s", s->e.msg);
    for (uint64_t at = h.shoff; at < h.shoff + h.shnum * 64; at += 3) {
        AUTO(arena) mem = {0};
        struct appimageelf x;
        unsigned char was, now;

        assert_int_equal(outfile_read(&f, at, &was, 1, &s->e), OK);
        now = was ^ 0xff;
        assert_int_equal(outfile_pwrite(&f, at, &now, 1, &s->e), OK);
        if (!appimageelf_read(&in, &mem, &x, &s->e))
            assert_true(x.signature.at + x.signature.n <= in.size);
        assert_int_equal(outfile_pwrite(&f, at, &was, 1, &s->e), OK);
    }
}

/* ----------------------------------------------------------------------------------- the recipe */

static void refused(struct shop *s, const char *yaml, const char *why) {
    s->e = (struct err){0};
    section(s, yaml);
    if (appimage_packager.check(&s->j, &s->e) != E_RECIPE)
        fail_msg("taken: %s", yaml);
    if (!str_has(str_of(s->e.msg), why))
        fail_msg("%s: %s", yaml, s->e.msg);
}

static void what_no_app_image_can_have_is_a_mistake_of_the_recipe(void **state) {
    struct str format = STR("appimage");
    struct pos at = {"slipway.yaml", 9, 15};
    struct shop *s = *state;

    section(s, "{level: 22, update-information: none, environment: {_a1: x}}");
    if (appimage_packager.check(&s->j, &s->e))
        fail_msg("%s", s->e.msg);
    refused(s, "{compression: xz, level: 10}", "slipway.yaml:1:26: appimage: xz has no level 10");
    refused(s, "{update-information: 'zsync|'}", "update-information is");
    refused(s, "{update-information: 'zsync|a|b'}", "update-information is");
    refused(s, "{update-information: 'zsync|a b'}", "update-information is");
    refused(s, "{update-information: 'gh-releases-zsync|a|b|c'}", "update-information is");
    refused(s, "{environment: {1a: x}}", "slipway.yaml:1:16: appimage: \"1a\" is no name");
    refused(s, "{environment: {a: ' x'}}", "without blanks at its ends");
    refused(s, "{arguments: ['']}", "an argument is one line");
    s->t.arch = ARCH_ANY;
    refused(s, "{}", "no runtime for the architecture any");
    s->t.arch = ARCH_X86_64;
    s->t.formats = &format;
    s->t.formats_at = &at;
    s->t.n_formats = 1;
    s->r.icon = STR("");
    refused(s, "{}", "slipway.yaml:9:15: an AppImage needs `icon`");
    s->r.entry = STR("");
    refused(s, "{}", "slipway.yaml:9:15: an AppImage needs `entry`");
}

static void names_are_those_of_app_images(void **state) {
    struct shop *s = *state;
    AUTO(buf) name;

    buf_init(&name, 1000);
    assert_int_equal(appimage_packager.file_name(&s->j, &name, &s->e), OK);
    assert_true(str_is(buf_get(&name), "hello-1.2.0-beta.1-x86_64.AppImage"));
    assert_string_equal(appimagedir_arch(ARCH_ARMV7), "armhf");
    assert_null(appimagedir_arch(ARCH_UNIVERSAL));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_shop, close_shop)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(the_app_dir_has_what_is_looked_for),
        CASE(what_the_recipe_brings_is_kept),
        CASE(an_entry_that_is_on_no_path_is_started_by_app_run),
        CASE(links_stay_inside),
        CASE(a_link_to_the_system_is_refused),
        CASE(a_link_above_the_root_is_refused),
        CASE(a_program_that_is_a_link_to_nothing_is_refused),
        CASE(a_program_behind_links_is_found),
        CASE(links_that_go_round_are_refused),
        CASE(what_is_signed_is_all_but_the_signature),
        CASE(too_long_a_signature_is_an_error),
        CASE(what_was_written_is_read_back),
        CASE(what_is_cut_off_or_no_program_is_refused),
        CASE(damaged_tables_are_survived),
        CASE(what_no_app_image_can_have_is_a_mistake_of_the_recipe),
        CASE(names_are_those_of_app_images),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
