/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/snapdir.h"

#include "os/fsys.h"
#include "pack/linux.h"
#include "pack/rooted.h"
#include "pack/snapmeta.h"
#include "pack/snaprules.h"

#include <string.h>

enum { YAML_MAX = 1024 * 1024, DESKTOP_MAX = 1024 * 1024, HOOK_MAX = 16 * 1024 * 1024 };

#define SNAP_YAML "meta/snap.yaml"

/* ------------------------------------------------------------------------------------ the icon */

/* Its name below the snap's root; empty: there is none. */
static struct str add_icon(const struct pack_job *j, struct tree *pkg) {
    static const char *const sizes[] = {"256x256", "512x512", "128x128", "1024x1024",
                                        "64x64",   "48x48",   "32x32"};
    struct str id = j->recipe->id;
    const struct tree_entry *x = NULL;
    struct tree_entry icon;

    for (size_t i = 0; i < COUNT(sizes) && !x; i++)
        x = rooted_find(pkg, str_fmt(j->mem, "usr/share/icons/hicolor/%s/apps/" STR_F ".png",
                                     sizes[i], STR_A(id)));
    if (!x)
        x = rooted_find(pkg, str_fmt(j->mem, "usr/share/icons/hicolor/scalable/apps/" STR_F ".svg",
                                     STR_A(id)));
    if (!x || x->kind != TREE_FILE)
        return (struct str){0};
    icon = *x; /* in the image its bytes are there once */
    icon.path = str_ends(x->path, ".svg") ? STR("meta/gui/icon.svg") : STR("meta/gui/icon.png");
    icon.mode = 0644;
    icon.link = 0;
    if (!rooted_find(pkg, icon.path))
        *tree_add(pkg) = icon;
    return icon.path;
}

/* --------------------------------------------------------------------------- the desktop files */

/* What stands behind the program in an Exec line: " %U". */
static struct str arguments(struct str exec) {
    size_t end = str_find(exec, ' ');

    if (str_starts(exec, "\"")) {
        end = 1;
        while (end < exec.n && exec.p[end] != '"')
            end += exec.p[end] == '\\' ? 2 : 1;
        end++;
    }
    return str_cut(exec, end, exec.n);
}

/* The same file, but snapd wants its own command and an icon that it can find. */
static void put_desktop(struct str text, struct str command, struct str id, struct str icon,
                        struct buf *out) {
    while (text.n) {
        struct str line = str_split(&text, '\n');

        if (str_starts(line, "TryExec="))
            continue; /* means a program that is on no PATH */
        if (str_starts(line, "Exec="))
            buf_fmt(out, "Exec=" STR_F STR_F "\n", STR_A(command),
                    STR_A(arguments(str_cut(line, 5, line.n))));
        else if (icon.n && str_starts(line, "Icon=") && str_eq(str_cut(line, 5, line.n), id))
            buf_fmt(out, "Icon=${SNAP}/" STR_F "\n", STR_A(icon));
        else
            buf_fmt(out, STR_F "\n", STR_A(line));
    }
}

static const char *desktop_wrong(struct str text) {
    bool exec = false, application = false;

    while (text.n) {
        struct str line = str_split(&text, '\n'), icon = str_cut(line, 5, line.n);

        exec = exec || str_starts(line, "Exec=");
        application = application || str_is(line, "Type=Application");
        if (str_starts(line, "Icon=") && str_find(icon, '/') < icon.n &&
            !str_starts(icon, "${SNAP}/"))
            return "its Icon is outside the snap; write ${SNAP}/…";
    }
    return !application ? "has no line Type=Application" : !exec ? "has no line Exec=" : NULL;
}

static int add_desktop(const struct pack_job *j, struct tree *pkg, struct str app,
                       const struct tree_entry *x, struct str icon, struct pos at, struct err *e) {
    struct str name = j->recipe->name, text, to;
    struct str command =
        str_eq(app, name) ? name : str_fmt(j->mem, STR_F "." STR_F, STR_A(name), STR_A(app));
    AUTO(buf) out = BUF_NONE;
    const char *wrong;

    to = str_fmt(pkg->mem, "meta/gui/" STR_F ".desktop", STR_A(app));
    if (rooted_find(pkg, to))
        return OK;
    if (rooted_text(j, x, &text, e))
        return (int)e->code;
    wrong = desktop_wrong(text);
    buf_init(&out, DESKTOP_MAX);
    put_desktop(text, command, j->recipe->id, icon, &out);
    if (wrong)
        return snaprules_bad(j, at, e, "the desktop file " STR_F " %s", STR_A(x->path), wrong);
    if (buf_check(&out, "the desktop file", e))
        return (int)e->code;
    tree_add_data(pkg, to, 0644, str_dup(pkg->mem, buf_get(&out)));
    return OK;
}

