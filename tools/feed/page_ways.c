/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/page_ways.h"

#include "model/recipe.h"
#include "text/tmpl_filter.h"

static void put(struct arena *mem, struct value *map, const char *key, struct str s) {
    value_set(mem, map, key, value_str(mem, s));
}

struct way {
    const struct page_job *j;
    struct value *list, *v, *commands;
};

static void begin(struct way *w, const char *id, const char *label, struct str about) {
    struct arena *mem = w->j->mem;

    w->v = value_new(mem, VALUE_MAP);
    w->commands = value_new(mem, VALUE_LIST);
    put(mem, w->v, "id", str_of(id));
    put(mem, w->v, "label", str_of(label));
    put(mem, w->v, "about", about);
    put(mem, w->v, "more", STR(""));
    put(mem, w->v, "more_href", STR(""));
    put(mem, w->v, "more_text", STR(""));
    value_set(mem, w->v, "first", value_bool(mem, !w->list->child));
    value_set(mem, w->v, "commands", w->commands);
    value_add(w->list, w->v);
}

static void command(struct arena *mem, struct value *list, struct str note, const char *name,
                    struct str text) {
    struct value *v = value_new(mem, VALUE_MAP);

    put(mem, v, "note", note);
    put(mem, v, "name", str_of(name));
    put(mem, v, "text", text);
    value_add(list, v);
}

static void more(struct way *w, const char *text, const char *href, const char *link) {
    struct arena *mem = w->j->mem;

    put(mem, w->v, "more", str_of(text));
    put(mem, w->v, "more_href", str_of(href));
    put(mem, w->v, "more_text", str_of(link));
}

/* A word for a shell, in quotes where it needs them. */
static struct str quoted(struct arena *mem, struct str s) {
    AUTO(buf) b = BUF_NONE;
    bool plain = s.n > 0;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        plain = plain &&
                ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 c == '/' || c == ':' || c == '.' || c == '-' || c == '_' || c == '~' || c == '+');
    }
    if (plain)
        return s;
    buf_init(&b, s.n * 4 + 3);
    (void)tmpl_filter(STR("sh"), s, &b);
    return str_dup(mem, buf_get(&b));
}

static void apt(struct way *w) {
    struct arena *mem = w->j->mem;
    struct str name = w->j->recipe->name;
    struct str from =
        quoted(mem, str_fmt(mem, STR_F "/apt/" STR_F ".sources", STR_A(w->j->url), STR_A(name)));

    begin(w, "apt", "Debian, Ubuntu",
          STR("Adds the apt repository and its key, then installs. apt keeps it up to date."));
    command(mem, w->commands, (struct str){0}, "install with apt",
            str_fmt(mem,
                    "sudo curl -fsSLo /etc/apt/sources.list.d/" STR_F ".sources \\\n  " STR_F
                    "\nsudo apt-get update\nsudo apt-get install " STR_F,
                    STR_A(name), STR_A(from), STR_A(name)));
    command(mem, w->commands, STR("To remove it again:"), "remove with apt",
            str_fmt(mem,
                    "sudo apt-get remove " STR_F "\nsudo rm /etc/apt/sources.list.d/" STR_F
                    ".sources",
                    STR_A(name), STR_A(name)));
}

static void dnf(struct way *w) {
    struct arena *mem = w->j->mem;
    struct str name = w->j->recipe->name;
    struct str from =
        quoted(mem, str_fmt(mem, STR_F "/yum/" STR_F ".repo", STR_A(w->j->url), STR_A(name)));

    begin(w, "dnf", "Fedora, SUSE",
          STR("Adds the repository, then installs. dnf asks once for the key and keeps it up to "
              "date."));
    command(mem, w->commands, (struct str){0}, "install with dnf",
            str_fmt(mem,
                    "sudo curl -fsSLo /etc/yum.repos.d/" STR_F ".repo \\\n  " STR_F
                    "\nsudo dnf install " STR_F,
                    STR_A(name), STR_A(from), STR_A(name)));
    command(mem, w->commands, STR("With zypper:"), "install with zypper",
            str_fmt(mem, "sudo zypper addrepo " STR_F "\nsudo zypper install " STR_F, STR_A(from),
                    STR_A(name)));
}

static void script(struct way *w) {
    struct arena *mem = w->j->mem;
    struct str from = quoted(mem, str_fmt(mem, STR_F "/install/install.sh", STR_A(w->j->url)));

    begin(w, "script", "Script",
          STR("For any Linux, without root: checks the signed checksums and installs below "
              "~/.local. Run it again to update."));
    command(mem, w->commands, (struct str){0}, "install with the script",
            str_fmt(mem, "curl -fsSL " STR_F " | sh", STR_A(from)));
    command(mem, w->commands, STR("To remove it again:"), "remove with the script",
            str_fmt(mem, "curl -fsSL " STR_F " | sh -s -- --uninstall", STR_A(from)));
    more(w, "Read it first:", "install/install.sh", "install.sh");
}

