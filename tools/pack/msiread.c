/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msiread.h"

#include "container/cfb.h"
#include "container/msidb.h"
#include "container/msisum.h"
#include "crypto/digest.h"
#include "pack/msifacts.h"
#include "pack/msimembers.h"
#include "pack/msirules.h"
#include "pack/tell.h"

#include <string.h>

enum { STREAM_MAX = 512 * 1024 * 1024, DEPTH_MAX = 100 };
enum { PATH_BYTES = 1024 }; /* Windows Installer stops at 260 characters */

struct package {
    struct cfb_file cfb;
    struct msidb db;
    struct arena *mem;
    uint64_t given;         /* bytes of tables that were read */
    struct map directories; /* rows of Directory */
    struct map folders;     /* their paths */
    struct map md5;         /* of the files in cabinets of the package, by their key */
};

static int read_stream(const struct cfb_file *c, ptrdiff_t i, struct arena *mem, struct str *bytes,
                       struct err *e) {
    struct source s = SOURCE_NONE;
    struct cfb_at at;
    char *p;

    *bytes = (struct str){0};
    if (i == CFB_NONE)
        return OK;
    if (c->entry[i].size > STREAM_MAX)
        return err_set(e, E_INPUT, "a table of the installer database is larger than %d MiB",
                       STREAM_MAX >> 20);
    p = arena_alloc(mem, (size_t)c->entry[i].size + 1);
    cfb_source(&s, &at, c, (size_t)i);
    (void)source_need(&s, p, (size_t)c->entry[i].size);
    if (source_close(&s, e))
        return (int)e->code;
    *bytes = (struct str){p, (size_t)c->entry[i].size};
    return OK;
}

static int get_stream(void *self, struct str name, struct arena *mem, struct str *bytes,
                      struct err *e) {
    struct package *p = self;
    ptrdiff_t i = cfb_find(&p->cfb, 0, name);

    /* Names that differ in case alone lead to one stream: thousands of tables may be the same. */
    p->given += i == CFB_NONE ? 0 : p->cfb.entry[i].size;
    if (p->given > 2 * p->cfb.f->size)
        return err_set(e, E_INPUT, "the tables of the installer database share their bytes");
    return read_stream(&p->cfb, i, mem, bytes, e);
}

/* Of "SHORT|Long name:SourceName" the long name; empty for ".", which is the parent itself. */
static struct str long_name(struct str s) {
    struct str target = str_cut(s, 0, str_find(s, ':')), name = target;

    if (str_find(target, '|') < target.n)
        name = str_cut(target, str_find(target, '|') + 1, target.n);
    return str_is(name, ".") || str_is(name, "SourceDir") ? STR("") : name;
}

static void index_rows(const struct msidb_table *t, struct map *rows) {
    for (size_t i = 0; t && i < t->n_rows; i++)
        map_put(rows, t->cell[i * t->n_columns].s, &t->cell[i * t->n_columns]);
}

/* The path of a folder: names below the installation's own, roots of the system by their key. */
static struct str folder_path(struct package *p, struct str key, unsigned depth) {
    const struct msidb_cell *row = map_get(&p->directories, key);
    char *known = map_get(&p->folders, key);
    struct str name, above = {0};

    if (known)
        return str_of(known);
    if (!row || depth > DEPTH_MAX)
        return key;
    name = long_name(row[2].s);
    if (row[1].s.n && !str_eq(row[1].s, key))
        above = folder_path(p, row[1].s, depth + 1);
    if (above.n > PATH_BYTES || name.n > PATH_BYTES) /* refused where a file lies in it */
        return above.n > name.n ? above : name;
    if (!name.n)
        name = str_is(key, "TARGETDIR") ? STR("") : above.n ? above : key;
    else if (above.n)
        name = str_fmt(p->mem, STR_F "/" STR_F, STR_A(above), STR_A(name));
    map_put(&p->folders, key, arena_dup(p->mem, name.p ? name.p : "", name.n));
    return name;
}

