/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msifiles.h"

#include "base/bytes.h"
#include "pack/msifeatures.h"
#include "pack/msinames.h"
#include "pack/msiversion.h"

enum { VITAL = 512, ON_UNINSTALL = 2, SCRATCH_MOST = 60000 };
static const uint64_t file_most = UINT64_C(2040) << 20; /* less than 2 GiB as a cabinet: cab_cut */

struct folders { /* of the installation, by path; each knows the short names in it */
    struct msibuild *b;
    struct map map;
    struct arena mem;     /* until all are in the tables */
    struct arena scratch; /* what one entry needs on its way into the tables */
};

struct folder {
    struct str id;
    struct map taken; /* short names */
    bool files;       /* some lie right in it: the installer removes it by itself */
};

static struct folder *folder_new(struct folders *f, struct str path, struct str id) {
    struct folder *d = arena_alloc(&f->mem, sizeof *d);

    *d = (struct folder){.id = id, .taken = {.mem = &f->mem}};
    map_put(&f->map, path, d);
    return d;
}

static void directory(struct msibuild *b, const char *id, const char *parent, struct str name) {
    msidb_put(&b->db, msibuild_table(b, "Directory"), "ssS", id, parent, name);
}

/* ProgramFiles64Folder is the user's own folder of programs where MSIINSTALLPERUSER says so. */
static void roots(struct folders *f) {
    struct msibuild *b = f->b;
    struct map taken = {.mem = b->mem};
    struct str name = msinames_file(b->mem, &taken, b->title);

    directory(b, "TARGETDIR", "", STR("SourceDir"));
    if (b->scope == MSIBUILD_USER) {
        directory(b, "LocalAppDataFolder", "TARGETDIR", STR("."));
        directory(b, "PROGRAMSDIR", "LocalAppDataFolder", STR("Programs"));
        directory(b, "INSTALLDIR", "PROGRAMSDIR", name);
    } else {
        const char *programs = b->wide ? "ProgramFiles64Folder" : "ProgramFilesFolder";

        directory(b, programs, "TARGETDIR", STR("."));
        directory(b, "INSTALLDIR", programs, name);
    }
    folder_new(f, STR(""), STR("INSTALLDIR"));
}

static struct folder *parent_of(const struct folders *f, struct str path, struct str *name) {
    size_t slash = str_rfind(path, '/');
    struct str above = slash == path.n ? STR("") : str_cut(path, 0, slash);

    *name = slash == path.n ? path : str_cut(path, slash + 1, path.n);
    return map_get(&f->map, above);
}

static void add_folder(struct folders *f, const struct tree_entry *x) {
    struct msibuild *b = f->b;
    struct str name, id = msidb_keep(&b->db, msinames_id(&f->scratch, "d_", x->path));
    struct folder *up = parent_of(f, x->path, &name);

    msidb_put(&b->db, msibuild_table(b, "Directory"), "SSS", id, up->id,
              msinames_file(&f->scratch, &up->taken, name));
    folder_new(f, x->path, id);
}

/* A component of one file; in a user's own folder its key has to be in the user's registry. */
static void add_component(struct folders *f, struct str id, struct str path, struct str dir,
                          struct str file, int attributes) {
    struct msibuild *b = f->b;
    struct str key = file;

    attributes |= b->wide ? MSIBUILD_64BIT : 0;
    if (b->scope == MSIBUILD_USER) {
        struct str where = str_fmt(&f->scratch, STR_F "\\Components", STR_A(b->key));
        const char *name = str_z(&f->scratch, id);

        attributes |= MSIBUILD_KEY_REGISTRY;
        msibuild_registry(b, MSIBUILD_ROOT_CURRENT_USER, where, name, STR("#1"), id);
        key = msinames_id(&f->scratch, "r_",
                          str_fmt(&f->scratch, "%d\\" STR_F "\\%s", MSIBUILD_ROOT_CURRENT_USER,
                                  STR_A(where), name));
    }
    msidb_put(&b->db, msibuild_table(b, "Component"), "SSSi-S", id,
              msinames_guid(&f->scratch, "component", b->seed, path), dir, attributes, key);
    msidb_put(&b->db, msibuild_table(b, "FeatureComponents"), "SS", msifeatures_of(b, path), id);
}

/* What people may have changed, an update finds there and leaves alone. The old version goes before
 * the new one comes, so it stays behind it. */
static int keeping(const struct tree_entry *x) {
    bool kept = x->marks & TREE_CONFIG && !(x->marks & TREE_CONFIG_REPLACE);

    return kept ? MSIBUILD_PERMANENT | MSIBUILD_NEVER_OVERWRITE : 0;
}

