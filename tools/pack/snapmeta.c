/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/snapmeta.h"

#include "model/names.h"
#include "pack/rooted.h"
#include "pack/snapapps.h"

#include <string.h>

const char *snapmeta_arch(enum arch_kind a) {
    return names_arch_deb(a); /* snapd takes Debian's names */
}

bool snapmeta_desktop(const struct recipe *r) {
    return r->entry.n && r->id.n && r->menu;
}

struct str snapmeta_path(const struct pack_job *j, const struct tree *pkg, struct str path) {
    AUTO(buf) full = BUF_NONE;
    struct str there;

    buf_init(&full, 4096);
    (void)names_linux_path(j->recipe, path, &full);
    there = str_dup(j->mem, str_cut(buf_get(&full), 1, full.n));
    /* Who knows how the snap looks inside may say that, too. */
    if (pkg && !rooted_follow(pkg, there, j->mem) && rooted_follow(pkg, path, j->mem))
        return path;
    return there;
}

/* A text of the recipe itself, where it was written. */
static void put(const struct pack_job *j, struct value *meta, const char *key, const char *own,
                struct str text) {
    const struct value *at = value_get(j->recipe->root, own);
    struct value *v = value_str(j->mem, text);

    if (!text.n)
        return;
    v->at = at ? at->at : (struct pos){0};
    value_set(j->mem, meta, key, v);
}

static void copy(const struct pack_job *j, struct value *meta, const char *key) {
    const struct value *v = value_get(j->section, key);

    if (v && !((v->kind == VALUE_LIST || v->kind == VALUE_MAP) && !v->n))
        value_set(j->mem, meta, key, value_copy(j->mem, v));
}

static void put_word(const struct pack_job *j, struct value *meta, const char *key,
                     const char *otherwise) {
    const struct value *v = value_get(j->section, key);

    if (v)
        copy(j, meta, key);
    else if (otherwise)
        value_set(j->mem, meta, key, value_str(j->mem, str_of(otherwise)));
}

/* "Ann Example <ann@example.com>" -> "ann@example.com" */
static struct str address(struct str maintainer) {
    size_t open = str_find(maintainer, '<');

    return open == maintainer.n
               ? STR("")
               : str_cut(maintainer, open + 1,
                         open + str_find(str_cut(maintainer, open, maintainer.n), '>'));
}

static void put_link(const struct pack_job *j, struct value *links, const char *key,
                     struct str text) {
    struct value *list;

    if (!text.n || value_get(links, key))
        return;
    list = value_new(j->mem, VALUE_LIST);
    value_add(list, value_str(j->mem, text));
    value_set(j->mem, links, key, list);
}

static void put_links(const struct pack_job *j, struct value *meta) {
    const struct value *own = value_get(j->section, "links");
    struct value *links = own ? value_copy(j->mem, own) : value_new(j->mem, VALUE_MAP);
    struct str mail = address(j->recipe->maintainer);

    put_link(j, links, "contact", mail.n ? str_fmt(j->mem, "mailto:" STR_F, STR_A(mail)) : mail);
    put_link(j, links, "website", j->recipe->homepage);
    if (links->n)
        value_set(j->mem, meta, "links", links);
}

/* ----------------------------------------------------------------------------- the environment */

/* libfoo.so, libfoo.so.1.2 */
static bool is_library(struct str name) {
    if (str_ends(name, ".so"))
        return true;
    for (size_t at = 0; at + 4 < name.n; at++)
        if (!memcmp(name.p + at, ".so.", 4) && name.p[at + 4] >= '0' && name.p[at + 4] <= '9')
            return true;
    return false;
}

/* Something in the folder itself; `libraries`: a shared library. */
static bool holds(const struct tree *t, const char *folder, bool libraries) {
    for (size_t i = 0; t && i < t->n; i++) {
        struct str path = t->v[i].path;
        size_t slash = str_rfind(path, '/');

        if (t->v[i].kind != TREE_DIR && slash < path.n && str_is(str_cut(path, 0, slash), folder) &&
            (!libraries || is_library(str_cut(path, slash + 1, path.n))))
            return true;
    }
    return false;
}

static struct str folders(const struct pack_job *j, const struct tree *pkg, struct str all,
                          const char *const *v, bool libraries) {
    for (; *v; v++)
        if (holds(pkg, *v, libraries))
            all = str_fmt(j->mem, STR_F "%s$SNAP/%s", STR_A(all), all.n ? ":" : "", *v);
    return all;
}

/* Programs of a strict snap find their base's files on PATH and in the linker's folders, and their
 * own only when they are told. */
