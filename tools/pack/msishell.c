/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msishell.h"

#include "pack/msinames.h"
#include "pack/msiservice.h"
#include "pack/msivalues.h"
#include "pack/windows.h"

enum { TARGET_MOST = 72, ACTION_SET_PROPERTY = 51, AT_ENTRY_PATH = 1020 /* folders are known */ };

/* By its folder: a file of another component cannot be named. */
static struct str entry_path(struct msibuild *b) {
    struct str path = b->file[msibuild_file(b, b->entry_id)]->path;
    size_t slash = str_rfind(path, '/');
    struct str name = slash == path.n ? path : str_cut(path, slash + 1, path.n);
    struct str folder =
        slash == path.n ? STR("INSTALLDIR") : msinames_id(b->mem, "d_", str_cut(path, 0, slash));

    name = msibuild_literal(b->mem, name);
    return str_fmt(b->mem, "[" STR_F "]" STR_F, STR_A(folder), STR_A(name));
}

static struct str quoted(struct msibuild *b, const char *behind) {
    return str_fmt(b->mem, "\"" STR_F "\"%s", STR_A(entry_path(b)), behind);
}

/* What people read, which may begin with # and have brackets. */
static struct str words(struct msibuild *b, struct str text) {
    return msivalues_text(b, msibuild_literal(b->mem, text));
}

/* --------------------------------------------------------------------- deep links and types */

static void add_open(struct msibuild *b, struct str class, struct str component) {
    struct str icon = str_fmt(b->mem, STR_F "\\DefaultIcon", STR_A(class));
    struct str command = str_fmt(b->mem, STR_F "\\shell\\open\\command", STR_A(class));

    msibuild_registry(b, MSIBUILD_ROOT_SCOPE, icon, NULL, quoted(b, ",0"), component);
    msibuild_registry(b, MSIBUILD_ROOT_SCOPE, command, NULL, quoted(b, " \"%1\""), component);
}

static void add_protocol(struct msibuild *b, struct str scheme, struct str component) {
    struct str class = str_fmt(b->mem, "Software\\Classes\\" STR_F, STR_A(scheme));
    struct str title = msibuild_literal(b->mem, b->j->recipe->title);

    msibuild_registry(b, MSIBUILD_ROOT_SCOPE, class, NULL,
                      str_fmt(b->mem, "URL:" STR_F, STR_A(title)), component);
    msibuild_registry(b, MSIBUILD_ROOT_SCOPE, class, "URL Protocol", (struct str){0}, component);
    add_open(b, class, component);
}

static void add_association(struct msibuild *b, const struct recipe_assoc *x,
                            struct str component) {
    struct str ext =
        str_starts(x->extension, ".") ? str_cut(x->extension, 1, x->extension.n) : x->extension;
    struct str prog = str_fmt(b->mem, STR_F "." STR_F, STR_A(b->j->recipe->id), STR_A(ext));
    struct str class = str_fmt(b->mem, "Software\\Classes\\" STR_F, STR_A(prog));
    struct str dot = str_fmt(b->mem, "Software\\Classes\\." STR_F, STR_A(ext));
    struct str with = str_fmt(b->mem, STR_F "\\OpenWithProgids", STR_A(dot));

    msibuild_registry(b, MSIBUILD_ROOT_SCOPE, class, NULL,
                      words(b, x->description.n ? x->description : b->j->recipe->title), component);
    add_open(b, class, component);
    msibuild_registry(b, MSIBUILD_ROOT_SCOPE, dot, NULL, prog, component);
    msibuild_registry(b, MSIBUILD_ROOT_SCOPE, dot, "Content Type", x->mime, component);
    msibuild_registry(b, MSIBUILD_ROOT_SCOPE, with, str_z(b->mem, prog), (struct str){0},
                      component);
}

/* Not below the scope's own root: of the machine's classes ICE33 says that they belong into tables
 * for advertised programs. */
static void add_types(struct msibuild *b) {
    const struct recipe *r = b->j->recipe;
    struct str component;

    if (!r->n_protocols && !r->n_associations)
        return;
    component = msibuild_component_when(b, "types", MSIBUILD_ROOT_SCOPE, "");
    for (size_t i = 0; i < r->n_protocols; i++)
        add_protocol(b, r->protocols[i].scheme, component);
    for (size_t i = 0; i < r->n_associations; i++)
        add_association(b, &r->associations[i], component);
}

/* ---------------------------------------------------------------------------------- shortcuts */

/* The taskbar groups windows by this, and notifications need it. */
static void add_app_id(struct msibuild *b, const char *shortcut) {
    if (!b->j->recipe->id.n)
        return;
    msidb_put(&b->db, msibuild_table(b, "MsiShortcutProperty"), "sssS",
              arena_fmt(b->mem, "%s_id", shortcut), shortcut, "System.AppUserModel.ID",
              b->j->recipe->id);
}

/* The program by its path, or by a property that holds it where the column has no room. */
static struct str target_of(struct msibuild *b) {
    struct str path = entry_path(b), action = STR("SetEntryPath");

