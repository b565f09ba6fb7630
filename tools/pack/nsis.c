/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/nsis.h"

#include "os/fsys.h"
#include "pack/nsismake.h"
#include "pack/nsisread.h"
#include "pack/windows.h"

#include <string.h>

/* electron-builder derives its keys in this name space: an application that it installed is found
 * and replaced by ours. */
#define GUID_SPACE "50e065bc-3134-11e6-9bab-38c9862bdaf3"

enum { UPDATE_MAX = 65536, USER_MAX = 20 /* characters of a name that one logs in with */ };

static const char *const scopes[] = {"false", "true", "ask", NULL};

static const struct language {
    const char *word, *name, *flag;
} languages[] = {
    {"en", "English", "english"},
    {"de", "German", "german"},
    {"fr", "French", "french"},
    {"es", "Spanish", "spanish"},
};
static const char *const language_words[] = {"en", "de", "fr", "es", NULL};
static const struct schema language_item[] = {{.kind = SCHEMA_WORD, .words = language_words}, {0}};

static bool letters(struct str s, const char *others) {
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || ((s.p[i] | 32) >= 'a' && (s.p[i] | 32) <= 'z') ||
              strchr(others, s.p[i])))
            return false;
    return true;
}

/* A GUID, or a name with a dot: whatever it is called, uninstalling removes that key. */
static int check_guid(struct str s, struct err *e) {
    struct str bare = str_starts(s, "{") && str_ends(s, "}") ? str_cut(s, 1, s.n - 1) : s;
    bool guid = bare.n == WINDOWS_UUID;

    for (size_t i = 0; i < bare.n && guid; i++)
        guid = i == 8 || i == 13 || i == 18 || i == 23
                   ? bare.p[i] == '-'
                   : letters(str_cut(bare, i, i + 1), "") && (bare.p[i] | 32) <= 'f';
    return guid || (str_has(s, ".") && letters(s, "._-"))
               ? OK
               : err_set(
                     e, E_RECIPE,
                     "a GUID is 8-4-4-4-12 digits, 0-9 and a-f; a name with a dot will do, too");
}

static int check_cache(struct str s, struct err *e) {
    if (!s.n || str_find(s, '/') < s.n)
        return err_set(e, E_RECIPE, "it is the name of a folder");
    return windows_path_ok(s, e);
}

static const struct schema nsis_schema[] = {
    {.key = "per-machine",
     .kind = SCHEMA_WORD,
     .words = scopes,
     .help = "Installs for all users (true), for the one who runs it (false), or lets people "
             "choose (ask); ask without it, false for one-click."},
    {.key = "one-click",
     .kind = SCHEMA_BOOL,
     .help = "Installs at once, without asking for a folder, and starts the entry."},
    {.key = "run",
     .kind = SCHEMA_BOOL,
     .help = "Starts the entry at the end, or offers to; true without this key, and false where "
             "the entry is for a terminal."},
    {.key = "languages",
     .kind = SCHEMA_LIST,
     .flags = SCHEMA_ONE_OR_LIST,
     .sub = language_item,
     .min = 1,
     .help = "Of the pages, the first where none is the user's: en, de, fr, es, and all four "
             "without it."},
    {.key = "include",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_PATH,
     .help = "A file of NSIS macros that are put in: customHeader, customInit, customInstall, "
             "customUnInit, customUnInstall."},
    {.key = "guid",
     .kind = SCHEMA_STR,
     .check = check_guid,
     .pattern = "^(\\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\\}|"
                "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|"
                "[0-9A-Za-z_-]*\\.[0-9A-Za-z._-]*)$",
     .help = "The registry key by which a later version finds this one; made from the id without "
             "it, as electron-builder does."},
    {.key = "updater-cache",
     .kind = SCHEMA_STR,
     .check = check_cache,
     .help = "The folder of electron-updater in %LOCALAPPDATA%, where the setup program leaves a "
             "copy for the next differential update; without it the updaterCacheDirName of "
             "resources/app-update.yml, if there is one, or NAME-updater."},
    {.key = "elevate-helper",
     .kind = SCHEMA_BOOL,
     .help = "The files have a resources/elevate.exe, by which electron-updater is to start a "
             "setup program for all users; false without it, for the setup program asks itself."},
    NSISMAKE_KEYS,
    {0},
};

static const char *hooks_path(const struct pack_job *j) {
    struct str path = value_text(j->section, "include");

    return !path.n                 ? NULL
           : str_starts(path, "/") ? str_z(j->mem, path)
                                   : arena_fmt(j->mem, "%s/" STR_F, j->recipe->dir, STR_A(path));
}

