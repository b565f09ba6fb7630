/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/guess.h"

#include "base/log.h"
#include "os/abspath.h"
#include "os/fsys.h"
#include "os/git.h"
#include "stage/guess_electron.h"
#include "stage/guess_read.h"
#include "stage/rules.h"
#include "text/tmpl.h"

#include <ctype.h>
#include <string.h>

enum { PEER_MAX = 1024 * 1024, RECIPE_MAX = 64 * 1024, LINE_LONGEST = 200 };

/* What was written for packages comes first: it knows best what packages are called. */
static const struct {
    const char *file;
    guess_reader *read;
} known[] = {
    {"nfpm.yaml", guess_read_nfpm},
    {"nfpm.yml", guess_read_nfpm},
    {".goreleaser.yaml", guess_read_goreleaser},
    {".goreleaser.yml", guess_read_goreleaser},
    {"goreleaser.yaml", guess_read_goreleaser},
    {"goreleaser.yml", guess_read_goreleaser},
    {"electron-builder.yml", guess_read_electron},
    {"electron-builder.yaml", guess_read_electron},
    {"electron-builder.json", guess_read_electron},
    {"Cargo.toml", guess_read_cargo},
    {"go.mod", guess_read_go},
    {"CMakeLists.txt", guess_read_cmake},
    {"package.json", guess_read_package_json},
};

static const char *const license_files[] = {"LICENSE", "LICENSE.txt", "LICENSE.md", "COPYING"};
static const char *const changelogs[] = {"CHANGELOG.md", "CHANGELOG"};
static const char *const icons[] = {"assets/icon.png", "icon.png", "build/icon.png"};

static const struct {
    const char *key;
    int (*good)(struct str s, struct err *e);
} judges[] = {
    {"version", rules_version}, {"maintainer", rules_mail}, {"homepage", rules_url},
    {"license", rules_spdx},    {"id", rules_id},
};

/* "@ann/Hello World" becomes "hello-world". */
static struct str machine_name(struct arena *a, struct str s) {
    char *p = arena_alloc(a, s.n + 1);
    size_t n = 0;

    if (str_starts(s, "@"))
        s = str_cut(s, str_find(s, '/') + 1, s.n);
    for (size_t i = 0; i < s.n; i++) {
        char c = (char)tolower((unsigned char)s.p[i]);

        if (c == '_' || c == ' ' || c == '/')
            c = '-';
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (n && strchr("+.-", c) && c))
            p[n++] = c;
    }
    return (struct str){p, n};
}

/* A program's or file's name that needs quotes nowhere: neither in YAML nor for a shell. */
static bool plain_word(struct str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!isalnum((unsigned char)c) && c != '.' && c != '_' && !(i && strchr("/+-", c)))
            return false;
    }
    return s.n && !str_has(s, "..");
}

void guess_put(struct guess *g, const char *key, struct str text) {
    struct err why = {0};

    text = str_trim(str_cut(str_trim(text), 0, str_find(str_trim(text), '\n')));
    if (!text.n || text.n > LINE_LONGEST || value_get(g->vars, key) || !str_utf8(text) ||
        str_has(text, "{{") || str_has(text, "${"))
        return;
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f)
            return;
    if (!strcmp(key, "name"))
        text = machine_name(g->mem, text);
    else if (!strcmp(key, "version") && str_starts(text, "v"))
        text = str_cut(text, 1, text.n);
    else if (!strcmp(key, "main") && str_starts(text, "./"))
        text = str_cut(text, 2, text.n);
    if (!strcmp(key, "main") || !strcmp(key, "program") || !strcmp(key, "package"))
        if (!plain_word(text))
            return;
    if (text.n < 2 && !strcmp(key, "name")) /* dpkg wants two letters */
        return;
    for (size_t i = 0; i < COUNT(judges); i++)
        if (!strcmp(key, judges[i].key) && judges[i].good(text, &why))
            return;
    value_set(g->mem, g->vars, key, value_str(g->mem, str_dup(g->mem, text)));
}

static const char *first_there(int dir, const char *const *names, size_t n) {
    for (size_t i = 0; i < n; i++) {
        struct err ignored = {0};
        struct fsys_stat st;

        if (!fsys_stat(dir, names[i], &st, &ignored) && st.kind == FSYS_FILE)
            return names[i];
    }
    return NULL;
}

static void read_known(struct guess *g, int dir) {
    for (size_t i = 0; i < COUNT(known); i++) {
        struct err e = {0};
        struct str text;

        if (!first_there(dir, &known[i].file, 1))
            continue;
        if (fsys_read(dir, known[i].file, PEER_MAX, g->mem, &text, &e) ||
            known[i].read(g, text, known[i].file, &e)) {
            log_warn("%s is passed over: %s", known[i].file, e.msg);
            continue;
        }
        g->from =
            str_fmt(g->mem, STR_F "%s%s", STR_A(g->from), g->from.n ? ", " : "", known[i].file);
    }
}