/* Before the tree is sorted. */
static const struct tree_entry *file_called(const struct pack_job *j, const struct tree *pkg,
                                            struct str path) {
    const struct tree_entry *x = rooted_find(pkg, snapmeta_path(j, NULL, path));

    if (!x)
        x = rooted_find(pkg, path);
    return x && x->kind == TREE_FILE && !(x->marks & TREE_GHOST) ? x : NULL;
}

static int add_desktops(const struct pack_job *j, struct tree *pkg, struct err *e) {
    const struct recipe *r = j->recipe;
    const struct value *apps = value_get(j->section, "apps");
    struct str icon = add_icon(j, pkg);
    const struct tree_entry *x =
        rooted_find(pkg, str_fmt(j->mem, "usr/share/applications/" STR_F ".desktop", STR_A(r->id)));

    if (x && x->kind == TREE_FILE && r->entry.n && r->id.n &&
        add_desktop(j, pkg, r->name, x, icon, x->at, e))
        return (int)e->code;
    for (const struct value *v = apps ? apps->child : NULL; v; v = v->next) {
        const struct value *file = value_get(v, "desktop");

        if (!file)
            continue;
        x = file_called(j, pkg, file->s);
        if (!x)
            return snaprules_bad(j, file->at, e,
                                 "desktop of " STR_F ": \"" STR_F
                                 "\" is not among the files of this target",
                                 STR_A(v->key), STR_A(file->s));
        if (add_desktop(j, pkg, v->key, x, icon, file->at, e))
            return (int)e->code;
    }
    return OK;
}

/* ----------------------------------------------------------------------------------- the hooks */

static int add_hooks(const struct pack_job *j, struct tree *pkg, struct err *e) {
    const struct value *hooks = value_get(j->section, "hooks");

    for (const struct value *v = hooks ? hooks->child : NULL; v; v = v->next) {
        const struct value *from = value_get(v, "from");
        struct str text, path = from ? from->s : (struct str){0};
        const char *host = str_starts(path, "/")
                               ? str_z(j->mem, path)
                               : arena_fmt(j->mem, "%s/" STR_F, j->recipe->dir, STR_A(path));
        struct tree_entry *x;

        if (fsys_read(FSYS_HERE, host, HOOK_MAX, pkg->mem, &text, e)) {
            e->code = E_RECIPE;
            return err_in(e, "%s: snap: hook " STR_F,
                          recipe_where(j->recipe, from ? from->at : v->at, j->mem), STR_A(v->key));
        }
        if (!str_starts(text, "#!") && !str_starts(text, "\177ELF"))
            return snaprules_bad(j, from->at, e,
                                 "hook " STR_F ": " STR_F " is no program; a script begins with #!",
                                 STR_A(v->key), STR_A(path));
        x = tree_add_data(pkg, str_fmt(pkg->mem, "meta/hooks/" STR_F, STR_A(v->key)), 0755, text);
        x->at = v->key_at;
    }
    return OK;
}

/* ---------------------------------------------------------------------------------- the checks */

static int check_modes(const struct pack_job *j, const struct tree *pkg, struct err *e) {
    for (size_t i = 0; i < pkg->n; i++) {
        const struct tree_entry *x = &pkg->v[i];
        bool meta = str_starts(x->path, "meta/") || str_is(x->path, "meta");
        const char *why = NULL;

        if (x->kind == TREE_LINK || x->marks & TREE_GHOST)
            continue;
        if (x->mode & 06000)
            why = "sets the user or group id, which no snap may; give its row another mode";
        else if (x->kind == TREE_FILE && x->mode & 01000)
            why = "is a file with the sticky bit; give its row another mode";
        else if (x->mode & 0002 && !(x->mode & 01000))
            why = "may be written by everybody; give its row another mode";
        else if (meta && (x->mode & (x->kind == TREE_DIR ? 0555 : 0444)) !=
                             (x->kind == TREE_DIR ? 0555u : 0444u))
            why = "must be readable by everybody";
        else if (x->kind == TREE_FILE && str_starts(x->path, "meta/hooks/") && !(x->mode & 0111))
            why = "is a hook and not executable; give its row `mode: \"0755\"`";
        if (why)
            return snaprules_bad(j, x->at, e, STR_F " %s", STR_A(x->path), why);
    }
    return OK;
}

