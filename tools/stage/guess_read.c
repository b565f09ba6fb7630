/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/guess_read.h"

#include <ctype.h>
#include <string.h>

static void put_all(struct guess *g, const struct value *map, const char *const *pairs) {
    for (; pairs[0]; pairs += 2)
        guess_put(g, pairs[1], value_text(map, pairs[0]));
}

/* "Ann <ann@example.com> (https://…)", or a map of these. */
static void put_person(struct guess *g, const struct value *v) {
    if (!v)
        return;
    if (v->kind == VALUE_MAP)
        guess_put(g, "maintainer",
                  str_fmt(g->mem, STR_F " <" STR_F ">", STR_A(value_text(v, "name")),
                          STR_A(value_text(v, "email"))));
    else
        guess_put(g, "maintainer", str_cut(v->s, 0, str_find(v->s, '>') + 1));
}

static struct str person_name(const struct value *v) {
    if (v && v->kind == VALUE_MAP)
        return value_text(v, "name");
    return v ? str_cut(v->s, 0, str_find(v->s, '<')) : STR("");
}

/* The first build that is found is the one. */
static void build_is(struct guess *g, const char *kind) {
    if (!strcmp(g->kind, "plain"))
        g->kind = kind;
}

static void put_electron(struct guess *g, const struct value *v) {
    static const char *const own[] = {"appId", "id", "productName", "title", NULL};
    static const char *const linux_keys[] = {"maintainer",     "maintainer", "vendor",
                                             "vendor",         "synopsis",   "summary",
                                             "executableName", "program",    NULL};

    build_is(g, "electron");
    if (!g->peer)
        g->peer = v && v->kind == VALUE_MAP ? v : value_new(g->mem, VALUE_MAP);
    put_all(g, v, own);
    put_all(g, value_get(v, "linux"), linux_keys);
}

int guess_read_electron(struct guess *g, struct str text, const char *name, struct err *e) {
    struct value *v;

    if (value_yaml(text, name, g->mem, &v, e))
        return (int)e->code;
    put_electron(g, v);
    return OK;
}

int guess_read_package_json(struct guess *g, struct str text, const char *name, struct err *e) {
    static const char *const keys[] = {"name",     "name",     "productName", "title",
                                       "version",  "version",  "description", "summary",
                                       "homepage", "homepage", "license",     "license",
                                       NULL};
    const struct value *bin;
    struct value *v;

    if (value_json(text, name, g->mem, &v, e))
        return (int)e->code;
    if (value_find(v, STR("devDependencies.electron")) ||
        value_find(v, STR("dependencies.electron")))
        put_electron(g, value_get(v, "build"));
    build_is(g, "npm");
    put_all(g, v, keys);
    put_person(g, value_get(v, "author"));
    if (!strcmp(g->kind, "electron")) /* what it writes as CompanyName */
        guess_put(g, "vendor", person_name(value_get(v, "author")));
    bin = value_get(v, "bin");
    if (bin && bin->kind == VALUE_MAP && bin->child) {
        guess_put(g, "program", bin->child->key);
        guess_put(g, "main", bin->child->s);
    } else if (bin) {
        guess_put(g, "main", bin->s);
    }
    return OK;
}

/* A "basic" or 'literal' string of TOML without escapes, the first in the text; else
 * empty. */
static struct str quoted(struct str s) {
    size_t d = str_find(s, '"'), q = str_find(s, '\''), at = d < q ? d : q;
    struct str in;

    if (at >= s.n)
        return (struct str){0};
    in = str_cut(s, at + 1, s.n);
    in = str_cut(in, 0, str_find(in, s.p[at]));
    return str_find(in, '\\') < in.n ? STR("") : in;
}

/* Only the lines of [package] and the first [[bin]]: the rest of TOML is not needed for
 * them. */
int guess_read_cargo(struct guess *g, struct str text, const char *name, struct err *e) {
    static const char *const keys[] = {"name",     "version",    "description", "license",
                                       "homepage", "repository", "authors"};
    static const char *const ours[] = {"name",     "version",  "summary",   "license",
                                       "homepage", "homepage", "maintainer"};
    struct str section = {0};

    (void)name;
    (void)e;
    build_is(g, "cargo");
    while (text.n) {
        struct str line = str_trim(str_split(&text, '\n'));
        struct str key = str_trim(str_cut(line, 0, str_find(line, '=')));
        struct str value = str_cut(line, str_find(line, '=') + 1, line.n);

        if (str_starts(line, "[") && str_find(line, '=') == line.n)
            section = line;
        if (str_is(section, "[[bin]]") && str_is(key, "name"))
            guess_put(g, "program", quoted(value));
        for (size_t i = 0; i < COUNT(keys); i++)
            if (str_is(section, "[package]") && str_is(key, keys[i]))
                guess_put(g, ours[i], quoted(value));
    }
    return OK;
}