static bool one_click(const struct pack_job *j) {
    return value_flag(j->section, "one-click", false);
}

static struct str scope(const struct pack_job *j) {
    struct str s = value_text(j->section, "per-machine");

    return s.n ? s : one_click(j) ? STR("false") : STR("ask");
}

static int nsis_check(const struct pack_job *j, struct err *e) {
    const struct value *include = value_get(j->section, "include"),
                       *machine = value_get(j->section, "per-machine");
    struct fsys_stat st;

    if (nsismake_check(j, e))
        return (int)e->code;
    if (one_click(j) && str_is(scope(j), "ask"))
        return err_set(e, E_RECIPE, "%s: one-click asks nothing; per-machine is true or false then",
                       recipe_where(j->recipe, machine->at, j->mem));
    if (!include)
        return OK;
    if (fsys_stat(FSYS_HERE, hooks_path(j), &st, e) || st.kind != FSYS_FILE)
        return err_set(e, E_RECIPE, "%s: include " STR_F ": there is no such file",
                       recipe_where(j->recipe, include->at, j->mem), STR_A(include->s));
    return OK;
}

static int nsis_file_name(const struct pack_job *j, struct buf *out, struct err *e) {
    return nsismake_file_name(j, "-setup.exe", out, e);
}

/* The exchange of versions has folders of its own there, and what is in them a longer path. */
static int check_paths(const struct pack_job *j, const struct tree *pkg, struct err *e) {
    size_t folder = str_is(scope(j), "true")
                        ? sizeof "C:\\Program Files\\~g0\\"
                        : sizeof "C:\\Users\\\\AppData\\Local\\Programs\\~g0\\" + USER_MAX;

    folder += windows_length(windows_file_title(j->recipe, j->mem));
    for (size_t i = 0; i < pkg->n; i++) {
        struct str path = pkg->v[i].path;
        struct str first = str_cut(path, 0, str_find(path, '/'));

        if (str_is(first, "~n") || str_is(first, "~o") || str_is(first, "~done") ||
            (first.n == 3 && str_starts(first, "~g")))
            return err_set(e, E_RECIPE, "%s: " STR_F ": setup programs need that name themselves",
                           recipe_where(j->recipe, pkg->v[i].at, j->mem), STR_A(path));
        if (folder + windows_length(path) > WINDOWS_PATH_MAX)
            return err_set(e, E_RECIPE,
                           "%s: " STR_F ": its path would be %zu characters long on Windows while "
                           "it is installed, which takes %d",
                           recipe_where(j->recipe, pkg->v[i].at, j->mem), STR_A(path),
                           folder + windows_length(path), WINDOWS_PATH_MAX);
    }
    return OK;
}

static int nsis_layout(const struct pack_job *j, const struct tree *app, struct tree *pkg,
                       struct err *e) {
    struct str entry, un;
    const struct tree_entry *x;

    if (windows_tree(j, app, pkg, e) || windows_entry(j, pkg, &entry, e) || check_paths(j, pkg, e))
        return (int)e->code;
    x = tree_find(pkg, STR("resources/elevate.exe"));
    if (!x && value_flag(j->section, "elevate-helper", false))
        return err_set(e, E_RECIPE, "%s: elevate-helper: there is no resources/elevate.exe",
                       recipe_where(j->recipe, value_get(j->section, "elevate-helper")->at,
                                    j->mem));
    un = str_fmt(j->mem, "Uninstall " STR_F ".exe", STR_A(windows_file_title(j->recipe, j->mem)));
    x = tree_find(pkg, un);
    return !x ? OK
              : err_set(e, E_RECIPE, "%s: " STR_F " is the name of the uninstaller",
                        recipe_where(j->recipe, x->at, j->mem), STR_A(un));
}

static void set(struct nsismake *m, const char *key, struct str s) {
    value_set(m->job->mem, m->vars, key, value_str(m->job->mem, s));
}

static void set_flag(struct nsismake *m, const char *key, bool b) {
    value_set(m->job->mem, m->vars, key, value_bool(m->job->mem, b));
}

static void add_language(struct nsismake *m, struct value *list, struct str word) {
    for (size_t i = 0; i < COUNT(languages); i++)
        if (str_is(word, languages[i].word)) {
            value_add(list, value_str(m->job->mem, str_of(languages[i].name)));
            set_flag(m, languages[i].flag, true);
        }
}

