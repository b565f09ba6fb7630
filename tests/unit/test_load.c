/* SPDX-License-Identifier: Apache-2.0 */
#include "os/child.h"
#include "os/fsys.h"
#include "os/tmpdir.h"
#include "stage/load.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct schema text_item[] = {{.kind = SCHEMA_STR}, {0}};
static const struct schema deb[] = {
    {.key = "depends", .kind = SCHEMA_LIST, .flags = SCHEMA_ONE_OR_LIST, .sub = text_item}, {0}};
static const struct schema dir[] = {{.key = "path", .kind = SCHEMA_STR, .flags = SCHEMA_REQUIRED},
                                    {0}};
static const struct schema pgp[] = {{.key = "key", .kind = SCHEMA_STR, .flags = SCHEMA_REQUIRED},
                                    {0}};
static const struct load_section sections[] = {
    {.name = "deb", .schema = deb, .kind = LOAD_FORMAT},
    {.name = "rpm", .kind = LOAD_FORMAT},
    {.name = "tar.gz", .kind = LOAD_FORMAT},
    {.name = "openpgp", .schema = pgp, .kind = LOAD_SIGNER},
    {.name = "dir", .schema = dir, .kind = LOAD_PUBLISHER},
    {0}};

/* Eight lines; what a test adds begins in line 9. */
#define HEAD                                                                                       \
    "schema: 1\n"                                                                                  \
    "name: hello\n"                                                                                \
    "version: 1.2.3\n"                                                                             \
    "targets:\n"                                                                                   \
    "  - os: linux\n"                                                                              \
    "    arch: x86_64\n"                                                                           \
    "    formats: [deb, rpm]\n"                                                                    \
    "    files: [{from: hello, to: bin/hello}]\n"

struct loaded {
    struct arena mem;
    struct recipe *r;
    struct report said;
    struct err e;
    int rc;
};

static void file(const char *name, const char *text) {
    struct err e = {0};

    assert_int_equal(fsys_write(FSYS_HERE, name, str_of(text), 0644, &e), 0);
}

static void load_with(struct loaded *l, const char *yaml, const struct load_opts *more) {
    struct load_opts o = *more;

    memset(l, 0, sizeof *l);
    l->said.mem = &l->mem;
    o.path = "slipway.yaml";
    o.sections = sections;
    if (yaml)
        file(o.path, yaml);
    l->rc = load_recipe(&o, &l->mem, &l->said, &l->r, &l->e);
    assert_int_equal(l->rc == 0, l->r != NULL);
    if (l->rc)
        assert_int_equal(l->rc, l->e.code);
}

static void load(struct loaded *l, const char *yaml) {
    load_with(l, yaml, &(struct load_opts){0});
}

/* Mistakes without "slipway.yaml:" in front, one a line. */
static void wants(const char *yaml, const char *lines) {
    char got[8000] = "";
    struct loaded l;

    load(&l, yaml);
    for (size_t i = 0; i < l.said.n; i++) {
        const char *z = l.said.line[i].p;

        strcat(got, str_starts(l.said.line[i], "slipway.yaml:") ? z + 13 : z);
        strcat(got, "\n");
    }
    if (l.rc && !l.said.n)
        strcat(got, l.e.msg);
    assert_string_equal(got, lines);
    assert_int_equal(l.rc, *lines ? E_RECIPE : 0);
    arena_drop(&l.mem);
}

static void good(struct loaded *l, const char *yaml) {
    load(l, yaml);
    if (l->rc)
        fail_msg("%s", l->said.n ? l->said.line[0].p : l->e.msg);
}

static void is(struct str got, const char *z) {
    char *s = malloc(got.n + 1);

    memcpy(s, got.n ? got.p : "", got.n);
    s[got.n] = '\0';
    assert_string_equal(s, z);
    free(s);
}