    if (windows_length(path) <= TARGET_MOST)
        return path;
    if (!msibuild_has(b, "CustomAction", action)) {
        msidb_put(&b->db, msibuild_table(b, "CustomAction"), "SisS-", action, ACTION_SET_PROPERTY,
                  "EntryPath", path);
        msidb_put(&b->db, msibuild_table(b, "InstallExecuteSequence"), "S-i", action,
                  AT_ENTRY_PATH);
    }
    return STR("[EntryPath]");
}

static void add_shortcut(struct msibuild *b, const char *id, const char *folder) {
    const struct recipe *r = b->j->recipe;
    struct map taken = {.mem = b->mem};

    msidb_put(&b->db, msibuild_table(b, "Directory"), "sss", folder, "TARGETDIR", ".");
    msidb_put(&b->db, msibuild_table(b, "Shortcut"), "ssSSS-S-S--s", id, folder,
              msinames_file(b->mem, &taken, b->title), /* the installer puts .lnk behind it */
              msibuild_component(b, id, "INSTALLDIR"), target_of(b), msibuild_cut(r->summary, 255),
              b->icon, "INSTALLDIR");
    add_app_id(b, id);
}

/* -------------------------------------------------------------------------------- environment */

/* "tools/bin" below the installation's folder. */
static struct str folder_path(struct msibuild *b, struct str path) {
    char *p;

    if (str_is(path, "."))
        return STR("[~];[INSTALLDIR]");
    path = msibuild_literal(b->mem, path);
    p = arena_dup(b->mem, path.p, path.n);
    for (size_t i = 0; i < path.n; i++)
        if (p[i] == '/')
            p[i] = '\\';
    return str_fmt(b->mem, "[~];[INSTALLDIR]%s", p);
}

static void add_variable(struct msibuild *b, bool machine, struct str name, struct str value,
                         struct str component) {
    struct str key = msinames_id(b->mem, "e_", name);

    if (b->scope == MSIBUILD_BOTH && machine)
        key = str_fmt(b->mem, STR_F "_m", STR_A(key));
    msidb_put(&b->db, msibuild_table(b, "Environment"), "SSSS", key,
              str_fmt(b->mem, "=-%s" STR_F, machine ? "*" : "", STR_A(name)), value, component);
}

/* The machine's variables or the user's. */
static void add_variables(struct msibuild *b, bool machine, struct str component) {
    const struct value *map = value_get(b->j->section, "environment");
    struct str add = value_text(b->j->section, "path");

    if (add.n)
        add_variable(b, machine, STR("PATH"), folder_path(b, add), component);
    for (const struct value *c = map ? map->child : NULL; c; c = c->next)
        add_variable(b, machine, c->key, c->s, component);
}

/* The folder that comes into the PATH is one of the tree. */
static int check_path(const struct msibuild *b, struct err *e) {
    const struct value *v = value_get(b->j->section, "path");
    const struct tree_entry *x = v ? tree_find(b->pkg, v->s) : NULL;

    return !v || str_is(v->s, ".") || (x && x->kind == TREE_DIR)
               ? OK
               : err_set(e, E_RECIPE, "%s: path: there is no folder " STR_F " among the files",
                         recipe_where(b->j->recipe, v->at, b->mem), STR_A(v->s));
}

static void add_environment(struct msibuild *b) {
    const struct value *map = value_get(b->j->section, "environment");

    if (!value_text(b->j->section, "path").n && !(map && map->child))
        return;
    if (b->scope != MSIBUILD_BOTH) {
        add_variables(b, b->scope == MSIBUILD_MACHINE, msibuild_component_scope(b, "environment"));
        return;
    }
    add_variables(b, true,
                  msibuild_component_when(b, "environment", MSIBUILD_ROOT_LOCAL_MACHINE,
                                          MSIBUILD_FOR_ALL));
    add_variables(b, false,
                  msibuild_component_when(b, "userenvironment", MSIBUILD_ROOT_CURRENT_USER,
                                          "NOT (" MSIBUILD_FOR_ALL ")"));
}

/* ------------------------------------------------------------------------ the entry of "Apps" */

static void add_apps_entry(struct msibuild *b) {
    const struct recipe *r = b->j->recipe;

    msibuild_property(b, "ARPPRODUCTICON", b->icon);
    msibuild_property(b, "ARPURLINFOABOUT", r->homepage);
    msibuild_property(b, "ARPHELPLINK", r->homepage);
    msibuild_property(b, "ARPURLUPDATEINFO", r->homepage);
    msibuild_property(b, "ARPCONTACT", r->maintainer);
    msibuild_property(b, "ARPCOMMENTS", r->summary);
    if (!value_get(b->j->section, "features"))
        msibuild_property(b, "ARPNOMODIFY", STR("1"));
}

int msishell_add(struct msibuild *b, struct err *e) {
    const struct recipe *r = b->j->recipe;

    if (check_path(b, e) || msiservice_add(b, e))
        return (int)e->code;
    if (b->entry_id.n) {
        add_types(b);
        if (r->menu)
            add_shortcut(b, "menu", "ProgramMenuFolder");
        if (r->desktop)
            add_shortcut(b, "desktop", "DesktopFolder");
    }
    add_environment(b);
    msivalues_add(b);
    add_apps_entry(b);
    return OK;
}
