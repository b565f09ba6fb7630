/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/appimagedir.h"

#include "model/names.h"
#include "pack/linux.h"
#include "pack/rooted.h"
#include "pack/runtimes.h"

#include <string.h>

enum { CONF_MAX = 64 * 1024, DESKTOP_MAX = 1024 * 1024 };

static const char *const icon_sizes[] = {"256x256", "512x512", "128x128", "1024x1024",
                                         "64x64",   "48x48",   "32x32"};

const char *appimagedir_arch(enum arch_kind a) {
    switch (a) {
    case ARCH_X86_64:
        return "x86_64";
    case ARCH_AARCH64:
        return "aarch64";
    case ARCH_I686:
        return "i686";
    case ARCH_ARMV7:
        return "armhf";
    default:
        return NULL;
    }
}

/* ---------------------------------------------------------------------------------- the recipe */

/* Where the target asks for an AppImage. */
static const char *where(const struct pack_job *j) {
    for (size_t i = 0; i < j->target->n_formats; i++)
        if (str_is(j->target->formats[i], "appimage"))
            return recipe_where(j->recipe, j->target->formats_at[i], j->mem);
    return recipe_where(j->recipe, j->target->at, j->mem);
}

static bool is_name(struct str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
              (i && c >= '0' && c <= '9')))
            return false;
    }
    return s.n > 0;
}

static bool is_line(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return false;
    return s.n > 0 && s.p[0] != ' ' && s.p[s.n - 1] != ' ';
}

static int check_conf(const struct pack_job *j, struct err *e) {
    const struct value *list = value_get(j->section, "arguments");
    const struct value *set = value_get(j->section, "environment");

    for (const struct value *v = list ? list->child : NULL; v; v = v->next)
        if (!is_line(v->s))
            return err_set(e, E_RECIPE,
                           "%s: appimage: an argument is one line, without blanks at its ends",
                           recipe_where(j->recipe, v->at, j->mem));
    for (const struct value *v = set ? set->child : NULL; v; v = v->next) {
        if (!is_name(v->key))
            return err_set(e, E_RECIPE, "%s: appimage: \"" STR_F "\" is no name of a variable",
                           recipe_where(j->recipe, v->key_at, j->mem), STR_A(v->key));
        if (!is_line(v->s))
            return err_set(e, E_RECIPE,
                           "%s: appimage: the value of " STR_F
                           " is one line, without blanks at its ends",
                           recipe_where(j->recipe, v->at, j->mem), STR_A(v->key));
    }
    return OK;
}

int appimagedir_check(const struct pack_job *j, struct err *e) {
    const struct recipe *r = j->recipe;

    if (!r->entry.n)
        return err_set(e, E_RECIPE,
                       "%s: an AppImage needs `entry`, the program that it starts: bin/" STR_F,
                       where(j), STR_A(r->name));
    if (!r->id.n)
        return err_set(e, E_RECIPE, "%s: an AppImage needs `id`, like com.example." STR_F, where(j),
                       STR_A(r->name));
    if (!r->icon.n)
        return err_set(
            e, E_RECIPE,
            "%s: an AppImage needs `icon`, a PNG or SVG file, also for a program without "
            "a window",
            where(j));
    return check_conf(j, e);
}

/* ------------------------------------------------------------------------------------ the tree */

static struct str entry_path(const struct pack_job *j) {
    AUTO(buf) full = BUF_NONE;

    buf_init(&full, 4096);
    (void)names_linux_path(j->recipe, j->recipe->entry, &full);
    return str_dup(j->mem, str_cut(buf_get(&full), 1, full.n));
}

/* libfoo.so, libfoo.so.1.2 */
static bool is_library(struct str name) {
    size_t at;

    if (str_ends(name, ".so"))
        return true;
    for (at = 0; at + 4 < name.n; at++)
        if (!memcmp(name.p + at, ".so.", 4) && name.p[at + 4] >= '0' && name.p[at + 4] <= '9')
            return true;
    return false;
}

/* Does the folder itself hold shared libraries, where a dynamic linker would look for them? */
static bool has_libraries(const struct tree *t, const char *folder) {
    for (size_t i = 0; i < t->n; i++) {
        struct str path = t->v[i].path;
        size_t slash = str_rfind(path, '/');

        if (t->v[i].kind != TREE_DIR && slash < path.n && str_is(str_cut(path, 0, slash), folder) &&
            is_library(str_cut(path, slash + 1, path.n)))
            return true;
    }
    return false;
}