static void test_defaults(void **state) {
    struct loaded l;

    (void)state;
    good(&l, HEAD);
    is(l.r->title, "hello");
    is(l.r->release, "1");
    assert_int_equal(l.r->time, 1700000000);
    assert_string_equal(l.r->file, "slipway.yaml");
    assert_int_equal(l.r->dir[0], '/');
    assert_int_equal(l.r->n_targets, 1);
    assert_int_equal(l.r->targets[0].n_formats, 2);
    assert_int_equal(l.r->targets[0].formats_at[1].col, 20);
    assert_int_equal(l.r->targets[0].files[0].at.line, 8);
    assert_false(l.r->menu);
    arena_drop(&l.mem);
    wants("\xef\xbb\xbf" HEAD, "");
}

static void test_all_fields(void **state) {
    struct loaded l;
    const struct recipe *r;

    (void)state;
    file("post.sh", "#!/bin/sh\n");
    good(&l,
         HEAD "entry: bin/hello\n"
              "categories: [Utility, Network;]\n"
              "protocols: hello\n"
              "associations: [{extension: hlo}]\n"
              "shortcuts: {desktop: true}\n"
              "files: [{to: /etc/hello.conf, text: 'a', mode: '0640', role: config},\n"
              "        {to: ./x/, link: ../y}, {to: ., from: z, exclude: '*.o'}]\n"
              "services: [{name: hellod, exec: bin/hellod, environment: {A: 1}, start: false}]\n"
              "scripts: {post-install: post.sh}\n"
              "build: [{run: make}, {run: [make, all], env: {B: c}}]\n");
    r = l.r;
    is(r->categories, "Utility;Network;");
    is(r->protocols[0].scheme, "hello");
    is(r->associations[0].mime, "application/x-hello-hlo");
    assert_true(r->menu && r->desktop);
    assert_int_equal(r->n_files, 3);
    assert_int_equal(r->files[0].mode, 0640);
    assert_true(r->files[0].has_mode && r->files[0].has_text && !r->files[0].has_dir_mode);
    is(r->files[1].to, "x/");
    is(r->files[2].to, "");
    is(r->files[2].exclude[0], "*.o");
    is(r->services[0].env[0], "A=1");
    assert_true(r->services[0].enable && !r->services[0].start);
    is(r->scripts.post_install, "#!/bin/sh\n");
    is(r->steps[0].run, "make");
    is(r->steps[0].name, "step 1");
    assert_int_equal(r->steps[0].n_argv, 0);
    assert_int_equal(r->steps[1].n_argv, 2);
    is(r->steps[1].env[0], "B=c");
    arena_drop(&l.mem);
}

