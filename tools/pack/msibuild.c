/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msibuild.h"

#include "crypto/digest.h"
#include "pack/msinames.h"
#include "pack/msischema.h"
#include "pack/windows.h"

enum { UTF8 = 65001 };

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

struct str msibuild_component(struct msibuild *b, const char *what, const char *directory) {
    struct str id = str_fmt(b->mem, "c_%s", what);
    struct str key =
        str_fmt(b->mem, "%d\\" STR_F "\\%s", MSIBUILD_ROOT_CURRENT_USER, STR_A(b->key), what);

    msidb_put(&b->db, msibuild_table(b, "Component"), "SSsi-S", id,
              msinames_guid(b->mem, "component", b->j->recipe->id, str_fmt(b->mem, "(%s)", what)),
              directory, MSIBUILD_KEY_REGISTRY | (b->wide ? MSIBUILD_64BIT : 0),
              msinames_id(b->mem, "r_", key));
    msibuild_registry(b, MSIBUILD_ROOT_CURRENT_USER, b->key, what, STR("#1"), id);
    msidb_put(&b->db, msibuild_table(b, "FeatureComponents"), "sS", "Main", id);
    return id;
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

/* A part of a registry key: a backslash would begin another one. */
static struct str key_name(struct arena *mem, struct str s) {
    char *p = arena_dup(mem, s.p, s.n);

    for (size_t i = 0; i < s.n; i++)
        if (p[i] == '\\')
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

/* The upgrade code is the product's for ever; the product code is this version's for this kind of
 * machine and this language. */
static void set_guids(struct msibuild *b) {
    const struct recipe *r = b->j->recipe;
    struct str pinned = value_text(b->j->section, "upgrade-code");

    b->upgrade = pinned.n ? pinned : msinames_guid(b->mem, "upgrade", r->id, STR(""));
    b->product =
        msinames_guid(b->mem, "product", b->upgrade,
                      str_fmt(b->mem, STR_F "\n%d", STR_A(r->version), (int)b->j->target->arch));
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
    vendor = key_name(b->mem, r->vendor.n ? r->vendor : r->title);
    b->key = str_fmt(b->mem, "Software\\" STR_F "\\" STR_F, STR_A(vendor), STR_A(r->name));
    set_guids(b);
    return OK;
}
