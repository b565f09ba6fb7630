/* SPDX-License-Identifier: Apache-2.0 */
#include "container/png.h"
#include "os/child.h"
#include "os/fsys.h"
#include "os/tmpdir.h"
#include "stage/gather.h"
#include "unit/cmocka_all.h"

#include <string.h>

struct app { /* an application with everything a desktop can show */
    struct arena mem;
    struct tmpdir dir;
    struct recipe r;
    struct target t;
    struct recipe_files row;
    struct tree tree;
    struct err e;
};

static struct recipe_protocol schemes[] = {{{"hello", 5}, {0}}};
static struct recipe_assoc types[] = {{{"hlo", 3}, {0}, {"Greeting & more", 15}},
                                      {{"hi", 2}, {"text/x-hi", 9}, {0}}};
static struct str news[] = {{"Speaks <loudly> & \"clearly\"", 27}, {"", 0}};
static struct recipe_change changes[] = {
    {.version = {"1.1.0", 5}, .time = 1700000000, .items = news, .n_items = 2},
    {.version = {"1.1.0-beta.1", 12}, .time = 1690000000},
    {.version = {"1.0.0", 5}, .time = 1680000000}};

static void icon(struct app *s, uint32_t w, uint32_t h) {
    AUTO(buf) out = BUF_NONE;
    struct png p = {w, h, arena_array(&s->mem, (size_t)w * h, 4)};

    buf_init(&out, 1 << 20);
    memset(p.rgba, 0x80, (size_t)w * h * 4);
    assert_int_equal(png_write(&p, &out, &s->e), 0);
    assert_int_equal(fsys_write(s->dir.fd, "icon.png", buf_get(&out), 0644, &s->e), 0);
}

static int open_app(void **state) {
    struct app *s = mem_alloc(sizeof *s);

    s->dir = TMPDIR_NONE;
    assert_int_equal(tmpdir_open(&s->dir, "desktop", &s->e), 0);
    s->row = (struct recipe_files){.to = STR("bin/hello world"),
                                   .text = STR("#!/bin/sh\n"),
                                   .has_text = true,
                                   .has_mode = true,
                                   .mode = 0755};
    s->r = (struct recipe){.file = "slipway.yaml",
                           .dir = s->dir.path,
                           .name = STR("hello"),
                           .title = STR("Hello & <World> 100%"),
                           .id = STR("com.example.hello"),
                           .version = STR("1.1.0"),
                           .summary = STR("Says hello; \\ often."),
                           .description = STR("It greets people, and it does so in several ways "
                                              "that are\nworth reading about here:\n\n- one\n- two "
                                              "&\n  more\n\nThe end.\n"),
                           .vendor = STR("Example Inc"),
                           .homepage = STR("https://example.com/hello"),
                           .license = STR("MIT"),
                           .icon = STR("icon.png"),
                           .at_icon = {"slipway.yaml", 9, 7},
                           .at_entry = {"slipway.yaml", 11, 8},
                           .entry = STR("bin/hello world"),
                           .categories = STR("Utility;Office"),
                           .time = 1700000000,
                           .changes = changes,
                           .n_changes = 3,
                           .protocols = schemes,
                           .n_protocols = 1,
                           .associations = types,
                           .n_associations = 2,
                           .menu = true,
                           .files = &s->row,
                           .n_files = 1};
    s->t.os = OS_LINUX;
    icon(s, 512, 512);
    *state = s;
    return 0;
}

static int close_app(void **state) {
    struct app *s = *state;

    tmpdir_drop(&s->dir);
    arena_drop(&s->mem);
    mem_free(s);
    return 0;
}

static int gather(struct app *s) {
    s->e = (struct err){0};
    return gather_tree(&s->r, &s->t, GATHER_DESKTOP, &s->mem, &s->tree, &s->e);
}

static struct str data(struct app *s, const char *path) {
    const struct tree_entry *x = tree_find(&s->tree, str_of(path));

    if (!x)
        fail_msg("no %s", path);
    assert_int_equal(x->marks, TREE_MADE);
    return x->bytes.data;
}

static void validate(struct app *s, const char *path, const char *name, const char *tool,
                     const char *first, const char *second) {
    AUTO(buf) out = BUF_NONE;
    int status = -1;
    const char *file = arena_fmt(&s->mem, "%s/%s", s->dir.path, name);
    const char *const argv[] = {tool, first, second ? second : file, second ? file : NULL, NULL};

    buf_init(&out, 1 << 20);
    assert_int_equal(fsys_write(FSYS_HERE, file, data(s, path), 0644, &s->e), 0);
    if (child_run(argv, &(struct child_opts){.output = &out, .errors = &out}, &status, &s->e))
        fail_msg("%s", s->e.msg);
    if (status || str_has(buf_get(&out), "W: ") || str_has(buf_get(&out), "warning"))
        fail_msg("%s: %d: " STR_F "\n" STR_F, tool, status, STR_A(buf_get(&out)),
                 STR_A(data(s, path)));
}

