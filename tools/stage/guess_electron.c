/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/guess_electron.h"

#include "crypto/digest.h"
#include "os/fsys.h"

#include <string.h>

/* electron-builder makes the upgrade codes of its packages from the id, in this name space. */
#define UPGRADE_SPACE "\xd7\x52\xfe\x43\x5d\x44\x44\xd5\x9f\xc9\x6d\xd1\xbf\x19\xd5\xcc"
enum { SPACE = 16, FOR_WINDOWS = 4 /* of the formats, the first ones */ };

struct electron {
    struct guess *g;
    struct arena *mem;
    const struct value *c, *win, *nsis, *msi;
    struct str exe; /* the program's name, without .exe */
    bool one_click, has_msi, has_nsis;
    struct value *targets; /* rows { arch, formats, folder } */
    struct value *rows;    /* what is left */
};

static const char *const formats[][2] = {
    {"nsis", "nsis"},         {"portable", "portable"}, {"msi", "msi"}, {"zip", "zip"},
    {"AppImage", "appimage"}, {"deb", "deb"},           {"rpm", "rpm"}, {"snap", "snap"},
    {"tar.gz", "tar.gz"},     {"tar.xz", "tar.xz"},
};

static const char *const machines[][3] = {{"x64", "x86_64", ""},
                                          {"ia32", "i686", "-ia32"},
                                          {"arm64", "aarch64", "-arm64"}};

/* A text that a recipe can hold as it is; not one with the placeholders of either side. */
static bool whole(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20)
            return false;
    return s.n && str_utf8(s) && !str_has(s, "{{") && !str_has(s, "${");
}

static struct str quoted(struct electron *x, struct str s) {
    AUTO(buf) b = BUF_NONE;

    buf_init(&b, 64 * 1024);
    value_write_quoted(s, &b);
    return str_dup(x->mem, buf_get(&b));
}

/* The letters from..to in the other case. */
static struct str in_case(struct electron *x, struct str s, char from, char to) {
    char *p = arena_dup(x->mem, s.p, s.n);

    for (size_t i = 0; i < s.n; i++)
        if (p[i] >= from && p[i] <= to)
            p[i] ^= 0x20;
    return (struct str){p, s.n};
}

static void set(struct electron *x, const char *key, struct str s) {
    value_set(x->mem, x->g->vars, key, value_str(x->mem, s));
}

static void note(struct electron *x, const char *key, const char *text) {
    guess_electron_note(x->g, x->rows, str_of(key), text);
}

static struct value *lines(struct electron *x, const char *key) {
    struct value *v = value_new(x->mem, VALUE_LIST);

    value_set(x->mem, x->g->vars, key, v);
    return v;
}

static void line(struct electron *x, struct value *to, const char *key, struct str text) {
    value_add(to, value_str(x->mem, str_fmt(x->mem, "%s: " STR_F, key, STR_A(text))));
}

/* One, or a list of them; NULL at the end. */
static const struct value *first(const struct value *v) {
    return v && v->kind == VALUE_LIST ? v->child : v;
}

static const struct value *next(const struct value *list, const struct value *v) {
    return list->kind == VALUE_LIST ? v->next : NULL;
}

static bool is_file(struct electron *x, struct str path) {
    struct err ignored = {0};
    struct fsys_stat st;

    return !fsys_stat(FSYS_HERE, arena_fmt(x->mem, "%s/" STR_F, x->g->dir, STR_A(path)), &st,
                      &ignored) &&
           st.kind == FSYS_FILE;
}

static struct str resources(struct electron *x) {
    struct str s = value_text(value_get(x->c, "directories"), "buildResources");

    return whole(s) ? s : STR("build");
}

/* A file where electron-builder looks for it: in the folder of resources, then in the project. */
static struct str resource(struct electron *x, struct str name) {
    struct str in = str_fmt(x->mem, STR_F "/" STR_F, STR_A(resources(x)), STR_A(name));

    if (!whole(name))
        return STR("");
    return is_file(x, in) ? in : is_file(x, name) ? name : STR("");
}

/* --- targets ---------------------------------------------------------------------------------- */

static struct value *row_of(struct electron *x, struct value *list, const char *arch) {
    struct value *row = list->child;