/* What only electron-builder itself can read. */
static void tell_unread(const struct guess *g, int dir) {
    static const char *const names[] = {
        "electron-builder.json5",     "electron-builder.toml",       "electron-builder.js",
        "electron-builder.config.js", "electron-builder.config.cjs", "electron-builder.config.mjs",
        "electron-builder.config.ts",
    };
    const char *name = first_there(dir, names, COUNT(names));

    if (name && (!g->peer || !g->peer->n))
        log_warn("%s is not read here; as electron-builder.yml or electron-builder.json it is",
                 name);
}

static void find_files(struct guess *g, int dir) {
    guess_put(g, "license_file", str_of(first_there(dir, license_files, COUNT(license_files))));
    guess_put(g, "changelog", str_of(first_there(dir, changelogs, COUNT(changelogs))));
    guess_put(g, "icon", str_of(first_there(dir, icons, COUNT(icons))));
}

/* Tags make the version; who committed last is the best guess at a maintainer. */
static void ask_git(struct guess *g) {
    struct git_facts f;
    struct git_change *newest;
    struct err ignored = {0};
    size_t n;

    if (git_facts(g->dir, g->mem, &f, &ignored) || !f.found || !f.commit.n)
        return;
    if (f.tag.n)
        value_set(g->mem, g->vars, "tagged", value_bool(g->mem, true));
    if (!git_changes(g->dir, (struct str){0}, STR("HEAD"), 1, g->mem, &newest, &n, &ignored) && n)
        guess_put(g, "maintainer",
                  str_fmt(g->mem, STR_F " <" STR_F ">", STR_A(newest[0].author),
                          STR_A(newest[0].email)));
}

/* https://github.com/ann/hello is io.github.ann.hello, as Linux software shops have it. */
static void name_id(struct guess *g) {
    struct str rest = value_text(g->vars, "homepage"), owner;
    char *p;

    if (!str_starts(rest, "https://github.com/"))
        return;
    rest = str_cut(rest, sizeof "https://github.com/" - 1, rest.n);
    owner = str_split(&rest, '/');
    p = arena_dup(g->mem, owner.p, owner.n);
    for (size_t i = 0; i < owner.n; i++)
        p[i] = (char)tolower((unsigned char)p[i]);
    guess_put(g, "id",
              str_fmt(g->mem, "io.github.%.*s." STR_F, (int)owner.n, p,
                      STR_A(value_text(g->vars, "name"))));
}

static void fill_rest(struct guess *g, struct str folder, int dir) {
    struct str name;
    const char *command;
    struct fsys_stat st;
    struct err ignored = {0};

    guess_put(g, "name", folder);
    guess_put(g, "name", STR("app"));
    name = value_text(g->vars, "name");
    guess_put(g, "title", name);
    guess_put(g, "summary", value_text(g->vars, "title"));
    guess_put(g, "version", STR("0.1.0"));
    guess_put(g, "program", name);
    name_id(g);
    command = arena_fmt(g->mem, "./cmd/" STR_F, STR_A(value_text(g->vars, "program")));
    if (!fsys_stat(dir, command, &st, &ignored) && st.kind == FSYS_DIR)
        guess_put(g, "package", str_of(command));
    guess_put(g, "package", STR("."));
#if defined(__aarch64__)
    guess_put(g, "arch", STR("aarch64"));
#else
    guess_put(g, "arch", STR("x86_64"));
#endif
}

int guess_project(const char *dir, struct arena *a, struct guess *g, struct err *e) {
    AUTO(fsys_dir) d = FSYS_DIR_NONE;
    struct str folder, full;

    *g = (struct guess){.mem = a, .dir = dir, .kind = "plain", .vars = value_new(a, VALUE_MAP)};
    if (fsys_dir_open(&d, FSYS_HERE, dir, e) || abspath(dir, a, &full, e))
        return (int)e->code;
    folder = full;
    while (folder.n > 1 && (str_ends(folder, "/") || str_ends(folder, "/.")))
        folder.n--;
    folder = str_cut(folder, str_rfind(folder, '/') < folder.n ? str_rfind(folder, '/') + 1 : 0,
                     folder.n);
    read_known(g, d.fd);
    tell_unread(g, d.fd);
    find_files(g, d.fd);
    ask_git(g);
    fill_rest(g, folder, d.fd);
    if (g->peer)
        guess_electron(g);
    return OK;
}

int guess_recipe(const struct guess *g, struct buf *out, struct err *e) {
    buf_init(out, RECIPE_MAX);
    if (tmpl_render("init/head.yaml", g->vars, out, e) ||
        tmpl_render(arena_fmt(g->mem, "init/%s.yaml", g->kind), g->vars, out, e) ||
        tmpl_render("init/tail.yaml", g->vars, out, e))
        return (int)e->code;
    return buf_check(out, "the recipe", e);
}