static void set_languages(struct nsismake *m) {
    const struct value *chosen = value_get(m->job->section, "languages");
    struct value *list = value_new(m->job->mem, VALUE_LIST);

    for (const struct value *c = chosen ? chosen->child : NULL; c; c = c->next)
        add_language(m, list, c->s);
    for (size_t i = 0; i < COUNT(languages) && !chosen; i++)
        add_language(m, list, str_of(languages[i].word));
    value_set(m->job->mem, m->vars, "languages", list);
}

static void set_classes(struct nsismake *m) {
    const struct recipe *r = m->job->recipe;
    struct arena *mem = m->job->mem;
    struct value *protocols = value_new(mem, VALUE_LIST), *types = value_new(mem, VALUE_LIST);

    for (size_t i = 0; i < r->n_protocols; i++)
        value_add(protocols,
                  value_str(mem, str_fmt(mem, "\\" STR_F, STR_A(r->protocols[i].scheme))));
    for (size_t i = 0; i < r->n_associations; i++) {
        const struct recipe_assoc *a = &r->associations[i];
        struct value *v = value_new(mem, VALUE_MAP);
        struct str id =
            str_fmt(mem, STR_F "." STR_F, STR_A(r->id.n ? r->id : r->name), STR_A(a->extension));

        value_set(mem, v, "extension", value_str(mem, a->extension));
        value_set(mem, v, "mime", value_str(mem, a->mime));
        value_set(mem, v, "description",
                  value_str(mem, a->description.n ? a->description : r->title));
        value_set(mem, v, "progid", value_str(mem, id));
        value_set(mem, v, "in_progid", value_str(mem, str_fmt(mem, "\\" STR_F, STR_A(id))));
        value_add(types, v);
    }
    value_set(mem, m->vars, "protocols", protocols);
    value_set(mem, m->vars, "associations", types);
    set_flag(m, "classes", r->n_protocols || r->n_associations);
}

/* Where electron-updater will look: its file says so, unless it is none that can be read. */
static struct str cache_name(struct nsismake *m, const struct tree_entry *update) {
    struct arena *mem = m->job->mem;
    struct str text = update->bytes.data, name = {0};
    struct value *v;
    struct err e = {0};

    if ((!update->bytes.path ||
         !fsys_read(FSYS_HERE, update->bytes.path, UPDATE_MAX, mem, &text, &e)) &&
        !value_yaml(text, "app-update.yml", mem, &v, &e) && v && v->kind == VALUE_MAP)
        name = value_text(v, "updaterCacheDirName");
    return name.n && !check_cache(name, &e)
               ? name
               : str_fmt(mem, STR_F "-updater", STR_A(m->job->recipe->name));
}

static void set_cache(struct nsismake *m) {
    struct str cache = value_text(m->job->section, "updater-cache");
    const struct tree_entry *update = tree_find(m->pkg, STR("resources/app-update.yml"));

    if (!cache.n && update)
        cache = cache_name(m, update);
    set(m, "cache", cache);
    set(m, "in_cache", str_fmt(m->job->mem, "\\" STR_F, STR_A(cache)));
}

/* What hooks get is read twice: a quote would end the text around it. */
static struct str single_quotes(struct str s, struct arena *mem) {
    char *p = arena_dup(mem, s.p, s.n);

    for (size_t i = 0; i < s.n; i++)
        if (p[i] == '"')
            p[i] = '\'';
    return (struct str){p, s.n};
}

static bool has_folders(const struct tree *pkg) {
    for (size_t i = 0; i < pkg->n; i++)
        if (pkg->v[i].kind == TREE_DIR)
            return true;
    return false;
}

static int set_vars(struct nsismake *m, struct err *e) {
    const struct pack_job *j = m->job;
    const struct recipe *r = j->recipe;
    struct str guid = value_text(j->section, "guid"), un;

    if (!guid.n && windows_uuid(GUID_SPACE, r->id.n ? r->id : r->name, j->mem, &guid, e))
        return (int)e->code;
    un = str_fmt(j->mem, "Uninstall " STR_F ".exe", STR_A(windows_file_title(r, j->mem)));
    set(m, "guid", guid);
    set(m, "in_guid", str_fmt(j->mem, "\\" STR_F, STR_A(guid)));
    set(m, "hook_title", single_quotes(r->title, j->mem));
    set(m, "hook_vendor", single_quotes(r->vendor, j->mem));
    set(m, "uninstaller", un);
    set(m, "in_uninstaller", str_fmt(j->mem, "\\" STR_F, STR_A(un)));
    set(m, "program_files",
        j->target->arch == ARCH_I686 ? STR("$PROGRAMFILES") : STR("$PROGRAMFILES64"));
    set(m, "kilobytes",
        str_fmt(j->mem, "%llu", (unsigned long long)((tree_size(m->pkg) + 1023) / 1024)));
    set_flag(m, "folders", has_folders(m->pkg));
    set_flag(m, "one_click", one_click(j));
    set_flag(m, "machine", str_is(scope(j), "true"));
    set_flag(m, "ask", str_is(scope(j), "ask"));
    set_flag(m, "run", r->entry.n && value_flag(j->section, "run", !r->terminal));
    set_flag(m, "menu", r->menu);
    set_flag(m, "desktop", r->desktop);
    set_languages(m);
    set_classes(m);
    set_cache(m);
    return OK;
}