/* A folder that only root may enter hides what is in it from those who start the program. */
static const char *folders_wrong(const struct tree *pkg, struct str path) {
    for (size_t n = 0; n < path.n; n++) {
        const struct tree_entry *x = path.p[n] == '/' ? tree_find(pkg, str_cut(path, 0, n)) : NULL;

        if (x && x->kind == TREE_DIR && (x->mode & 0555) != 0555)
            return "is in a folder that not everybody may enter";
    }
    return NULL;
}

static int check_file(const struct pack_job *j, const struct tree *pkg, const struct value *v,
                      struct str path, unsigned mode, struct str app, const char *key,
                      struct err *e) {
    const struct tree_entry *x = rooted_follow(pkg, path, j->mem);
    const char *why = !x                      ? "is not among the files of this target"
                      : x->kind != TREE_FILE  ? "is no file"
                      : x->marks & TREE_GHOST ? "is not in the snap: its role is ghost"
                      : mode == 0111 && !(x->mode & 0111)
                          ? "is not executable; give its row `mode: \"0755\"`"
                      : mode != 0111 && (x->mode & mode) != mode
                          ? mode == 0555 ? "must be executable for everybody; give its row `mode: "
                                           "\"0755\"`"
                                         : "must be readable for everybody"
                          : folders_wrong(pkg, x->path);

    if (!why)
        return OK;
    return snaprules_bad(j, v->at, e, "%s of " STR_F ": \"" STR_F "\" %s", key, STR_A(app),
                         STR_A(path), why);
}

static int check_chain(const struct pack_job *j, const struct tree *pkg, const struct value *of,
                       struct err *e) {
    const struct value *chain = value_get(of, "command-chain");

    for (const struct value *v = chain ? chain->child : NULL; v; v = v->next)
        if (check_file(j, pkg, v, v->s, 0555, of->key, "command-chain", e))
            return (int)e->code;
    return OK;
}

static int check_programs(const struct pack_job *j, const struct tree *pkg,
                          const struct value *meta, struct err *e) {
    static const char *const keys[] = {"command", "stop-command", "reload-command",
                                       "post-stop-command", "completer"};
    const struct value *apps = value_get(meta, "apps"), *hooks = value_get(meta, "hooks");

    for (const struct value *app = apps ? apps->child : NULL; app; app = app->next) {
        for (size_t i = 0; i < COUNT(keys); i++) {
            const struct value *v = value_get(app, keys[i]);
            unsigned mode = i == COUNT(keys) - 1 ? 0444 : value_get(app, "daemon") ? 0111 : 0555;

            if (v && check_file(j, pkg, v, str_cut(v->s, 0, str_find(v->s, ' ')), mode, app->key,
                                keys[i], e))
                return (int)e->code;
        }
        if (check_chain(j, pkg, app, e))
            return (int)e->code;
    }
    for (const struct value *hook = hooks ? hooks->child : NULL; hook; hook = hook->next)
        if (check_chain(j, pkg, hook, e))
            return (int)e->code;
    return OK;
}

/* ---------------------------------------------------------------------------------------------- */

/* The program's own place is known only when the tree is whole: so snap.yaml is written last. */
static int fill_yaml(const struct pack_job *j, struct tree *pkg, struct err *e) {
    AUTO(buf) out = BUF_NONE;
    struct value *meta;

    if (snapmeta_make(j, pkg, &meta, e) || snaprules_meta(j, meta, e) ||
        check_programs(j, pkg, meta, e))
        return (int)e->code;
    buf_init(&out, YAML_MAX);
    value_write_yaml(meta, &out);
    if (buf_check(&out, SNAP_YAML, e))
        return (int)e->code;
    for (size_t i = 0; i < pkg->n; i++)
        if (str_is(pkg->v[i].path, SNAP_YAML)) {
            pkg->v[i].bytes.data = str_dup(pkg->mem, buf_get(&out));
            pkg->v[i].size = out.n;
        }
    return OK;
}

int snapdir_layout(const struct pack_job *j, const struct tree *app, struct tree *pkg,
                   struct err *e) {
    if (linux_tree(j, app, pkg, e))
        return (int)e->code;
    if (rooted_find(pkg, STR(SNAP_YAML)))
        return snaprules_bad(j, rooted_find(pkg, STR(SNAP_YAML))->at, e,
                             SNAP_YAML " is written from the recipe; say it under snap:");
    tree_add_data(pkg, STR(SNAP_YAML), 0644, STR(""));
    if (add_desktops(j, pkg, e) || add_hooks(j, pkg, e) || tree_finish(pkg, false, e) ||
        rooted_links(j, pkg, "snap", e) || check_modes(j, pkg, e))
        return (int)e->code;
    return fill_yaml(j, pkg, e);
}