    while (row && !str_is(value_text(row, "arch"), arch))
        row = row->next;
    if (row)
        return row;
    row = value_new(x->mem, VALUE_MAP);
    value_set(x->mem, row, "arch", value_str(x->mem, str_of(arch)));
    value_set(x->mem, row, "formats", value_str(x->mem, STR("")));
    value_add(list, row);
    return row;
}

static struct str output(struct electron *x) {
    struct str s = value_text(value_get(x->c, "directories"), "output");

    return whole(s) ? s : STR("dist");
}

static void add(struct electron *x, struct value *list, const char *system, const char *format,
                struct str machine) {
    for (size_t i = 0; i < COUNT(machines); i++) {
        struct value *row;
        struct str have;

        if (!str_is(machine, machines[i][0]))
            continue;
        row = row_of(x, list, machines[i][1]);
        have = value_text(row, "formats");
        value_set(x->mem, row, "formats",
                  value_str(x->mem, have.n ? str_fmt(x->mem, STR_F ", %s", STR_A(have), format)
                                           : str_of(format)));
        value_set(x->mem, row, "folder",
                  value_str(x->mem, quoted(x, str_fmt(x->mem, STR_F "/%s%s-unpacked/",
                                                      STR_A(output(x)), system, machines[i][2]))));
        return;
    }
    guess_electron_note(x->g, x->rows, str_fmt(x->mem, "arch " STR_F, STR_A(machine)),
                        "electron-builder knows it, slipway does not");
}

static const char *format_of(struct electron *x, const char *system, struct str word) {
    for (size_t i = 0; i < COUNT(formats); i++)
        if ((i < FOR_WINDOWS) == !strcmp(system, "win") && str_is(word, formats[i][0]))
            return formats[i][1];
    if (str_is(word, "zip"))
        return "zip";
    if (word.n && !str_is(word, "dir"))
        guess_electron_note(x->g, x->rows, str_fmt(x->mem, "%s.target:" STR_F, system, STR_A(word)),
                            "slipway does not make these packages");
    return NULL;
}

/* "nsis", "nsis:x64:arm64", { target: nsis, arch: [x64, arm64] }. */
static void add_target(struct electron *x, struct value *list, const char *system,
                       const struct value *v) {
    struct str rest = v->kind == VALUE_MAP ? value_text(v, "target") : v->s;
    const char *format = format_of(x, system, str_split(&rest, ':'));
    const struct value *archs = value_get(v, "arch");
    bool any = false;

    if (!format)
        return;
    x->has_msi |= !strcmp(format, "msi");
    x->has_nsis |= !strcmp(format, "nsis");
    for (; rest.n; any = true)
        add(x, list, system, format, str_split(&rest, ':'));
    for (const struct value *a = first(archs); a; a = next(archs, a), any = true)
        add(x, list, system, format, a->s);
    if (!any)
        add(x, list, system, format, STR("x64"));
}

static struct value *targets(struct electron *x, const char *system, const struct value *section) {
    const struct value *list = value_get(section, "target");
    struct value *rows = value_new(x->mem, VALUE_LIST);

    for (const struct value *t = first(list); t; t = next(list, t))
        add_target(x, rows, system, t);
    return rows;
}

/* --- what all packages have --------------------------------------------------------------------
 */

static void protocols(struct electron *x, const struct value *list, struct value *out) {
    for (const struct value *p = first(list); p; p = next(list, p)) {
        const struct value *schemes = value_get(p, "schemes");

        for (const struct value *s = first(schemes); s; s = next(schemes, s))
            if (whole(s->s))
                value_add(out, value_str(x->mem, quoted(x, in_case(x, s->s, 'A', 'Z'))));
    }
}

static void association(struct electron *x, const struct value *v, struct str extension,
                        struct value *out) {
    struct str mime = value_text(v, "mimeType"), what = value_text(v, "description");
    struct str row;

    while (str_starts(extension, "."))
        extension = str_cut(extension, 1, extension.n);
    if (!whole(extension))
        return;
    if (!what.n)
        what = value_text(v, "name");
    row = str_fmt(x->mem, "extension: " STR_F, STR_A(quoted(x, extension)));
    if (whole(mime))
        row = str_fmt(x->mem, STR_F ", mime: " STR_F, STR_A(row), STR_A(quoted(x, mime)));
    if (whole(what))
        row = str_fmt(x->mem, STR_F ", description: " STR_F, STR_A(row), STR_A(quoted(x, what)));
    value_add(out, value_str(x->mem, row));
    if (value_get(v, "icon"))
        note(x, "fileAssociations.icon", "files have the icon of the program");
}

