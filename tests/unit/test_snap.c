/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/snap.h"
#include "pack/snaprules.h"

#define SHOP_MORE struct recipe_service service;
#include "unit/shop.h"

static const char desktop[] = "[Desktop Entry]\nType=Application\nName=Hello\nTryExec=hello\n"
                              "Exec=\"/usr/lib/hello/he llo\" %u\nIcon=com.example.hello\n";

static int open_shop(void **state) {
    struct shop *s = shop_open("snap");

    s->r.id = STR("com.example.hello");
    s->r.summary = STR("Says hello");
    s->r.entry = STR("bin/hello");
    s->r.menu = true;
    tree_add_data(&s->app, STR("bin/hello"), 0755, STR("#!/bin/sh\necho hello\n"));
    tree_add_data(&s->app, STR("share/applications/com.example.hello.desktop"), 0644,
                  str_of(desktop));
    tree_add_data(&s->app, STR("share/icons/hicolor/256x256/apps/com.example.hello.png"), 0644,
                  STR("icon"));
    *state = s;
    return 0;
}

static struct str text(const struct shop *s, const char *path) {
    const struct tree_entry *x = tree_find(&s->pkg, str_of(path));

    if (!x)
        fail_msg("there is no %s", path);
    return x ? x->bytes.data : (struct str){0};
}

static void lay_out(struct shop *s) {
    if (snap_packager.check(&s->j, &s->e) || tree_finish(&s->app, false, &s->e) ||
        snap_packager.layout(&s->j, &s->app, &s->pkg, &s->e))
        fail_msg("%s", s->e.msg);
}

static void refused(struct shop *s, const char *why) {
    int rc = snap_packager.check(&s->j, &s->e);

    if (!rc)
        rc = tree_finish(&s->app, false, &s->e);
    if (!rc)
        rc = snap_packager.layout(&s->j, &s->app, &s->pkg, &s->e);
    assert_int_equal(rc, E_RECIPE);
    if (!str_has(str_of(s->e.msg), why) || !str_starts(str_of(s->e.msg), "slipway.yaml"))
        fail_msg("not what was expected: %s", s->e.msg);
}

static bool has(struct str all, const char *part) {
    if (!str_has(all, part))
        print_message(STR_F "\n", STR_A(all));
    return str_has(all, part);
}

static void names(void **state) {
    static const char *const good[] = {"a", "a-b", "1a", "a1-2-b3"};
    static const char *const bad[] = {"", "1", "-a", "a-", "a--b", "A", "a_b", "a.b", "1-2"};

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(snaprules_name(str_of(good[i])));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(snaprules_name(str_of(bad[i])));
    assert_true(snaprules_word(STR("desktop-legacy")));
    assert_false(snaprules_word(STR("1a")));
}

static void gui(void **state) {
    struct shop *s = *state;
    struct str made;

    lay_out(s);
    made = text(s, "meta/gui/hello.desktop");
    assert_true(has(made, "\nExec=hello %u\n"));
    assert_true(has(made, "\nIcon=${SNAP}/meta/gui/icon.png\n"));
    assert_false(str_has(made, "TryExec"));
    assert_true(str_eq(text(s, "meta/gui/icon.png"), STR("icon")));
    assert_true(
        str_eq(text(s, "usr/share/applications/com.example.hello.desktop"), str_of(desktop)));
    made = text(s, "meta/snap.yaml");
    assert_true(has(made, "\n  hello:\n    command: usr/bin/hello\n"
                          "    common-id: com.example.hello\n    plugs:\n      - desktop\n"));
    assert_true(has(made, "version: \"1.2.0-beta.1\"\n"));
    assert_true(has(made, "environment:\n  PATH: \"$SNAP/usr/bin:$PATH\"\n"));
}

static void plugs(void **state) {
    struct shop *s = *state;
    struct str made;

    section(s, "{ plugs: { data: { interface: content }, home: null }, slots: [dbus-one], "
               "apps: { hello: { slots: [] }, tool: { command: bin/hello, plugs: [] }, "
               "other: { command: usr/bin/hello --x } } }");
    lay_out(s);
    made = text(s, "meta/snap.yaml");
    assert_true(has(made, "plugs:\n  data:\n    interface: content\n  home: null\napps:"));
    assert_true(has(made, "common-id: com.example.hello\n    plugs:\n      - data\n      - home\n"
                          "  tool:\n    command: usr/bin/hello\n    slots:\n      - dbus-one\n"
                          "  other:\n    command: usr/bin/hello --x\n"));
}