/* The newest release's package of a format for Linux: x86_64's before the others'. */
static const struct artifact *linux_package(const struct page_job *j, const char *format) {
    const struct release *r = j->releases[0].ledger;
    const struct artifact *any = NULL;

    for (size_t i = 0; i < r->n; i++) {
        const struct artifact *a = &r->v[i];

        if (a->role != ROLE_PACKAGE || !str_is(a->os, "linux") || !str_is(a->format, format))
            continue;
        if (str_is(a->arch, "x86_64"))
            return a;
        if (!any)
            any = a;
    }
    return any;
}

static struct str address(const struct page_job *j, const struct artifact *a) {
    return quoted(j->mem, str_fmt(j->mem, STR_F "/%s/" STR_F, STR_A(j->url), j->releases[0].folder,
                                  STR_A(a->name)));
}

static void appimage(struct way *w, const struct artifact *a) {
    struct arena *mem = w->j->mem;
    struct str file = quoted(mem, a->name);

    begin(w, "appimage", "AppImage",
          STR("One file that runs on any Linux, without root and without installing it."));
    command(mem, w->commands, (struct str){0}, "get the AppImage",
            str_fmt(mem, "curl -fLO " STR_F "\nchmod +x " STR_F "\n./" STR_F,
                    STR_A(address(w->j, a)), STR_A(file), STR_A(file)));
    command(mem, w->commands, STR("To remove it again:"), "remove the AppImage",
            str_fmt(mem, "rm " STR_F, STR_A(file)));
}

/* A snap that no store has signed. */
static void snap(struct way *w, const struct artifact *a) {
    struct arena *mem = w->j->mem;

    begin(w, "snap", "Snap", STR("A snap from this page, which no store has reviewed."));
    command(mem, w->commands, (struct str){0}, "install the snap",
            str_fmt(mem, "curl -fLO " STR_F "\nsudo snap install --dangerous ./" STR_F,
                    STR_A(address(w->j, a)), STR_A(quoted(mem, a->name))));
    command(mem, w->commands, STR("To remove it again:"), "remove the snap",
            str_fmt(mem, "sudo snap remove " STR_F, STR_A(w->j->recipe->name)));
}

/* A file to show commands with: an archive for Linux, else anything. */
static const struct artifact *sample(const struct page_job *j) {
    const struct release *r = j->releases[0].ledger;
    const struct artifact *any = NULL;

    for (size_t i = 0; i < r->n; i++) {
        if (r->v[i].role != ROLE_PACKAGE)
            continue;
        if (str_is(r->v[i].os, "linux") && str_is(r->v[i].format, "tar.gz"))
            return &r->v[i];
        if (!any)
            any = &r->v[i];
    }
    return any;
}

static void files(struct way *w) {
    struct arena *mem = w->j->mem;
    const struct artifact *a = sample(w->j);
    bool archive = a && str_is(a->os, "linux") && str_is(a->format, "tar.gz");

    if (!a || !w->j->url.n)
        return;
    begin(w, "files", "Plain files",
          STR("Every file has an address that never changes, for scripts and mirrors."));
    command(mem, w->commands, (struct str){0}, "download a file",
            str_fmt(mem, "curl -fLO " STR_F "%s" STR_F, STR_A(address(w->j, a)),
                    archive ? "\ntar xf " : "", STR_A(archive ? quoted(mem, a->name) : STR(""))));
    more(w, "All that is there, with sizes and digests:",
         arena_fmt(mem, "%s/release.json", w->j->releases[0].folder), "release.json");
}

struct value *page_ways(const struct page_job *j) {
    struct way w = {.j = j, .list = value_new(j->mem, VALUE_LIST)};
    const struct artifact *a;

    if (j->apt && j->url.n)
        apt(&w);
    if (j->yum && j->url.n)
        dnf(&w);
    a = linux_package(j, "appimage");
    if (a && j->url.n)
        appimage(&w, a);
    a = linux_package(j, "snap");
    if (a && j->url.n)
        snap(&w, a);
    if (j->script && j->url.n)
        script(&w);
    files(&w);
    return w.list;
}

struct value *page_ways_verify(const struct page_job *j) {
    struct arena *mem = j->mem;
    struct value *list = value_new(mem, VALUE_LIST);
    const struct artifact *a = sample(j);
    struct str name;

    if (!a)
        return list;
    name = quoted(mem, a->name);
    command(mem, list, STR("Compare with the checksums, in the folder of the downloads:"),
            "check the checksums", STR("sha256sum --check --ignore-missing checksums.sha256"));
    if (j->fingerprint.n &&
        release_find(j->releases[0].ledger, str_fmt(mem, STR_F ".asc", STR_A(a->name))))
        command(mem, list, STR("Check a signature:"), "check a signature",
                str_fmt(mem,
                        "gpg --import " STR_F "-signing-key.asc\ngpg --verify " STR_F ".asc " STR_F,
                        STR_A(j->recipe->name), STR_A(name), STR_A(name)));
    return list;
}