static void test_one_mistake(void **state) {
    static const struct {
        const char *more, *line;
    } cases[] = {
        {"formts: x\n", "9:1: unknown key \"formts\"\n"},
        {"titel: x\n", "9:1: unknown key \"titel\"; did you mean \"title\"?\n"},
        {"id: hello\n",
         "9:5: bad id \"hello\"; it is a reversed domain name like com.example.hello\n"},
        {"homepage: example.com\n",
         "9:11: bad homepage \"example.com\"; it is an http:// or https:// address\n"},
        {"maintainer: Ann\n",
         "9:13: bad maintainer \"Ann\"; it is written Name <name@example.com>\n"},
        {"license: All rights reserved\n",
         "9:10: bad license \"All rights reserved\"; it is an SPDX expression like MIT, "
         "\"Apache-2.0 OR MIT\" or LicenseRef-Proprietary\n"},
        {"license-file: COPYING\n", "9:15: license-file: there is no file COPYING\n"},
        {"icon: .\n", "9:7: icon: . is not a file\n"},
        {"changelog: NEWS\n", NULL},
        {"protocols: [hello]\n", "9:1: protocols need an entry: the program that opens them\n"},
        {"shortcuts: {menu: true}\n",
         "9:13: a shortcut needs an entry: the program that it starts\n"},
        {"entry: bin/hello\nprotocols: ['hello://']\n",
         "10:13: bad protocols \"hello://\"; only the scheme is written here, without \"://\"\n"},
        {"files: [{from: a, to: ../b}]\n",
         "9:23: bad to \"../b\" in files[0]; it is a path without \"..\" and empty parts\n"},
        {"files: [{from: a, to: b, mode: 755}]\n",
         "9:32: mode in files[0] must be a string; write it in quotes: \"755\"\n"},
        {"files: [{from: a, to: b, mode: 'rwx'}]\n",
         "9:32: bad mode \"rwx\" in files[0]; it is octal and in quotes, like \"0755\"\n"},
        {"files: [{from: a, to: b, link: c}]\n",
         "9:9: only one of from, link, dir and text can say what the file is\n"},
        {"files: [{to: b}]\n",
         "9:9: nothing says what the file is: from, link, dir or text is missing\n"},
        {"files: [{to: b, dir: true, owner: 'a b'}]\n",
         "9:35: bad owner \"a b\" in files[0]; it is the name of a user or group\n"},
        {"services: [{name: a, exec: bin/a}, {name: a, exec: bin/b}]\n",
         "9:36: service a is here twice, first in line 9\n"},
        {"services: [{name: a, exec: bin/a, environment: {'A B': c}}]\n",
         "9:49: bad variable \"A B\" in environment; a variable's name is made of letters, digits "
         "and _\n"},
        {"scripts: {post-install: nope.sh}\n", "9:25: post-install: there is no file nope.sh\n"},
        {"rpm: {scripts: {pre-remove: nope.sh}}\n", "9:29: pre-remove: there is no file nope.sh\n"},
        {"deb: {depend: a}\n", "9:7: unknown key \"depend\" in deb; did you mean \"depends\"?\n"},
        {"deb: {title: \"a\\nX: b\"}\n",
         "9:14: title in deb must be one line without control characters\n"},
        {"sign: {opengpg: {key: a}}\n",
         "9:8: unknown key \"opengpg\" in sign; did you mean \"openpgp\"?\n"},
        {"publish: {to: dri}\n",
         "9:15: unknown word \"dri\" for to in publish[0]; did you mean \"dir\"?\n"},
        {"build: [{run: []}]\n", "9:15: run is empty\n"},
        {"summary: '{{ nam }}'\n", "9:10: unknown variable \"nam\"; did you mean \"name\"?\n"},
        {"summary: '{{ arch }}'\n", "9:10: {{ arch }} is known only inside a target\n"},
        {"summary: '{{ env.SLIPWAY_NOT_THERE }}'\n",
         "9:10: the environment variable SLIPWAY_NOT_THERE is not set\n"},
        {"summary: '{{ git.commit }}'\n",
         "9:10: {{ git.commit }} is not known: this is no git repository\n"},
        {"summary: {{ name }}\n", NULL},
        {"name: again\n", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char yaml[2000];
        struct loaded l;

        strcat(strcpy(yaml, HEAD), cases[i].more);
        if (cases[i].line) {
            wants(yaml, cases[i].line);
            continue;
        }
        load(&l, yaml); /* somebody else's words, at our place */
        assert_int_equal(l.rc, E_RECIPE);
        assert_int_equal(l.said.n, 1);
        assert_true(str_starts(l.said.line[0], "slipway.yaml:9:"));
        assert_string_equal(l.e.msg, l.said.line[0].p);
        arena_drop(&l.mem);
    }
}

static void test_targets(void **state) {
    static const char start[] = "schema: 1\nname: hello\nversion: 1.2.3\n";
    char yaml[2000];

    (void)state;
    wants(start, "1:1: key \"targets\" is missing\n");
    strcat(strcpy(yaml, start), "targets: []\n");
    wants(yaml, "4:10: targets is empty\n");
    strcat(strcpy(yaml, start), "targets: [{os: linux, arch: amd64, formats: []}]\n");
    wants(yaml, "4:45: formats in targets[0] is empty\n");
    strcat(strcpy(yaml, start), "targets:\n  - {os: linux, arch: amd64, formats: debb}\n"
                                "  - {os: linux, arch: x86_64, formts: [deb]}\n"
                                "  - {os: windows, arch: universal, formats: [deb, deb]}\n");
    wants(yaml, "5:39: unknown word \"debb\" for formats in targets[0]; did you mean \"deb\"?\n"
                "6:5: target linux/x86_64 is here twice, first in line 5\n"
                "6:31: unknown key \"formts\" in targets[1]; did you mean \"formats\"?\n"
                "7:5: arch universal is for os macos only\n"
                "7:51: format deb is here twice, first in line 7\n");
    strcat(strcpy(yaml, start),
           "targets:\n  - {os: linux, arch: amd64, formats: deb, files: &f [{from: a, too: b}]}\n"
           "  - {os: linux, arch: arm64, formats: deb, files: *f}\n");
    wants(yaml, "5:65: unknown key \"too\" in targets[0].files[0]; did you mean \"to\"?\n");
}

static void test_variables(void **state) {
    struct loaded l;

    (void)state;
    setenv("SLIPWAY_TEST_WORD", "from the environment", 1);
    good(&l, HEAD "title: 'Hello {{ version }}'\n"
                  "summary: '{{ title }} {{ env.SLIPWAY_TEST_WORD }} {{ date }} \\{{ x }}'\n"
                  "sign: {openpgp: {key: 'env:GPG_KEY'}}\n");
    is(l.r->summary, "Hello 1.2.3 from the environment 2023-11-14 {{ x }}");
    is(value_text(recipe_section(l.r, NULL, "openpgp", &l.mem), "key"), "env:GPG_KEY");
    arena_drop(&l.mem);
    good(&l, "schema: 1\nname: a\nversion: 1.0.0\ntargets:\n"
             "  - {os: linux, arch: amd64, formats: deb, files: &f [{from: '{{ os }}-{{ arch }}', "
             "to: b}]}\n"
             "  - {os: macos, arch: arm64, formats: deb, files: *f}\n");
    is(l.r->targets[0].files[0].from, "linux-x86_64");
    is(l.r->targets[1].files[0].from, "macos-aarch64");
    arena_drop(&l.mem);
}

static void test_extends(void **state) {
    struct loaded l;

    (void)state;
    file("base.yaml", "schema: 1\nname: base\ntitel: x\nsummary: of base\n"
                      "deb: {depends: [a, b], section: net}\n");
    wants("extends: base.yaml\nversion: 1.2.3\nformts: a\ntargets:\n"
          "  - {os: linux, arch: amd64, formats: deb}\n",
          "3:1: unknown key \"formts\"\n"
          "base.yaml:3:1: unknown key \"titel\"; did you mean \"title\"?\n"
          "base.yaml:5:24: unknown key \"section\" in deb\n");
    file("base.yaml", "schema: 1\nname: base\nsummary: of base\n"
                      "deb: {depends: [a, b], title: t}\n");
    good(&l, "extends: base.yaml\nversion: 1.2.3\nname: child\ndeb: {depends: c}\n"
             "targets:\n  - {os: linux, arch: amd64, formats: deb}\n");
    is(l.r->name, "child");
    is(l.r->summary, "of base");
    is(value_find(l.r->root, STR("deb.depends.0"))->s, "c");
    assert_int_equal(value_find(l.r->root, STR("deb.depends"))->n, 1);
    is(value_find(l.r->root, STR("deb.title"))->s, "t");
    assert_null(value_get(l.r->root, "extends"));
    arena_drop(&l.mem);

    wants("extends: nope.yaml\n",
          "1:10: nope.yaml: there is no such file (slipway.yaml -> nope.yaml)\n");
    file("base.yaml", "extends: slipway.yaml\n");
    wants("extends: base.yaml\n", "base.yaml:1:10: recipes extend each other in a circle: "
                                  "slipway.yaml -> base.yaml -> slipway.yaml\n");
    file("base.yaml", "- a\n");
    wants("extends: base.yaml\n", "base.yaml:1:1: a recipe is a map of keys, not a list\n");
    for (int i = 0; i < 9; i++) {
        char name[20], text[40];

        snprintf(name, sizeof name, "b%d.yaml", i);
        snprintf(text, sizeof text, "extends: b%d.yaml\n", i + 1);
        file(name, text);
    }
    load(&l, "extends: b0.yaml\n");
    assert_int_equal(l.rc, E_RECIPE);
    assert_non_null(strstr(l.e.msg, "b6.yaml:1:10: more than 8 recipes extend one another"));
    arena_drop(&l.mem);
}

static void test_hostile(void **state) {
    char *big = malloc(5 * 1024 * 1024);
    struct err e = {0};
    struct loaded l;

    (void)state;
    wants("", "1:1: a recipe is a map of keys, not nothing\n");
    wants("- a\n", "1:1: a recipe is a map of keys, not a list\n");
    wants("schema: 2\nfoo: 1\n", "1:9: this slipway reads schema 1, not 2\n");
    wants("schema: 1\nname: h\xff\n", "2:8: not valid UTF-8\n");
    memset(big, '#', 5 * 1024 * 1024);
    assert_int_equal(
        fsys_write(FSYS_HERE, "slipway.yaml", (struct str){big, 5 * 1024 * 1024}, 0644, &e), 0);
    free(big);
    load(&l, NULL);
    assert_int_equal(l.rc, E_RECIPE);
    assert_string_equal(l.e.msg, "slipway.yaml: is larger than the 4 MiB that a recipe may have");
    arena_drop(&l.mem);
    assert_int_equal(fsys_unlink(FSYS_HERE, "slipway.yaml", &e), 0);
    load(&l, NULL);
    assert_int_equal(l.rc, E_INPUT);
    arena_drop(&l.mem);
}

static void git(const char *a, const char *b, const char *c, const char *d) {
    const char *argv[] = {"git", "-c", "user.name=A", "-c", "user.email=a@b", a, b, c, d, NULL};
    struct err e = {0};

    if (child_run(argv, &(struct child_opts){0}, NULL, &e))
        fail_msg("%s", e.msg);
}

#define FROM_GIT                                                                                   \
    "schema: 1\nname: hello\nversion: git\ntargets: [{os: linux, arch: amd64, formats: deb}]\n"    \
    "summary: 'v{{ version }} {{ git.tag }}'\n"

static void test_git(void **state) {
    struct loaded l;

    (void)state;
    wants(FROM_GIT, "3:10: version: git needs a git repository with a version tag; write the "
                    "version here, or: git init, git commit, git tag v0.1.0\n"
                    "5:10: {{ git.tag }} is not known: this is no git repository\n");
    setenv("GIT_COMMITTER_DATE", "2024-01-02T03:04:05Z", 1);
    git("init", "-q", NULL, NULL);
    git("commit", "-q", "--allow-empty", "-mone");
    wants(FROM_GIT, "3:10: version: git finds no version tag that leads to HEAD; make one: git tag "
                    "v0.1.0\n"
                    "5:10: {{ git.tag }} is not known: no version tag leads to HEAD\n");
    git("tag", "v1.2.3", NULL, NULL);
    unsetenv("SOURCE_DATE_EPOCH");
    good(&l, FROM_GIT);
    is(l.r->version, "1.2.3");
    is(l.r->summary, "v1.2.3 v1.2.3");
    assert_int_equal(l.r->time, 1704164645);
    arena_drop(&l.mem);
    git("commit", "-q", "--allow-empty", "-mtwo");
    good(&l, FROM_GIT);
    assert_true(str_starts(l.r->version, "1.2.4-dev.1+g"));
    arena_drop(&l.mem);
    git("tag", "v1.3.0-rc.1", NULL, NULL);
    git("commit", "-q", "--allow-empty", "-mthree");
    git("commit", "-q", "--allow-empty", "-mfour");
    good(&l, FROM_GIT);
    assert_true(str_starts(l.r->version, "1.3.0-rc.1.dev.2+g"));
    arena_drop(&l.mem);
}

static void test_set(void **state) {
    static const char *const set[] = {"title=New: title", "deb.depends=[x, y]", "tar.gz.title=t",
                                      "targets.0.arch=arm64"};
    static const char *const bad[] = {"titel=x", "nothing", "name.x=1", "targets.7.os=x"};
    struct loaded l;

    (void)state;
    load_with(&l, HEAD, &(struct load_opts){.set = set, .n_set = 2, .set_version = "2.0.0-rc.1"});
    assert_int_equal(l.rc, E_RECIPE); /* "New: title" is a map to YAML */
    arena_drop(&l.mem);
    load_with(&l, HEAD,
              &(struct load_opts){.set = set + 1, .n_set = 3, .set_version = "2.0.0-rc.1"});
    if (l.rc)
        fail_msg("%s", l.e.msg);
    is(l.r->version, "2.0.0-rc.1");
    is(value_find(l.r->root, STR("deb.depends.1"))->s, "y");
    is(value_text(recipe_section(l.r, NULL, "tar.gz", &l.mem), "title"), "t");
    assert_int_equal(l.r->targets[0].arch, ARCH_AARCH64);
    arena_drop(&l.mem);
    load_with(&l, HEAD, &(struct load_opts){.set = bad, .n_set = 4, .set_version = "2"});
    assert_int_equal(l.said.n, 5);
    is(l.said.line[0], "--set: \"nothing\" is not KEY=VALUE");
    is(l.said.line[3], "--set titel: unknown key \"titel\"; did you mean \"title\"?");
    assert_string_equal(l.e.msg, "slipway.yaml: 5 mistakes");
    arena_drop(&l.mem);
}

static void test_format_view(void **state) {
    struct loaded l;
    const struct recipe *r;

    (void)state;
    file("a.sh", "of all\n");
    file("b.sh", "of deb\n");
    good(&l, "schema: 1\nname: hello\nversion: 1.2.3\nfiles: [{from: a, to: b}]\n"
             "scripts: {post-install: a.sh, pre-remove: a.sh}\n"
             "deb: {name: hello-deb, summary: of deb, scripts: {post-install: b.sh}, "
             "files: [{from: c, to: d}]}\n"
             "targets:\n  - {os: linux, arch: amd64, formats: [deb, rpm], deb: {summary: near}}\n");
    assert_int_equal(recipe_for_format(l.r, l.r->targets, "deb", &l.mem, &r, &l.e), 0);
    is(r->name, "hello-deb");
    is(r->title, "hello");
    is(r->summary, "near");
    is(r->scripts.post_install, "of deb\n");
    is(r->scripts.pre_remove, "of all\n");
    assert_int_equal(r->n_files, 2);
    assert_int_equal(l.r->n_files, 1);
    assert_int_equal(recipe_for_format(l.r, l.r->targets, "rpm", &l.mem, &r, &l.e), 0);
    is(r->name, "hello");
    assert_int_equal(r->n_files, 1);
    arena_drop(&l.mem);
}

static void resolved(struct loaded *l, struct buf *b) {
    good(l, NULL);
    buf_init(b, 1 << 20);
    assert_int_equal(load_resolved(l->r, b, &l->e), 0);
    arena_drop(&l->mem);
}

static void test_resolved(void **state) {
    AUTO(buf) one = BUF_NONE;
    AUTO(buf) two = BUF_NONE;
    struct loaded l;

    (void)state;
    file("a.sh", "one\n");
    file("slipway.yaml", HEAD "scripts: {post-install: a.sh}\nsummary: 'of {{ name }}'\n");
    resolved(&l, &one);
    assert_non_null(strstr(one.p, "\"summary\": \"of hello\""));
    assert_non_null(strstr(one.p, "\"title\": \"hello\""));
    file("a.sh", "two\n"); /* another script is another recipe */
    resolved(&l, &two);
    assert_string_not_equal(one.p, two.p);
}

static int enter(void **state) {
    static struct tmpdir here;
    struct err e = {0};

    here = TMPDIR_NONE;
    *state = &here;
    setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
    return tmpdir_open(&here, "load", &e) || chdir(here.path);
}

static int leave(void **state) {
    tmpdir_drop(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_defaults, enter, leave),
        cmocka_unit_test_setup_teardown(test_all_fields, enter, leave),
        cmocka_unit_test_setup_teardown(test_one_mistake, enter, leave),
        cmocka_unit_test_setup_teardown(test_targets, enter, leave),
        cmocka_unit_test_setup_teardown(test_variables, enter, leave),
        cmocka_unit_test_setup_teardown(test_extends, enter, leave),
        cmocka_unit_test_setup_teardown(test_hostile, enter, leave),
        cmocka_unit_test_setup_teardown(test_git, enter, leave),
        cmocka_unit_test_setup_teardown(test_set, enter, leave),
        cmocka_unit_test_setup_teardown(test_format_view, enter, leave),
        cmocka_unit_test_setup_teardown(test_resolved, enter, leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