/* example.com/ann/hello/v2: the last part that is no version. */
int guess_read_go(struct guess *g, struct str text, const char *name, struct err *e) {
    (void)name;
    (void)e;
    build_is(g, "go");
    while (text.n) {
        struct str line = str_trim(str_split(&text, '\n')), last;
        uint64_t major;

        if (!str_starts(line, "module "))
            continue;
        line = str_trim(str_cut(line, 7, line.n));
        line = str_cut(line, 0, str_find(line, ' ')); /* a comment may follow */
        last = str_cut(line, str_rfind(line, '/') < line.n ? str_rfind(line, '/') + 1 : 0, line.n);
        if (str_starts(last, "v") && str_u64(str_cut(last, 1, last.n), 10000, &major)) {
            line = str_cut(line, 0, str_rfind(line, '/'));
            last =
                str_cut(line, str_rfind(line, '/') < line.n ? str_rfind(line, '/') + 1 : 0, line.n);
        }
        guess_put(g, "name", last);
        if (str_starts(line, "github.com/"))
            guess_put(g, "homepage", str_fmt(g->mem, "https://" STR_F, STR_A(line)));
        return OK;
    }
    return OK;
}

/* The next argument of a CMake call, without its quotes; empty at the end. */
static struct str argument(struct str *rest) {
    struct str word;

    *rest = str_trim(*rest);
    if (rest->n && rest->p[0] == '"') {
        *rest = str_cut(*rest, 1, rest->n);
        return str_split(rest, '"');
    }
    word = *rest;
    word.n = 0;
    while (word.n < rest->n && !isspace((unsigned char)rest->p[word.n]))
        word.n++;
    *rest = str_cut(*rest, word.n, rest->n);
    return word;
}

/* What stands between the parentheses of the first call of `command` at a line's
 * beginning. */
static bool call(struct str text, const char *command, struct str *args) {
    size_t n = strlen(command);

    while (text.n) {
        struct str here = text, line = str_trim(str_split(&text, '\n'));
        bool same = line.n > n;

        for (size_t i = 0; same && i < n; i++)
            same = tolower((unsigned char)line.p[i]) == command[i];
        if (!same || !str_starts(str_trim(str_cut(line, n, line.n)), "("))
            continue;
        here = str_cut(here, str_find(here, '(') + 1, here.n);
        *args = str_cut(here, 0, str_find(here, ')'));
        return true;
    }
    return false;
}

int guess_read_cmake(struct guess *g, struct str text, const char *name, struct err *e) {
    struct str args, word;

    (void)name;
    (void)e;
    build_is(g, "cmake");
    if (call(text, "project", &args)) {
        guess_put(g, "title", word = argument(&args));
        guess_put(g, "name", word);
        while (args.n) {
            word = argument(&args);
            if (str_is(word, "VERSION"))
                guess_put(g, "version", argument(&args));
            else if (str_is(word, "DESCRIPTION"))
                guess_put(g, "summary", argument(&args));
            else if (str_is(word, "HOMEPAGE_URL"))
                guess_put(g, "homepage", argument(&args));
        }
    }
    if (call(text, "add_executable", &args))
        guess_put(g, "program", argument(&args));
    return OK;
}

static const char *const package_keys[] = {"name",        "name",     "version",    "version",
                                           "description", "summary",  "vendor",     "vendor",
                                           "license",     "license",  "maintainer", "maintainer",
                                           "homepage",    "homepage", NULL};

int guess_read_nfpm(struct guess *g, struct str text, const char *name, struct err *e) {
    struct value *v;

    if (value_yaml(text, name, g->mem, &v, e))
        return (int)e->code;
    put_all(g, v, package_keys);
    return OK;
}

/* The machines that it builds for Windows, for the templates: rows { arch, goarch }. */
static void put_windows(struct guess *g, const struct value *build) {
    static const char *const machines[][2] = {{"amd64", "x86_64"},
                                              {"arm64", "aarch64"},
                                              {"386", "i686"}};
    const struct value *systems = value_get(build, "goos"), *archs = value_get(build, "goarch");
    struct value *rows = value_new(g->mem, VALUE_LIST);
    bool windows = false;

    for (const struct value *c = systems ? systems->child : NULL; c; c = c->next)
        windows |= str_is(c->s, "windows");
    for (size_t i = 0; i < COUNT(machines) && windows; i++)
        for (const struct value *c = archs ? archs->child : NULL; c; c = c->next)
            if (str_is(c->s, machines[i][0])) {
                struct value *row = value_new(g->mem, VALUE_MAP);

                value_set(g->mem, row, "goarch", value_str(g->mem, c->s));
                value_set(g->mem, row, "arch", value_str(g->mem, str_of(machines[i][1])));
                value_add(rows, row);
            }
    value_set(g->mem, g->vars, "go_windows", rows);
}

int guess_read_goreleaser(struct guess *g, struct str text, const char *name, struct err *e) {
    struct value *v;

    if (value_yaml(text, name, g->mem, &v, e))
        return (int)e->code;
    guess_put(g, "name", value_text(v, "project_name"));
    put_all(g, value_find(v, STR("nfpms.0")), package_keys);
    if (value_find(v, STR("builds.0"))) {
        guess_put(g, "program", value_text(value_find(v, STR("builds.0")), "binary"));
        guess_put(g, "package", value_text(value_find(v, STR("builds.0")), "main"));
        put_windows(g, value_find(v, STR("builds.0")));
    }
    return OK;
}