static void validators_are_content(void **state) {
    struct app *s = *state;

    if (gather(s))
        fail_msg("%s", s->e.msg);
    validate(s, "share/applications/com.example.hello.desktop", "com.example.hello.desktop",
             "desktop-file-validate", "--no-hints", NULL);
    validate(s, "share/metainfo/com.example.hello.metainfo.xml", "com.example.hello.metainfo.xml",
             "appstreamcli", "validate", "--no-net");
    validate(s, "share/mime/packages/com.example.hello.xml", "mime.xml", "xmllint", "--noout",
             NULL);
    /* The sparest recipe that has a menu entry. */
    s->r = (struct recipe){.file = "slipway.yaml",
                           .dir = s->dir.path,
                           .name = STR("hello"),
                           .id = STR("com.example.hello"),
                           .version = STR("1.0.0"),
                           .title = STR("Hello"),
                           .entry = STR("bin/hello world"),
                           .menu = true,
                           .files = &s->row,
                           .n_files = 1};
    if (gather(s))
        fail_msg("%s", s->e.msg);
    validate(s, "share/applications/com.example.hello.desktop", "com.example.hello.desktop",
             "desktop-file-validate", "--no-hints", NULL);
    validate(s, "share/metainfo/com.example.hello.metainfo.xml", "com.example.hello.metainfo.xml",
             "appstreamcli", "validate", "--no-net");
}

static void the_entry_says_what_it_must(void **state) {
    struct app *s = *state;
    struct str d, m;

    assert_int_equal(gather(s), 0);
    d = data(s, "share/applications/com.example.hello.desktop");
    assert_true(str_has(d, "\nName=Hello & <World> 100%\n"));
    assert_true(str_has(d, "\nComment=Says hello; \\\\ often.\n"));
    assert_true(str_has(d, "\nExec=\"hello world\" %U\n"));
    assert_true(str_has(d, "\nIcon=com.example.hello\n"));
    assert_true(str_has(d, "\nCategories=Utility;Office;\n"));
    assert_true(
        str_has(d, "\nMimeType=x-scheme-handler/hello;application/x-hello-hlo;text/x-hi;\n"));
    m = data(s, "share/metainfo/com.example.hello.metainfo.xml");
    assert_true(str_has(m, "<li>two &amp; more</li>"));
    assert_true(str_has(m, "<summary>Says hello; \\ often</summary>"));
    assert_true(str_has(m, "<developer id=\"com.example\">"));
    assert_true(str_has(m, "version=\"1.1.0~beta.1\" date=\"2023-07-22\" type=\"development\""));
    assert_true(str_has(m, "<li>Speaks &lt;loudly&gt; &amp; "));
    assert_true(str_has(data(s, "share/mime/packages/com.example.hello.xml"),
                        "<mime-type type=\"application/x-hello-hlo\">"));
    s->r.entry = STR("/opt/x/a\"$b");
    s->r.n_associations = 0;
    assert_int_equal(gather(s), 0);
    d = data(s, "share/applications/com.example.hello.desktop");
    assert_true(str_has(d, "\nExec=\"/opt/x/a\\\\\"\\\\$b\" %u\n"));
}

static void icons_of_every_size(void **state) {
    struct app *s = *state;
    static const unsigned want[] = {16, 24, 32, 48, 64, 128, 256, 512};

    assert_int_equal(gather(s), 0);
    for (size_t i = 0; i < COUNT(want); i++) {
        struct png p;

        assert_int_equal(
            png_read(data(s,
                          arena_fmt(&s->mem, "share/icons/hicolor/%ux%u/apps/com.example.hello.png",
                                    want[i], want[i])),
                     "icon", &s->mem, &p, &s->e),
            0);
        assert_int_equal(p.width, want[i]);
    }
    icon(s, 128, 128);
    assert_int_equal(gather(s), 0);
    assert_null(tree_find(&s->tree, STR("share/icons/hicolor/256x256/apps/com.example.hello.png")));
    icon(s, 128, 100);
    assert_int_equal(gather(s), E_RECIPE);
    assert_non_null(strstr(s->e.msg, "slipway.yaml:9:7: icon.png is 128 x 100 pixels"));
    icon(s, 32, 32);
    assert_int_equal(gather(s), E_RECIPE);
    assert_int_equal(fsys_write(s->dir.fd, "icon.png", STR("<svg xmlns='x'/>"), 0644, &s->e), 0);
    assert_int_equal(gather(s), 0);
    data(s, "share/icons/hicolor/scalable/apps/com.example.hello.svg");
    assert_int_equal(fsys_unlink(s->dir.fd, "icon.png", &s->e), 0);
    assert_int_equal(gather(s), E_INPUT);
    assert_non_null(strstr(s->e.msg, "slipway.yaml:9:7: "));
}

static void only_where_it_belongs(void **state) {
    struct app *s = *state;

    s->r.menu = false;
    assert_int_equal(gather(s), 0);
    assert_int_equal(s->tree.n, 2);
    s->r.menu = true;
    s->r.entry = STR("bin/none");
    assert_int_equal(gather(s), E_RECIPE);
    assert_non_null(strstr(s->e.msg, "slipway.yaml:11:8: entry: \"bin/none\" is not among"));
    s->t.os = OS_WINDOWS;
    assert_int_equal(gather(s), 0);
    assert_int_equal(s->tree.n, 2);
    /* The application's own file wins. */
    s->t.os = OS_LINUX;
    s->r.entry = STR("bin/hello world");
    struct recipe_files own[2] = {s->row, s->row};
    own[1].to = STR("share/applications/com.example.hello.desktop");
    own[1].text = STR("mine");
    s->r.files = own;
    s->r.n_files = 2;
    assert_int_equal(gather(s), 0);
    assert_true(str_is(tree_find(&s->tree, own[1].to)->bytes.data, "mine"));
}

#define APP(f) cmocka_unit_test_setup_teardown(f, open_app, close_app)

int main(void) {
    const struct CMUnitTest tests[] = {
        APP(validators_are_content),
        APP(the_entry_says_what_it_must),
        APP(icons_of_every_size),
        APP(only_where_it_belongs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