static struct tree_digests *digests(const struct package *p, struct str key) {
    const unsigned char *md5 = map_get(&p->md5, key);
    struct tree_digests *d;

    if (!md5)
        return NULL;
    d = arena_alloc(p->mem, sizeof *d);
    *d = (struct tree_digests){.kinds = DIGEST_MD5};
    memcpy(d->md5, md5, sizeof d->md5);
    return d;
}

static int add_files(struct package *p, struct tree *found, struct err *e) {
    const struct msidb_table *files = msidb_find(&p->db, STR("File"));
    const struct msidb_table *components = msidb_find(&p->db, STR("Component"));
    struct map dir = {.mem = p->mem};

    index_rows(msidb_find(&p->db, STR("Directory")), &p->directories);
    index_rows(components, &dir);
    for (size_t i = 0; files && i < files->n_rows; i++) {
        const struct msidb_cell *f = &files->cell[i * files->n_columns];
        const struct msidb_cell *c = map_get(&dir, f[1].s);
        struct str folder = folder_path(p, c ? c[2].s : (struct str){0}, 0);
        struct str name = long_name(f[2].s), path;
        struct tree_entry *x;

        if (folder.n > PATH_BYTES || name.n > PATH_BYTES)
            return err_set(e, E_INPUT, "table File: a path is longer than %d bytes", PATH_BYTES);
        path = str_fmt(p->mem, STR_F "%s" STR_F, STR_A(folder), folder.n ? "/" : "", STR_A(name));
        if (tree_path_ok(path, e)) {
            e->code = E_INPUT;
            return err_in(e, "table File");
        }
        x = tree_add(found);
        x->path = path;
        x->mode = 0644;
        x->size = (uint64_t)(uint32_t)f[3].i;
        x->digests = digests(p, f[0].s);
    }
    if (tree_finish(found, false, e))
        e->code = E_INPUT;
    return (int)e->code;
}

/* Of a package that is wrong: what lies where is of use all the same, if it can be told. */
static void add_known_files(struct package *p, struct tree *found) {
    static const struct {
        const char *table;
        size_t columns;
    } used[] = {{"File", 4}, {"Component", 3}, {"Directory", 3}};
    struct err e = {0};

    for (size_t i = 0; i < COUNT(used); i++) {
        const struct msidb_table *t = msidb_find(&p->db, str_of(used[i].table));

        if (!t || t->n_columns < used[i].columns)
            return;
    }
    if (add_files(p, found, &e))
        found->n = 0;
}

static void properties(struct package *p, struct value *facts) {
    static const char *const names[][2] = {
        {"ProductName", "Name"},         {"ProductVersion", "Version"},
        {"Manufacturer", "Vendor"},      {"ProductCode", "Product-Code"},
        {"UpgradeCode", "Upgrade-Code"}, {"ProductLanguage", "Language"},
        {"ALLUSERS", "All-Users"},
    };
    const struct msidb_table *t = msidb_find(&p->db, STR("Property"));
    struct map rows = {.mem = p->mem};

    index_rows(t, &rows);
    for (size_t i = 0; i < COUNT(names); i++) {
        const struct msidb_cell *row = map_get(&rows, str_of(names[i][0]));

        if (row && t->n_columns > 1)
            tell_text(p->mem, facts, names[i][1], row[1].s);
    }
}

static int summary(struct package *p, struct value *facts, struct err *e) {
    struct msisum s;
    struct str bytes;

    if (read_stream(&p->cfb, cfb_find(&p->cfb, 0, STR(MSISUM_STREAM)), p->mem, &bytes, e))
        return (int)e->code;
    if (!bytes.n)
        return err_set(e, E_INPUT, "an installer package has summary information, this has none");
    if (msisum_read(bytes, &s, e))
        return (int)e->code;
    msifacts_summary(&s, p->mem, facts);
    return OK;
}

