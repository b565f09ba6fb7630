/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msishell.h"

#include "pack/msinames.h"
#include "pack/msiservice.h"

static struct str quoted(struct msibuild *b, struct str file_id, const char *behind) {
    return str_fmt(b->mem, "\"[#" STR_F "]\"%s", STR_A(file_id), behind);
}

static struct str entry_component(const struct msibuild *b) {
    size_t i = msibuild_file(b, b->entry_id);

    return i < b->n_files ? msibuild_component_of(b, i) : (struct str){0};
}

/* --------------------------------------------------------------------- deep links and types */

static void add_open(struct msibuild *b, struct str class, struct str component) {
    struct str icon = str_fmt(b->mem, STR_F "\\DefaultIcon", STR_A(class));
    struct str command = str_fmt(b->mem, STR_F "\\shell\\open\\command", STR_A(class));

    msibuild_registry(b, MSIBUILD_ROOT_SCOPE, icon, NULL, quoted(b, b->entry_id, ",0"), component);
    msibuild_registry(b, MSIBUILD_ROOT_SCOPE, command, NULL, quoted(b, b->entry_id, " \"%1\""),
                      component);
}

static void add_protocol(struct msibuild *b, struct str scheme) {
    struct str class = str_fmt(b->mem, "Software\\Classes\\" STR_F, STR_A(scheme));
    struct str component = entry_component(b);

    msibuild_registry(b, MSIBUILD_ROOT_SCOPE, class, NULL,
                      str_fmt(b->mem, "URL:" STR_F, STR_A(b->j->recipe->title)), component);
    msibuild_registry(b, MSIBUILD_ROOT_SCOPE, class, "URL Protocol", (struct str){0}, component);
    add_open(b, class, component);
}

static void add_association(struct msibuild *b, const struct recipe_assoc *x) {
    struct str ext =
        str_starts(x->extension, ".") ? str_cut(x->extension, 1, x->extension.n) : x->extension;
    struct str prog = str_fmt(b->mem, STR_F "." STR_F, STR_A(b->j->recipe->id), STR_A(ext));
    struct str class = str_fmt(b->mem, "Software\\Classes\\" STR_F, STR_A(prog));
    struct str dot = str_fmt(b->mem, "Software\\Classes\\." STR_F, STR_A(ext));
    struct str with = str_fmt(b->mem, STR_F "\\OpenWithProgids", STR_A(dot));
    struct str component = entry_component(b);

    msibuild_registry(b, MSIBUILD_ROOT_SCOPE, class, NULL,
                      x->description.n ? x->description : b->j->recipe->title, component);
    add_open(b, class, component);
    msibuild_registry(b, MSIBUILD_ROOT_SCOPE, dot, NULL, prog, component);
    msibuild_registry(b, MSIBUILD_ROOT_SCOPE, dot, "Content Type", x->mime, component);
    msibuild_registry(b, MSIBUILD_ROOT_SCOPE, with, str_z(b->mem, prog), (struct str){0},
                      component);
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

/* By its folder: a file of another component cannot be named. */
static struct str entry_target(struct msibuild *b) {
    struct str path = b->file[msibuild_file(b, b->entry_id)]->path;
    size_t slash = str_rfind(path, '/');

    if (slash == path.n)
        return str_fmt(b->mem, "[INSTALLDIR]" STR_F, STR_A(path));
    return str_fmt(b->mem, "[" STR_F "]" STR_F,
                   STR_A(msinames_id(b->mem, "d_", str_cut(path, 0, slash))),
                   STR_A(str_cut(path, slash + 1, path.n)));
}

static void add_shortcut(struct msibuild *b, const char *id, const char *folder) {
    const struct recipe *r = b->j->recipe;
    struct map taken = {.mem = b->mem};

    msidb_put(&b->db, msibuild_table(b, "Directory"), "sss", folder, "TARGETDIR", ".");
    msidb_put(&b->db, msibuild_table(b, "Shortcut"), "ssSSS-S-S--s", id, folder,
              msinames_file(b->mem, &taken, str_fmt(b->mem, STR_F ".lnk", STR_A(b->title))),
              msibuild_component(b, id, "INSTALLDIR"), entry_target(b),
              msibuild_cut(r->summary, 255), b->icon, "INSTALLDIR");
    add_app_id(b, id);
}

/* -------------------------------------------------------------------- environment and registry */

static void add_environment(struct msibuild *b) {
    const struct value *map = value_get(b->j->section, "environment");
    const char *system = b->scope == MSIBUILD_MACHINE ? "*" : "";
    struct str add = value_text(b->j->section, "path"), component;

    if (!add.n && !(map && map->child))
        return;
    component = msibuild_component(b, "environment", "INSTALLDIR");
    if (add.n)
        msidb_put(&b->db, msibuild_table(b, "Environment"), "sSSS", "e_PATH",
                  str_fmt(b->mem, "=-%sPATH", system),
                  str_is(add, ".") ? STR("[~];[INSTALLDIR]")
                                   : str_fmt(b->mem, "[~];[INSTALLDIR]" STR_F, STR_A(add)),
                  component);
    for (const struct value *c = map ? map->child : NULL; c; c = c->next)
        msidb_put(&b->db, msibuild_table(b, "Environment"), "SSSS",
                  msinames_id(b->mem, "e_", c->key),
                  str_fmt(b->mem, "=-%s" STR_F, system, STR_A(c->key)), c->s, component);
}

static int root_of(struct str word) {
    return str_is(word, "HKCR")   ? 0
           : str_is(word, "HKCU") ? 1
           : str_is(word, "HKLM") ? 2
                                  : MSIBUILD_ROOT_SCOPE;
}

/* Numbers are written as #N; a text that begins with # gets a second one. */
static struct str registry_value(struct msibuild *b, const struct value *v) {
    if (!v)
        return (struct str){0};
    if (v->kind == VALUE_INT)
        return str_fmt(b->mem, "#%lld", (long long)v->i);
    return str_starts(v->s, "#") ? str_fmt(b->mem, "#" STR_F, STR_A(v->s)) : v->s;
}

static void add_values(struct msibuild *b) {
    const struct value *list = value_get(b->j->section, "registry");
    struct str component;

    if (!list || !list->child)
        return;
    component = msibuild_component(b, "registry", "INSTALLDIR");
    for (const struct value *c = list->child; c; c = c->next) {
        struct str key = value_text(c, "key"), root = str_split(&key, '\\');
        struct str name = value_text(c, "name");

        msibuild_registry(b, root_of(root), key, name.n ? str_z(b->mem, name) : NULL,
                          registry_value(b, value_get(c, "value")), component);
    }
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

    if (msiservice_add(b, e))
        return (int)e->code;
    if (b->entry_id.n) {
        for (size_t i = 0; i < r->n_protocols; i++)
            add_protocol(b, r->protocols[i].scheme);
        for (size_t i = 0; i < r->n_associations; i++)
            add_association(b, &r->associations[i]);
        if (r->menu)
            add_shortcut(b, "menu", "ProgramMenuFolder");
        if (r->desktop)
            add_shortcut(b, "desktop", "DesktopFolder");
    }
    add_environment(b);
    add_values(b);
    add_apps_entry(b);
    return OK;
}