static void associations(struct electron *x, const struct value *list, struct value *out) {
    for (const struct value *a = first(list); a; a = next(list, a)) {
        const struct value *ext = value_get(a, "ext");

        for (const struct value *s = first(ext); s; s = next(ext, s))
            association(x, a, s->s, out);
    }
}

/* Of a setting that nsis and msi have each: what the setup program says. */
static bool shortcut(struct electron *x, const char *key) {
    const struct value *v = value_get(x->nsis, key);

    if (!v)
        v = value_get(x->msi, key);
    return !v || v->kind != VALUE_BOOL || v->b; /* "always" is a word */
}

static void set_common(struct electron *x) {
    struct value *schemes = lines(x, "protocols"), *types = lines(x, "associations");
    struct str icon = resource(x, value_text(x->win, "icon")), license, copyright;

    protocols(x, value_get(x->c, "protocols"), schemes);
    protocols(x, value_get(x->win, "protocols"), schemes);
    associations(x, value_get(x->c, "fileAssociations"), types);
    associations(x, value_get(x->win, "fileAssociations"), types);
    set(x, "desktop_shortcut", shortcut(x, "createDesktopShortcut") ? STR("true") : STR("false"));
    set(x, "menu_shortcut", shortcut(x, "createStartMenuShortcut") ? STR("true") : STR("false"));
    if (icon.n && !str_ends(icon, ".ico"))
        set(x, "icon", icon);
    license = resource(x, value_text(x->nsis, "license"));
    if (str_ends(license, ".html"))
        note(x, "nsis.license", "licences are text or RTF, not HTML");
    else if (license.n)
        set(x, "license_file", quoted(x, license));
    copyright = value_text(x->c, "copyright");
    if (whole(copyright))
        set(x, "copyright", quoted(x, copyright));
    else if (copyright.n)
        note(x, "copyright", "it has a placeholder: windows: { copyright: … }");
}

/* --- setup program and installer package -------------------------------------------------------
 */

static void set_languages(struct electron *x, struct value *to) {
    static const char *const have[] = {"en", "de", "fr", "es"};
    const struct value *list = value_get(x->nsis, "installerLanguages");
    struct str all = {0};

    for (const struct value *l = first(list); l; l = next(list, l)) {
        struct str word = str_cut(l->s, 0, 2);
        size_t i = 0;

        while (i < COUNT(have) && !str_is(word, have[i]))
            i++;
        if (i == COUNT(have))
            note(x, "nsis.installerLanguages", "there are en, de, fr and es");
        else if (!str_has(all, have[i]))
            all = str_fmt(x->mem, STR_F "%s%s", STR_A(all), all.n ? ", " : "", have[i]);
    }
    if (all.n)
        line(x, to, "languages", str_fmt(x->mem, "[" STR_F "]", STR_A(all)));
}

static struct str bare_guid(struct str s) {
    return str_starts(s, "{") && str_ends(s, "}") ? str_cut(s, 1, s.n - 1) : s;
}

static void set_nsis(struct electron *x) {
    struct value *to = lines(x, "nsis");
    bool machine = value_flag(x->nsis, "perMachine", false);
    struct str include = value_text(x->nsis, "include"), guid = value_text(x->nsis, "guid");

    if (x->one_click)
        line(x, to, "one-click", STR("true"));
    if (machine)
        line(x, to, "per-machine", STR("true"));
    if (!x->one_click && !value_flag(x->nsis, "allowToChangeInstallationDirectory", false))
        note(x, "nsis.allowToChangeInstallationDirectory",
             "people can choose the folder, unless it is one-click");
    if (!value_flag(x->nsis, "runAfterFinish", true))
        line(x, to, "run", STR("false"));
    set_languages(x, to);
    if (include.n && !resource(x, include).n)
        note(x, "nsis.include", "there is no such file");
    include = resource(x, include.n ? include : STR("installer.nsh"));
    if (include.n)
        line(x, to, "include", quoted(x, include));
    if (!whole(guid))
        return;
    line(x, to, "guid", quoted(x, in_case(x, bare_guid(guid), 'A', 'Z')));
}