/* Hooks find what lies beside them, and the recipe's folder, by symlinks. */
static int put_hooks(struct nsismake *m, struct err *e) {
    const char *path = hooks_path(m->job), *slash;

    set_flag(m, "hooks", path != NULL);
    if (fsys_symlink(m->dir.fd, m->job->recipe->dir, "project", e))
        return (int)e->code;
    if (!path)
        return OK;
    slash = strrchr(path, '/');
    return fsys_symlink(m->dir.fd, path, "hooks.nsh", e) ||
                   fsys_symlink(m->dir.fd,
                                str_z(m->job->mem, (struct str){path, (size_t)(slash - path) + 1}),
                                "hookdir", e)
               ? (int)e->code
               : OK;
}

/* With a mark in front, by which makensis knows UTF-8. */
static int put_license(struct nsismake *m, struct err *e) {
    struct str text;
    bool rtf;

    if (windows_license(m->job->recipe, m->job->mem, &text, &rtf, e))
        return (int)e->code;
    set_flag(m, "license", text.n > 0);
    if (!text.n)
        return OK;
    if (!rtf)
        text = str_fmt(m->job->mem, "\xef\xbb\xbf" STR_F, STR_A(text));
    return fsys_write(m->dir.fd, "license.txt", text, 0600, e);
}

static int compile(struct nsismake *m, struct err *e) {
    return nsismake_render(m, "setup.nsi", e) || nsismake_run(m, "setup.nsi", e) ? (int)e->code
                                                                                 : OK;
}

/* The uninstaller lies inside, and makensis makes it. So it is made once without the files, copied
 * out by a command that makensis runs on it, and signed; then the command copies it back over the
 * one that is to go in. */
static int sign_uninstaller(struct nsismake *m, struct err *e) {
    const struct pack_job *j = m->job;

    set_flag(m, "only_uninstaller", true);
    set(m, "uninstaller_command", STR("cp \"%1\" uninstaller.exe"));
    if (compile(m, e) || j->sign_program(j->sign_self, m->dir.fd, "uninstaller.exe", e))
        return err_in(e, "the uninstaller");
    set_flag(m, "only_uninstaller", false);
    set(m, "uninstaller_command", STR("cp uninstaller.exe \"%1\""));
    return OK;
}

static int nsis_write(const struct pack_job *j, const struct tree *pkg, struct outfile *f,
                      struct err *e) {
    AUTO(nsismake) m = NSISMAKE_NONE;

    if (nsismake_open(&m, j, pkg, e) || set_vars(&m, e) || put_hooks(&m, e) || put_license(&m, e) ||
        nsismake_render(&m, "common.nsh", e) || nsismake_render(&m, "swap.nsh", e) ||
        nsismake_render(&m, "strings.nsh", e))
        return (int)e->code;
    if (j->sign_program && sign_uninstaller(&m, e))
        return (int)e->code;
    return compile(&m, e) || nsismake_take(&m, f, e) ? (int)e->code : OK;
}

const struct packager nsis_packager = {
    .name = "nsis",
    .suffix = "-setup.exe",
    .traits = PACK_NO_CASE | PACK_BLOCKMAP | PACK_AUTHENTICODE | PACK_ONE_THREAD,
    .oses = 1u << OS_WINDOWS,
    .schema = nsis_schema,
    .check = nsis_check,
    .file_name = nsis_file_name,
    .layout = nsis_layout,
    .write = nsis_write,
    .list = nsisread_list,
    .sniff = nsisread_sniff,
    .probe = nsisread_probe,
    .tool = NSISMAKE_TOOL,
    .tool_mend = NSISMAKE_MEND,
};
