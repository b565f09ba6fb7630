/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msibuild.h"

#include "crypto/digest.h"
#include "pack/msinames.h"
#include "pack/msischema.h"
#include "pack/windows.h"

enum { UTF8 = 65001, STAGE_RELEASE = 65535 };

struct msidb_table *msibuild_table(struct msibuild *b, const char *name) {
    return msischema_table(&b->db, name);
}

void msibuild_property(struct msibuild *b, const char *name, struct str value) {
    if (value.n)
        msidb_put(&b->db, msibuild_table(b, "Property"), "sS", name, value);
}

void msibuild_registry(struct msibuild *b, int root, struct str key, const char *name,
                       struct str value, struct str component) {
    struct str what = str_fmt(b->mem, "%d\\" STR_F "\\%s", root, STR_A(key), name ? name : "");

    msidb_put(&b->db, msibuild_table(b, "Registry"), "SiSsSS", msinames_id(b->mem, "r_", what),
              root, key, name ? name : "", value, component);
}

struct str msibuild_component_of(const struct msibuild *b, size_t i) {
    return msinames_id(b->mem, "c_", b->file[i]->path);
}

static struct str component(struct msibuild *b, const char *what, const char *directory, int root,
                            const char *condition) {
    struct str id = str_fmt(b->mem, "c_%s", what);
    struct str where = str_fmt(b->mem, STR_F "\\Components", STR_A(b->key));
    struct str key = str_fmt(b->mem, "%d\\" STR_F "\\%s", root, STR_A(where), what);

    msidb_put(&b->db, msibuild_table(b, "Component"), "SSsisS", id,
              msinames_guid(b->mem, "component", b->seed, str_fmt(b->mem, "(%s)", what)), directory,
              MSIBUILD_KEY_REGISTRY | (b->wide ? MSIBUILD_64BIT : 0), condition,
              msinames_id(b->mem, "r_", key));
    msibuild_registry(b, root, where, what, STR("#1"), id);
    msidb_put(&b->db, msibuild_table(b, "FeatureComponents"), "sS", "Main", id);
    return id;
}

struct str msibuild_component(struct msibuild *b, const char *what, const char *directory) {
    return component(b, what, directory, MSIBUILD_ROOT_CURRENT_USER, "");
}

struct str msibuild_component_scope(struct msibuild *b, const char *what) {
    return component(b, what, "INSTALLDIR", b->root, "");
}

struct str msibuild_component_when(struct msibuild *b, const char *what, int root,
                                   const char *condition) {
    return component(b, what, "INSTALLDIR", root, condition);
}

struct str msibuild_literal(struct arena *mem, struct str text) {
    char *to = arena_alloc(mem, 4 * text.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++) {
        bool bracket = text.p[i] == '[' || text.p[i] == ']';

        if (bracket) {
            to[n++] = '[';
            to[n++] = '\\';
        }
        to[n++] = text.p[i];
        if (bracket)
            to[n++] = ']';
    }
    return (struct str){to, n};
}

struct str msibuild_cut(struct str text, size_t most) {
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++)
        if (((unsigned char)text.p[i] & 0xc0) != 0x80 && n++ == most)
            return str_cut(text, 0, i);
    return text;
}

bool msibuild_has(const struct msibuild *b, const char *table, struct str key) {
    const struct msidb_table *t = msidb_find(&b->db, str_of(table));

    for (size_t i = 0; t && i < t->n_rows; i++)
        if (str_eq(t->cell[i * t->n_columns].s, key))
            return true;
    return false;
}

size_t msibuild_file(const struct msibuild *b, struct str id) {
    size_t i = 0;

    while (i < b->n_files && !str_eq(b->file_id[i], id))
        i++;
    return i;
}

size_t msibuild_program(const struct msibuild *b, struct str path) {
    struct str exe = str_fmt(b->mem, STR_F ".exe", STR_A(path));

    for (size_t i = 0; i < b->n_files; i++)
        if (str_eq(b->file[i]->path, path) || str_eq(b->file[i]->path, exe))
            return i;
    return b->n_files;
}

/* A part of a registry key: a backslash would begin another one, brackets name a property. */
static struct str key_name(struct arena *mem, struct str s) {
    char *p = arena_dup(mem, s.p, s.n);

    for (size_t i = 0; i < s.n; i++)
        if (p[i] == '\\' || p[i] == '[' || p[i] == ']')
            p[i] = '-';
    return (struct str){p, s.n};
}

static enum msibuild_scope scope_of(const struct pack_job *j) {
    struct str word = value_text(j->section, "scope");

    return str_is(word, "user")   ? MSIBUILD_USER
           : str_is(word, "both") ? MSIBUILD_BOTH
                                  : MSIBUILD_MACHINE;
}

struct str msibuild_language(const struct pack_job *j) {
    const struct value *list = value_get(j->section, "languages");
    const struct value *c = list ? list->child : NULL;

    for (size_t i = 0; c && i < j->variant; i++)
        c = c->next;
    return c ? c->s : STR("en");
}

static int root_of(enum msibuild_scope scope) {
    return scope == MSIBUILD_MACHINE ? MSIBUILD_ROOT_LOCAL_MACHINE
           : scope == MSIBUILD_USER  ? MSIBUILD_ROOT_CURRENT_USER
                                     : MSIBUILD_ROOT_SCOPE;
}

/* The upgrade code is the product's for ever. Components have the same GUID in all versions, and
 * another one where the same file of another package comes to lie elsewhere: a 32-bit one below
 * another folder, one of the user's below the user's own. */
static void set_guids(struct msibuild *b) {
    static const char *const scopes[] = {"machine", "user", "both"};
    const struct recipe *r = b->j->recipe;
    struct str pinned = value_text(b->j->section, "upgrade-code");

    b->upgrade = pinned.n ? pinned : msinames_guid(b->mem, "upgrade", r->id, STR(""));
    b->seed =
        str_fmt(b->mem, STR_F " %s %s", STR_A(r->id), scopes[b->scope], b->wide ? "64" : "32");
}

int msibuild_begin(struct msibuild *b, const struct pack_job *j, const struct tree *pkg,
                   struct err *e) {
    const struct recipe *r = j->recipe;
    AUTO(buf) version = BUF_NONE;
    struct digest_set sha1;
    struct str vendor;

    *b = (struct msibuild){
        .j = j,
        .pkg = pkg,
        .mem = j->mem,
        .db = {.mem = j->mem, .codepage = UTF8},
        .scope = scope_of(j),
        .root = root_of(scope_of(j)),
        .wide = j->target->arch != ARCH_I686,
        .language = msibuild_language(j),
        .title = windows_file_title(r, j->mem),
    };
    buf_init(&version, 64);
    if (digest_bytes(STR(""), DIGEST_SHA1, &sha1, e))
        return err_in(e, "GUIDs need SHA-1");
    if (msinames_version(r->version, &version, e))
        return err_in(e, "%s", recipe_where(r, r->at_version, j->mem));
    b->version = str_dup(b->mem, buf_get(&version));
    b->stage = msinames_stage(r->version);
    b->build = b->version; /* a pre-release has its stage in it already */
    if (b->stage == STAGE_RELEASE)
        b->build = str_fmt(b->mem, STR_F ".%u", STR_A(b->version), b->stage);
    vendor = key_name(b->mem, r->vendor.n ? r->vendor : r->title);
    b->key = str_fmt(b->mem, "Software\\" STR_F "\\" STR_F, STR_A(vendor), STR_A(r->name));
    set_guids(b);
    return OK;
}