/* A UUID of version 5. */
static struct str upgrade_code(struct electron *x, struct str id) {
    struct str text = str_fmt(x->mem, "%.*s" STR_F, SPACE, UPGRADE_SPACE, STR_A(id)), hex;
    struct err ignored = {0};
    struct digest_set d;

    if (digest_bytes(text, DIGEST_SHA1, &d, &ignored))
        return (struct str){0};
    d.sha1[6] = (unsigned char)((d.sha1[6] & 0x0f) | 0x50);
    d.sha1[8] = (unsigned char)((d.sha1[8] & 0x3f) | 0x80);
    hex = digest_hex(x->mem, d.sha1, SPACE);
    return str_fmt(x->mem, "%.8s-%.4s-%.4s-%.4s-%.12s", hex.p, hex.p + 8, hex.p + 12, hex.p + 16,
                   hex.p + 20);
}

static void set_msi(struct electron *x) {
    struct value *to = lines(x, "msi");
    struct str code = value_text(x->msi, "upgradeCode"), id = value_text(x->g->vars, "id");

    line(x, to, "scope",
         value_flag(x->msi, "perMachine", false) ? STR("machine")
         : value_flag(x->msi, "oneClick", true)  ? STR("user")
                                                 : STR("both"));
    if (!whole(code) && id.n)
        code = upgrade_code(x, id);
    if (whole(code) && !str_has(code, "\""))
        line(x, to, "upgrade-code",
             str_fmt(x->mem, "\"{" STR_F "}\"  # the place of electron-builder's packages",
                     STR_A(in_case(x, bare_guid(code), 'a', 'z'))));
}

/* --- signatures, updates -----------------------------------------------------------------------
 */

/* Since version 25 the settings of signtool have a map of their own. */
static const struct value *signing(struct electron *x, const char *key) {
    const struct value *v = value_get(value_get(x->win, "signtoolOptions"), key);

    return v ? v : value_get(x->win, key);
}

static void set_sign(struct electron *x) {
    struct value *to = lines(x, "authenticode");
    const struct value *file = signing(x, "certificateFile"),
                       *stamps = signing(x, "rfc3161TimeStampServer"),
                       *sums = signing(x, "signingHashAlgorithms");
    struct str servers = {0};

    if (file && whole(file->s)) {
        line(x, to, "certificate", quoted(x, str_fmt(x->mem, "file:" STR_F, STR_A(file->s))));
        line(x, to, "passphrase", STR("\"env:WIN_CSC_KEY_PASSWORD\""));
    }
    if (signing(x, "certificatePassword"))
        note(x, "certificatePassword", "secrets are in no recipe: export WIN_CSC_KEY_PASSWORD");
    for (const struct value *s = first(sums); s; s = next(sums, s))
        if (str_is(s->s, "sha1"))
            note(x, "signingHashAlgorithms", "nobody needs SHA-1 any more, and slipway has none");
    for (const struct value *s = first(stamps); s; s = next(stamps, s))
        if (whole(s->s))
            servers = str_fmt(x->mem, STR_F "%s" STR_F, STR_A(servers), servers.n ? ", " : "",
                              STR_A(quoted(x, s->s)));
    if (to->n && servers.n)
        line(x, to, "timestamp", str_fmt(x->mem, "[" STR_F "]", STR_A(servers)));
}

static const struct value *publisher(struct electron *x) {
    return first(signing(x, "publisherName"));
}

/* app-update.yml, which electron-builder puts into the folder only when it makes the packages. */
static void set_updates(struct electron *x, const struct value *p) {
    static const char *const plain[] = {"provider", "owner",    "repo",   "host",
                                        "url",      "channel",  "bucket", "region",
                                        "path",     "endpoint", "name",   "private"};
    struct value *to = lines(x, "update");

    for (size_t i = 0; i < COUNT(plain); i++) {
        const struct value *v = value_get(p, plain[i]);

        if (v && v->kind == VALUE_BOOL)
            line(x, to, plain[i], v->b ? STR("true") : STR("false"));
        else if (v && v->kind == VALUE_STR && whole(v->s))
            line(x, to, plain[i], quoted(x, v->s));
    }
    line(x, to, "updaterCacheDirName",
         quoted(x, str_fmt(x->mem, STR_F "-updater", STR_A(value_text(x->g->vars, "name")))));
    if (publisher(x) && whole(publisher(x)->s))
        line(x, to, "publisherName",
             str_fmt(x->mem, "[" STR_F "]", STR_A(quoted(x, publisher(x)->s))));
}