/* The stream of a cell is called as its table and the row's keys. */
static struct str stream_of(const struct msidb_table *t, const struct msidb_cell *row,
                            struct arena *mem) {
    struct str name = t->name;

    for (size_t k = 0; k < t->n_keys; k++)
        name = row[k].kind == MSIDB_INT
                   ? str_fmt(mem, STR_F ".%d", STR_A(name), (int)row[k].i)
                   : str_fmt(mem, STR_F "." STR_F, STR_A(name), STR_A(row[k].s));
    return msidb_stream_name(mem, name, false);
}

/* Pictures, libraries and the like that tables have are there. */
static void check_streams(struct package *p, struct report *bad) {
    AUTO(arena) mem = {0};
    struct map there = {.mem = &mem};

    for (size_t i = 1; i < p->cfb.n_entries; i++)
        if (!p->cfb.entry[i].parent && p->cfb.entry[i].kind == CFB_STREAM)
            (void)map_put(&there, cfb_name_str(&mem, &p->cfb.entry[i].name), p);
    for (const struct msidb_table *t = p->db.first; t; t = t->next)
        for (size_t i = 0; i < t->n_rows; i++)
            for (size_t k = t->n_keys; k < t->n_columns; k++) {
                const struct msidb_cell *row = &t->cell[i * t->n_columns];
                AUTO(arena) one = {0};

                if (row[k].kind == MSIDB_BIN && !map_get(&there, stream_of(t, row, &one)))
                    report_add(bad, "table " STR_F ": \"" STR_F "\" has no " STR_F, STR_A(t->name),
                               STR_A(row[0].s), STR_A(t->column[k].name));
            }
}

/* All that is wrong is told, the first of it as the error. */
static int check_rules(struct package *p, struct value *facts, struct err *e) {
    struct report *bad = arena_alloc(p->mem, sizeof *bad);

    bad->mem = p->mem;
    if (msirules_check(&p->db, bad, e))
        return (int)e->code;
    check_streams(p, bad);
    for (size_t i = 0; i < bad->n; i++)
        tell_item(p->mem, facts, TELL_WRONG, bad->line[i]);
    return bad->n ? err_set(e, E_INPUT, STR_F, STR_A(bad->line[0])) : OK;
}

int msiread_list(struct infile *f, struct arena *mem, struct tree *found, struct value *facts,
                 struct err *e) {
    struct package p = {.db = {.mem = mem},
                        .mem = mem,
                        .directories = {.mem = mem},
                        .folders = {.mem = mem},
                        .md5 = {.mem = mem}};

    if (cfb_open(&p.cfb, f, mem, e) || msidb_read(&p.db, get_stream, &p, e))
        return (int)e->code;
    properties(&p, facts); /* what it says of itself is of use though it is wrong */
    if (summary(&p, facts, e))
        return (int)e->code;
    tell_text(mem, facts, "Signature",
              cfb_find(&p.cfb, 0, STR("\005DigitalSignature")) == CFB_NONE ? STR("none")
                                                                           : STR("present"));
    tell_text(mem, facts, "MsiDigitalSignatureEx",
              cfb_find(&p.cfb, 0, STR("\005MsiDigitalSignatureEx")) == CFB_NONE ? STR("none")
                                                                                : STR("present"));
    msifacts_tables(&p.db, mem, facts);
    if (!check_rules(&p, facts, e) && !msimembers_check(&p.cfb, &p.db, &p.md5, e))
        return add_files(&p, found, e);
    add_known_files(&p, found);
    return (int)e->code;
}

int msiread_property(struct infile *f, const char *name, struct arena *mem, struct str *value,
                     struct err *e) {
    AUTO(arena) scratch = {0};
    struct package p = {.db = {.mem = &scratch}, .mem = &scratch};
    struct map rows = {.mem = &scratch};
    const struct msidb_cell *row;

    if (cfb_open(&p.cfb, f, &scratch, e) || msidb_read(&p.db, get_stream, &p, e))
        return (int)e->code;
    index_rows(msidb_find(&p.db, STR("Property")), &rows);
    row = map_get(&rows, str_of(name));
    if (!row)
        return err_set(e, E_INPUT, "the package has no property %s", name);
    *value = str_dup(mem, row[1].s);
    return OK;
}