static void put_environment(const struct pack_job *j, const struct tree *pkg, struct value *meta) {
    static const char *const programs[] = {"usr/sbin", "usr/bin", "sbin", "bin", NULL};
    static const char *const triplets[] = {
        [ARCH_X86_64] = "usr/lib/x86_64-linux-gnu",
        [ARCH_AARCH64] = "usr/lib/aarch64-linux-gnu",
        [ARCH_I686] = "usr/lib/i386-linux-gnu",
        [ARCH_ARMV7] = "usr/lib/arm-linux-gnueabihf",
    };
    enum arch_kind a = j->target->arch;
    const char *libs[] = {a <= ARCH_ARMV7 ? triplets[a] : "usr/lib64", "usr/lib", "lib", NULL};
    struct value *all = value_new(j->mem, VALUE_MAP);
    const struct value *own = value_get(j->section, "environment");

    if (pkg && !str_is(value_text(j->section, "confinement"), "classic")) {
        struct str path = folders(j, pkg, (struct str){0}, programs, false);
        struct str lib = folders(j, pkg, (struct str){0}, libs, true);

        if (path.n)
            value_set(j->mem, all, "PATH",
                      value_str(j->mem, str_fmt(j->mem, STR_F ":$PATH", STR_A(path))));
        if (lib.n) /* the first is where snapd puts the drivers of the graphics card */
            value_set(j->mem, all, "LD_LIBRARY_PATH",
                      value_str(j->mem, str_fmt(j->mem, "$SNAP_LIBRARY_PATH:" STR_F, STR_A(lib))));
    }
    for (const struct value *v = own ? own->child : NULL; v; v = v->next)
        value_set(j->mem, all, str_z(j->mem, v->key), value_copy(j->mem, v));
    if (all->n)
        value_set(j->mem, meta, "environment", all);
}

/* A list of plugs is said app by app; a map is there for its attributes. */
static void put_plugs(const struct pack_job *j, struct value *meta, const char *key) {
    const struct value *v = value_get(j->section, key);

    if (v && v->kind != VALUE_LIST)
        copy(j, meta, key);
}

static void put_hooks(const struct pack_job *j, struct value *meta) {
    const struct value *own = value_get(j->section, "hooks");
    struct value *all = value_new(j->mem, VALUE_MAP);

    for (const struct value *v = own ? own->child : NULL; v; v = v->next) {
        struct value *one = value_new(j->mem, VALUE_MAP);

        for (const struct value *c = v->child; c; c = c->next)
            if (!str_is(c->key, "from") && !(c->kind == VALUE_LIST && !c->n))
                value_set(j->mem, one, str_z(j->mem, c->key), value_copy(j->mem, c));
        one->at = v->at;
        one->key_at = v->key_at;
        value_set(j->mem, all, str_z(j->mem, v->key), one);
        one->key_at = v->key_at;
    }
    if (all->n)
        value_set(j->mem, meta, "hooks", all);
}

static void put_architectures(const struct pack_job *j, struct value *meta) {
    struct value *list = value_new(j->mem, VALUE_LIST);
    const char *arch = snapmeta_arch(j->target->arch);

    value_add(list, value_str(j->mem, str_of(arch ? arch : "unknown")));
    value_set(j->mem, meta, "architectures", list);
}

int snapmeta_make(const struct pack_job *j, const struct tree *pkg, struct value **out,
                  struct err *e) {
    const struct recipe *r = j->recipe;
    struct value *meta = value_new(j->mem, VALUE_MAP);

    *out = meta;
    put(j, meta, "name", "name", r->name);
    put(j, meta, "title", "title", r->title);
    put(j, meta, "version", "version", r->version);
    put(j, meta, "summary", "summary", r->summary);
    put(j, meta, "description", "description", r->description.n ? r->description : r->summary);
    put_word(j, meta, "type", NULL);
    put_word(j, meta, "base",
             value_get(j->section, "type") && !str_is(value_text(j->section, "type"), "app")
                 ? NULL
                 : "core24");
    put_word(j, meta, "grade", "stable");
    put_word(j, meta, "confinement", "strict");
    put_architectures(j, meta);
    put(j, meta, "license", "license", r->license);
    put_links(j, meta);
    copy(j, meta, "epoch");
    copy(j, meta, "assumes");
    put_environment(j, pkg, meta);
    put_plugs(j, meta, "plugs");
    put_plugs(j, meta, "slots");
    copy(j, meta, "layout");
    copy(j, meta, "system-usernames");
    if (snapapps_make(j, pkg, meta, e))
        return (int)e->code;
    put_hooks(j, meta);
    return OK;
}