static void set_publish(struct electron *x) {
    const struct value *list = value_get(x->win, "publish"), *p;
    struct value word = {.kind = VALUE_MAP};

    if (!list)
        list = value_get(x->c, "publish");
    p = first(list);
    if (!p || p->kind == VALUE_NULL)
        return;
    if (p->kind == VALUE_STR) { /* "github": the rest is guessed from the repository */
        value_set(x->mem, &word, "provider", value_str(x->mem, p->s));
        p = &word;
    }
    if (str_is(value_text(p, "provider"), "generic") && whole(value_text(p, "url")))
        note(x, "publish", "site/channels/stable is what the address has to serve");
    else
        note(x, "publish", "slipway publishes into a folder: upload what is in dist yourself");
    if (p != &word && whole(value_text(p, "provider")))
        set_updates(x, p);
}

/* --- all ---------------------------------------------------------------------------------------
 */

static void set_program(struct electron *x) {
    const char *const from[] = {"executableName", "productName"};
    const struct value *const maps[] = {x->win, x->c};
    struct str title = value_text(x->g->vars, "title");

    for (size_t i = 0; i < 4 && !x->exe.n; i++)
        if (whole(value_text(maps[i % 2], from[i / 2])))
            x->exe = value_text(maps[i % 2], from[i / 2]);
    if (!x->exe.n)
        x->exe = title;
    set(x, "exe", quoted(x, str_fmt(x->mem, STR_F ".exe", STR_A(x->exe))));
}

static bool for_windows(const struct value *c) {
    return value_get(c, "win") || value_get(c, "nsis") || value_get(c, "msi") ||
           value_get(c, "portable");
}

static bool for_linux(const struct value *c) {
    return value_get(c, "linux") || value_get(c, "deb") || value_get(c, "rpm") ||
           value_get(c, "appImage") || value_get(c, "snap") || !for_windows(c);
}

static void set_windows(struct electron *x) {
    struct value *rows = targets(x, "win", x->win);

    if (!rows->n) { /* electron-builder's own choice */
        x->has_nsis = true;
        add(x, rows, "win", "nsis", STR("x64"));
    }
    value_set(x->mem, x->g->vars, "windows", rows);
    if (publisher(x) && whole(publisher(x)->s))
        set(x, "vendor", publisher(x)->s);
    set_program(x);
    set_common(x);
    if (x->has_nsis)
        set_nsis(x);
    if (x->has_msi)
        set_msi(x);
    set_sign(x);
    set_publish(x);
}

static void set_linux(struct electron *x) {
    static const char *const usual[] = {"deb", "rpm", "tar.gz"};
    struct value *rows = targets(x, "linux", value_get(x->c, "linux"));
    struct str host = str_is(value_text(x->g->vars, "arch"), "aarch64") ? STR("arm64") : STR("x64");
    struct str category = value_text(value_get(x->c, "linux"), "category");
    bool given = rows->n;

    for (size_t i = 0; i < COUNT(usual) && !given; i++)
        add(x, rows, "linux", usual[i], host);
    value_set(x->mem, x->g->vars, "linux", rows);
    if (whole(category))
        set(x, "category", quoted(x, category));
}

void guess_electron(struct guess *g) {
    struct electron x = {.g = g, .mem = g->mem, .c = g->peer};

    x.win = value_get(x.c, "win");
    x.nsis = value_get(x.c, "nsis");
    x.msi = value_get(x.c, "msi");
    x.one_click = value_flag(x.nsis, "oneClick", true);
    x.rows = lines(&x, "left");
    if (for_linux(x.c))
        set_linux(&x);
    if (for_windows(x.c))
        set_windows(&x);
    guess_electron_left(g, x.c, x.rows);
    for (const struct value *row = x.rows->child; row; row = row->next)
        g->left++;
}