static void services(void **state) {
    struct shop *s = *state;
    struct str env[] = {STR("A=b=c")}, made;

    s->service = (struct recipe_service){.name = STR("d.service"),
                                         .exec = STR("bin/hello"),
                                         .args = STR("--serve"),
                                         .restart = STR("no"),
                                         .type = STR("notify"),
                                         .env = env,
                                         .n_env = 1,
                                         .enable = true,
                                         .start = true};
    s->r.services = &s->service;
    s->r.n_services = 1;
    s->r.menu = false;
    section(s, "{ apps: { d: { sockets: { s: { listen-stream: $SNAP_DATA/s, socket-mode: '0660' } }"
               ", plugs: [network-bind] } } }");
    lay_out(s);
    made = text(s, "meta/snap.yaml");
    assert_true(has(made, "  hello:\n    command: usr/bin/hello\n  d:\n"
                          "    command: usr/bin/hello --serve\n    daemon: notify\n"
                          "    restart-condition: never\n    environment:\n      A: b=c\n"));
    assert_true(has(made, "socket-mode: 432\n"));
}

static void refusals(void **state) {
    static const struct {
        const char *section, *why;
    } v[] = {
        {"{ base: Core }", "is no base"},
        {"{ base: none }", "static programs take bare"},
        {"{ epoch: '01' }", "no epoch"},
        {"{ assumes: [snapd0] }", "no feature"},
        {"{ plugs: [Net] }", "no name of an interface"},
        {"{ plugs: 1 }", "list of interfaces"},
        {"{ plugs: { a: null }, slots: { a: null } }", "a plug and a slot"},
        {"{ environment: { 1A: x } }", "no name of a variable"},
        {"{ links: { a: [ftp://x] } }", "neither https"},
        {"{ system-usernames: { me: shared } }", "snap_daemon"},
        {"{ hooks: { installed: { from: x } } }", "no hook"},
        {"{ hooks: { default-configure: { from: x } } }", "only with configure"},
        {"{ hooks: { install: { from: gone } } }", "hook install"},
        {"{ layout: { /usr/x: { bind: $SNAP/x, symlink: $SNAP/y } } }", "wants one of"},
        {"{ layout: { /usr/x/../y: { bind: $SNAP/x } } }", "is no place"},
        {"{ layout: { /usr/x: { bind: $HOME/x } } }", "leads to $SNAP"},
        {"{ layout: { /snap/other/x: { bind: $SNAP/x } } }", "another snap"},
        {"{ layout: { /usr/x: { bind: $SNAP/x, mode: '9' } } }", "no permissions"},
        {"{ apps: { a_b: { command: bin/hello } } }", "no name of an app"},
        {"{ apps: { a: { plugs: [] } } }", "needs a command"},
        {"{ apps: { a: { command: 'bin/hello \"x\"' } } }", "start a script"},
        {"{ apps: { a: { command: bin/none } } }", "not among the files"},
        {"{ apps: { a: { command: bin/hello, timer: '10:00' } } }", "is for services"},
        {"{ apps: { a: { command: bin/hello, daemon: dbus } } }", "bus-name"},
        {"{ apps: { a: { command: bin/hello, daemon: simple, success-exit-status: ['0'] } } }",
         "1 to 255"},
        {"{ apps: { a: { command: bin/hello, daemon: simple, stop-timeout: 3 } } }", "no time"},
        {"{ apps: { a: { command: bin/hello, daemon: simple, after: [hello] } } }",
         "no other service"},
        {"{ apps: { a: { command: bin/hello, autostart: x } } }", "NAME.desktop"},
        {"{ apps: { a: { command: bin/hello, desktop: share/x } } }", "not among the files"},
    };

    for (size_t i = 0; i < COUNT(v); i++) {
        void *shop;

        (void)state;
        assert_int_equal(open_shop(&shop), 0);
        section(shop, v[i].section);
        refused(shop, v[i].why);
        close_shop(&shop);
    }
}

static void listed(void **state) {
    struct shop *s = *state;
    struct outfile out = OUTFILE_NONE;
    struct infile in = INFILE_NONE;
    struct tree found = {.mem = &s->mem};
    struct value *facts = value_new(&s->mem, VALUE_MAP);

    lay_out(s);
    if (outfile_open(&out, s->dir.fd, "x.snap", &s->e) ||
        snap_packager.write(&s->j, &s->pkg, &out, &s->e) || outfile_commit(&out, &s->e) ||
        infile_open(&in, s->dir.fd, "x.snap", &s->e) ||
        snap_packager.list(&in, &s->mem, &found, facts, &s->e))
        fail_msg("%s", s->e.msg);
    assert_int_equal(in.size % 4096, 0);
    assert_true(in.size >= 16384);
    assert_int_equal(found.n, s->pkg.n);
    assert_true(str_is(value_text(facts, "Name"), "hello"));
    assert_true(str_is(value_text(facts, "Version"), "1.2.0-beta.1"));
    assert_true(str_is(value_text(facts, "Applications"), "hello"));
    outfile_drop(&out);
    infile_drop(&in);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test_setup_teardown(gui, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(plugs, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(services, open_shop, close_shop),
        cmocka_unit_test(refusals),
        cmocka_unit_test_setup_teardown(listed, open_shop, close_shop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