static bool has_below(const struct tree *t, const char *folder) {
    for (size_t i = 0; i < t->n; i++)
        if (str_starts(t->v[i].path, folder))
            return true;
    return false;
}

static void put_conf(const struct pack_job *j, const struct tree *pkg, struct buf *out) {
    static const char *const triplets[] = {
        [ARCH_X86_64] = "usr/lib/x86_64-linux-gnu",
        [ARCH_AARCH64] = "usr/lib/aarch64-linux-gnu",
        [ARCH_I686] = "usr/lib/i386-linux-gnu",
        [ARCH_ARMV7] = "usr/lib/arm-linux-gnueabihf",
    };
    const char *libs[] = {j->target->arch <= ARCH_ARMV7 ? triplets[j->target->arch] : "usr/lib",
                          "usr/lib64", "usr/lib"};
    const struct value *list = value_get(j->section, "arguments");
    const struct value *set = value_get(j->section, "environment");

    buf_fmt(out, "# Read by AppRun: tells how the program is started.\nexec " STR_F "\n",
            STR_A(entry_path(j)));
    for (const struct value *v = list ? list->child : NULL; v; v = v->next)
        buf_fmt(out, "arg " STR_F "\n", STR_A(v->s));
    if (has_below(pkg, "usr/bin/"))
        buf_z(out, "prepend PATH usr/bin\n");
    if (has_below(pkg, "usr/share/"))
        buf_z(out, "prepend XDG_DATA_DIRS usr/share\n");
    for (size_t i = 0; i < COUNT(libs); i++)
        if (has_libraries(pkg, libs[i]) && !(i == 2 && !strcmp(libs[0], libs[2])))
            buf_fmt(out, "prepend LD_LIBRARY_PATH %s\n", libs[i]);
    for (const struct value *v = set ? set->child : NULL; v; v = v->next)
        buf_fmt(out, "set " STR_F " " STR_F "\n", STR_A(v->key), STR_A(v->s));
}

/* A recipe may bring an AppRun of its own. */
static int add_run(const struct pack_job *j, struct tree *pkg, struct err *e) {
    AUTO(buf) conf = BUF_NONE;

    if (rooted_find(pkg, STR("AppRun")))
        return OK;
    buf_init(&conf, CONF_MAX);
    put_conf(j, pkg, &conf);
    if (buf_check(&conf, "AppRun.conf", e))
        return (int)e->code;
    tree_add_data(pkg, STR("AppRun"), 0755, runtimes_launcher(j->target->arch));
    if (!rooted_find(pkg, STR("AppRun.conf")))
        tree_add_data(pkg, STR("AppRun.conf"), 0644, str_dup(pkg->mem, buf_get(&conf)));
    return OK;
}

/* ------------------------------------------------------------------- the desktop file, the icon */

/* Exec= of a program that is on no PATH names where it would be installed, which an AppImage is
 * not. Who integrates one replaces the first word by the AppImage's own place. */
static struct str exec_line(const struct pack_job *j, struct str line) {
    struct str rest = str_cut(line, 5, line.n), word = str_cut(rest, 0, str_find(rest, ' '));

    if (!str_starts(word, "/") && !str_starts(word, "\"/"))
        return line;
    if (word.p[0] == '"') {
        size_t end = 1;

        while (end < rest.n && rest.p[end] != '"')
            end += rest.p[end] == '\\' ? 2 : 1;
        word = str_cut(rest, 0, end + 1);
    }
    return str_fmt(j->mem, "Exec=AppRun" STR_F, STR_A(str_cut(rest, word.n, rest.n)));
}

/* The application's desktop file with the keys that AppImage tools look for in its first group. */
static void put_desktop(const struct pack_job *j, struct str text, struct buf *out) {
    bool said = false;
    unsigned groups = 0;

    for (;;) {
        bool end = !text.n;
        struct str line = str_split(&text, '\n');

        groups += str_starts(line, "[");
        if (!said && (end || groups == 2)) {
            buf_fmt(out, "X-AppImage-Name=" STR_F "\nX-AppImage-Version=" STR_F "\n",
                    STR_A(j->recipe->name), STR_A(j->recipe->version));
            buf_fmt(out, "X-AppImage-Arch=%s\n%s", appimagedir_arch(j->target->arch),
                    end ? "" : "\n");
            said = true;
        }
        if (end)
            return;
        if (groups == 1 && str_starts(line, "Exec="))
            line = exec_line(j, line);
        if (!str_starts(line, "X-AppImage-"))
            buf_fmt(out, STR_F "\n", STR_A(line));
    }
}