static void add_file(struct folders *f, const struct tree_entry *x) {
    struct msibuild *b = f->b;
    struct str name, id = msidb_keep(&b->db, msinames_id(&f->scratch, "f_", x->path));
    struct str component = msinames_id(&f->scratch, "c_", x->path);
    struct folder *up = parent_of(f, x->path, &name);

    add_component(f, component, x->path, up->id, id, keeping(x));
    up->files = true;
    b->file[b->n_files] = x;
    b->file_id[b->n_files] = id;
    b->n_files++;
    msidb_put(&b->db, msibuild_table(b, "File"), "SSSi--ii", id, component,
              msinames_file(&f->scratch, &up->taken, name), (int)x->size, VITAL, (int)b->n_files);
}

/* An empty folder is a component whose key it is itself. */
static void add_empty(struct folders *f, const struct tree_entry *x) {
    struct msibuild *b = f->b;
    const struct folder *d = map_get(&f->map, x->path);
    struct str component = msinames_id(b->mem, "c_", x->path);

    add_component(f, component, x->path, d->id, (struct str){0}, 0);
    msidb_put(&b->db, msibuild_table(b, "CreateFolder"), "SS", d->id, component);
}

static bool is_empty(const struct tree *t, size_t i) {
    struct str path = t->v[i].path;

    return i + 1 == t->n || t->v[i + 1].path.n <= path.n || t->v[i + 1].path.p[path.n] != '/' ||
           !str_eq(str_cut(t->v[i + 1].path, 0, path.n), path);
}

static int check_entry(const struct msibuild *b, const struct tree_entry *x, struct err *e) {
    const char *what = x->kind == TREE_LINK ? "is a symlink, which Windows packages cannot hold"
                       : x->size > file_most
                           ? "is larger than the 2,040 MiB that a cabinet surely holds"
                           : NULL;

    return what ? err_set(e, E_RECIPE, "%s: " STR_F " %s",
                          recipe_where(b->j->recipe, x->at, b->mem), STR_A(x->path), what)
                : OK;
}

static void remove_folder(struct msibuild *b, struct str path, struct str id,
                          struct str component) {
    struct str key = path.n ? msinames_id(b->mem, "x_", path)
                            : str_fmt(b->mem, "x_" STR_F, STR_A(id)); /* the installer's own */

    msidb_put(&b->db, msibuild_table(b, "RemoveFile"), "SS-Si", key, component, id, ON_UNINSTALL);
}

/* Folders that hold nothing but folders, and in the user's own folder all of them, have to be named
 * to go with the program. */
static void remove_folders(struct folders *f, const struct tree *t) {
    struct msibuild *b = f->b;
    bool all = b->scope == MSIBUILD_USER;
    struct str component = {0};

    for (size_t i = 0; i <= t->n; i++) {
        struct str path = i < t->n ? t->v[i].path : STR("");
        const struct folder *d = map_get(&f->map, path);

        if (!d || (!all && d->files))
            continue;
        if (!component.n)
            component = msibuild_component(b, "folders", "INSTALLDIR");
        remove_folder(b, path, d->id, component);
    }
    if (all)
        remove_folder(b, STR(""), STR("PROGRAMSDIR"), component);
}

int msifiles_add(struct msibuild *b, struct err *e) {
    struct folders f = {.b = b, .map = {.mem = &f.mem}};
    const struct tree *t = b->pkg;

    b->file = arena_array(b->mem, t->n + 1, sizeof *b->file);
    b->file_id = arena_array(b->mem, t->n + 1, sizeof *b->file_id);
    msifeatures_add(b);
    roots(&f);
    for (size_t i = 0; i < t->n; i++) {
        const struct tree_entry *x = &t->v[i];

        if (check_entry(b, x, e))
            break;
        if (x->kind == TREE_FILE)
            add_file(&f, x);
        else
            add_folder(&f, x);
        if (x->kind == TREE_DIR && is_empty(t, i))
            add_empty(&f, x);
        if (f.scratch.used > SCRATCH_MOST)
            arena_drop(&f.scratch);
    }
    if (!e->code)
        remove_folders(&f, t);
    arena_drop(&f.scratch);
    arena_drop(&f.mem);
    return (int)e->code;
}

/* Of an empty file MsiGetFileHash says nothing but zeros. */
void msifiles_hashes(struct msibuild *b) {
    static const unsigned char none[16];

    for (size_t i = 0; i < b->n_files; i++) {
        const unsigned char *d = b->file[i]->size ? b->file[i]->digests->md5 : none;

        if (msiversion_has(b, i))
            continue;
        msidb_put(&b->db, msibuild_table(b, "MsiFileHash"), "Siiiii", b->file_id[i], 0,
                  (int)bytes_le32(d), (int)bytes_le32(d + 4), (int)bytes_le32(d + 8),
                  (int)bytes_le32(d + 12));
    }
}