static int add_desktop(const struct pack_job *j, struct tree *pkg, struct err *e) {
    struct str top = str_fmt(pkg->mem, STR_F ".desktop", STR_A(j->recipe->id)), text;
    const struct tree_entry *x =
        rooted_find(pkg, str_fmt(j->mem, "usr/share/applications/" STR_F, STR_A(top)));
    AUTO(buf) out = BUF_NONE;

    if (rooted_find(pkg, top))
        return OK;
    if (!x || x->kind != TREE_FILE)
        return err_set(e, E_BUG, "appimage: no desktop file was staged");
    if (rooted_text(j, x, &text, e))
        return (int)e->code;
    buf_init(&out, DESKTOP_MAX + 4096);
    put_desktop(j, text, &out);
    if (buf_check(&out, "the desktop file", e))
        return (int)e->code;
    tree_add_data(pkg, top, 0644, str_dup(pkg->mem, buf_get(&out)));
    return OK;
}

/* The same bytes once more at the top: in the image they are there once. */
static void add_copy(struct tree *pkg, struct str path, const struct tree_entry *of) {
    struct tree_entry from = *of;

    from.path = path;
    from.link = 0;
    from.mode = 0644;
    if (!rooted_find(pkg, path))
        *tree_add(pkg) = from;
}

static int add_icon(const struct pack_job *j, struct tree *pkg, struct err *e) {
    struct str id = j->recipe->id;
    const struct tree_entry *png = NULL, *svg;

    for (size_t i = 0; i < COUNT(icon_sizes) && !png; i++)
        png = rooted_find(pkg, str_fmt(j->mem, "usr/share/icons/hicolor/%s/apps/" STR_F ".png",
                                       icon_sizes[i], STR_A(id)));
    svg = rooted_find(pkg, str_fmt(j->mem, "usr/share/icons/hicolor/scalable/apps/" STR_F ".svg",
                                   STR_A(id)));
    if ((!png || png->kind != TREE_FILE) && (!svg || svg->kind != TREE_FILE))
        return err_set(e, E_BUG, "appimage: no icon was staged");
    if (png && png->kind == TREE_FILE) {
        struct tree_entry of = *png; /* adding moves the others */

        add_copy(pkg, str_fmt(pkg->mem, STR_F ".png", STR_A(id)), &of);
        add_copy(pkg, STR(".DirIcon"), &of);
    } else {
        struct tree_entry of = *svg;

        add_copy(pkg, str_fmt(pkg->mem, STR_F ".svg", STR_A(id)), &of);
        add_copy(pkg, STR(".DirIcon"), &of);
    }
    return OK;
}

/* ----------------------------------------------------------------------------------- the checks */

static int check_program(const struct pack_job *j, const struct tree *pkg, struct str path,
                         struct pos at, const char *what, struct err *e) {
    const struct tree_entry *x = rooted_follow(pkg, path, j->mem);
    const char *why = !x                      ? "is not in the AppDir"
                      : x->kind != TREE_FILE  ? "is no file"
                      : x->marks & TREE_GHOST ? "is not in the AppDir: its role is ghost"
                      : !(x->mode & 0111)     ? "is not executable; give its row `mode: \"0755\"`"
                                              : NULL;

    if (!why)
        return OK;
    return err_set(e, E_RECIPE, "%s: appimage: %s: \"" STR_F "\" %s",
                   recipe_where(j->recipe, at, j->mem), what, STR_A(path), why);
}

int appimagedir_layout(const struct pack_job *j, const struct tree *app, struct tree *pkg,
                       struct err *e) {
    const struct tree_entry *run;

    if (linux_tree(j, app, pkg, e) || add_run(j, pkg, e) || add_desktop(j, pkg, e) ||
        add_icon(j, pkg, e) || tree_finish(pkg, false, e) || rooted_links(j, pkg, "appimage", e))
        return (int)e->code;
    run = tree_find(pkg, STR("AppRun"));
    if (check_program(j, pkg, STR("AppRun"), run ? run->at : j->target->at, "AppRun", e))
        return (int)e->code;
    return check_program(j, pkg, entry_path(j), j->recipe->at_entry, "entry", e);
}
