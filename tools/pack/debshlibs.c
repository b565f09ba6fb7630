/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/debshlibs.h"

#include "base/map.h"
#include "container/elf.h"
#include "text/tmpl.h"

#include <stdlib.h>
#include <string.h>

struct need { /* a library that some file wants */
    struct str soname, package;
    struct str least; /* upstream version that its package must have; empty: any */
    struct str by;    /* a file that wants it */
};

struct finder {
    struct arena *mem;
    struct map packages; /* soname -> char * package */
    struct map own;      /* sonames in the package */
    struct map seen;     /* soname -> struct need */
    struct need **need;
    size_t n, room;
};

static int read_table(struct finder *f, struct err *e) {
    struct str text;

    if (tmpl_find("deb/shlibs", &text, e))
        return (int)e->code;
    while (text.n) {
        struct str line = str_split(&text, '\n'), soname;

        if (!line.n || line.p[0] == '#')
            continue;
        soname = str_split(&line, ' ');
        map_put(&f->packages, soname, arena_dup(f->mem, line.p, line.n));
    }
    return OK;
}

/* "2.34" against "2.4": by numbers, part for part. */
static int compare(struct str a, struct str b) {
    while (a.n || b.n) {
        uint64_t x = 0, y = 0;

        str_u64(str_split(&a, '.'), UINT64_MAX, &x);
        str_u64(str_split(&b, '.'), UINT64_MAX, &y);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

/* The release of GCC whose libstdc++ first had a symbol version: GCC's manual, "ABI Policy and
 * Guidelines". */
static struct str gcc_of(struct str minor) {
    static const struct {
        unsigned minor;
        const char *gcc;
    } rows[] = {{34, "15"},  {33, "14"},  {32, "13.1"}, {31, "13.1"}, {30, "12"},  {29, "11"},
                {28, "9"},   {27, "9"},   {26, "9"},    {25, "8"},    {24, "7"},   {23, "7"},
                {22, "6"},   {21, "5.2"}, {20, "4.9"},  {19, "4.8"},  {18, "4.8"}, {17, "4.7"},
                {16, "4.6"}, {15, "4.6"}, {14, "4.5"},  {0, "4.4"}};
    uint64_t m = 0;

    str_u64(minor, 1000, &m);
    for (size_t i = 0; i < COUNT(rows); i++)
        if (m >= rows[i].minor)
            return str_of(rows[i].gcc);
    return STR("4.4");
}

/* What a symbol version says of the package's version; empty where it says nothing. */
static struct str least_of(struct str version) {
    if (str_starts(version, "GLIBC_2."))
        return str_cut(version, 6, version.n);
    if (str_is(version, "GLIBC_ABI_DT_RELR")) /* relocations that older loaders do not know */
        return STR("2.36");
    if (str_starts(version, "GLIBCXX_3.4."))
        return gcc_of(str_cut(version, 12, version.n));
    if (str_starts(version, "GCC_") && str_has(version, "."))
        return str_cut(version, 4, version.n);
    return STR("");
}

static struct need *want(struct finder *f, struct str soname, struct str by) {
    struct need *x = map_get(&f->seen, soname);
    const char *package;

    if (x)
        return x;
    x = arena_alloc(f->mem, sizeof *x);
    x->soname = str_dup(f->mem, soname);
    x->by = by;
    package = map_get(&f->packages, x->soname);
    x->package = str_of(package);
    map_put(&f->seen, x->soname, x);
    f->need = arena_grow(f->mem, f->need, f->n, f->n + 1, sizeof(struct need *), &f->room);
    f->need[f->n++] = x;
    return x;
}

static int read_file(struct finder *f, const struct tree_entry *t, struct err *e) {
    AUTO(infile) in = INFILE_NONE;
    struct err damaged = {0};
    struct elf x;

    if (infile_open(&in, FSYS_HERE, t->bytes.path, e))
        return (int)e->code;
    if (elf_read(&in, f->mem, &x, &damaged))
        return OK; /* data that begins like an ELF file */
    for (size_t i = 0; i < x.n_needed; i++)
        want(f, x.needed[i], t->path);
    for (size_t i = 0; i < x.n_wants; i++) {
        struct need *n = want(f, x.wants[i].file, t->path);
        struct str least = least_of(x.wants[i].version);

        if (!x.wants[i].weak && least.n && compare(least, n->least) > 0)
            n->least = str_dup(f->mem, least);
    }
    return OK;
}

static void own_names(struct finder *f, const struct tree *pkg) {
    for (size_t i = 0; i < pkg->n; i++) {
        struct str path = pkg->v[i].path;
        size_t slash = str_rfind(path, '/');

        if (pkg->v[i].kind != TREE_DIR)
            map_put(&f->own, str_cut(path, slash == path.n ? 0 : slash + 1, path.n), &pkg->v[i]);
    }
}

static int by_text(const void *a, const void *b) {
    const struct str *x = a, *y = b;

    return str_cmp(*x, *y);
}

/* One row a package: the highest version that any of its libraries asks for. */
static void add_depend(struct finder *f, struct need **best, size_t *n, struct need *x) {
    for (size_t i = 0; i < *n; i++)
        if (str_eq(best[i]->package, x->package)) {
            if (compare(x->least, best[i]->least) > 0)
                best[i] = x;
            return;
        }
    (void)f;
    best[(*n)++] = x;
}

int debshlibs_find(const struct pack_job *j, const struct tree *pkg, struct str **depends,
                   size_t *n, struct err *e) {
    struct finder f = {.mem = j->mem};
    struct need **best;
    AUTO(buf) unknown = BUF_NONE;

    f.packages.mem = f.own.mem = f.seen.mem = j->mem;
    *n = 0;
    buf_init(&unknown, ERR_MAX / 2);
    if (read_table(&f, e))
        return (int)e->code;
    own_names(&f, pkg);
    for (size_t i = 0; i < pkg->n; i++)
        if (pkg->v[i].kind == TREE_FILE && pkg->v[i].marks & TREE_ELF && pkg->v[i].bytes.path &&
            read_file(&f, &pkg->v[i], e))
            return (int)e->code;
    best = arena_array(j->mem, f.n + 1, sizeof(struct need *));
    for (size_t i = 0; i < f.n; i++) {
        struct need *x = f.need[i];

        if (map_get(&f.own, x->soname))
            continue;
        if (x->package.n)
            add_depend(&f, best, n, x);
        else
            buf_fmt(&unknown, "%s" STR_F " (needed by " STR_F ")", unknown.n ? ", " : "",
                    STR_A(x->soname), STR_A(x->by));
    }
    if (unknown.n)
        return err_set(e, E_RECIPE,
                       "%s: deb: shlibs knows no package of %s; name it in depends and set shlibs: "
                       "false, or ship the library",
                       j->recipe->file, unknown.p);
    *depends = arena_array(j->mem, *n + 1, sizeof **depends);
    for (size_t i = 0; i < *n; i++)
        (*depends)[i] = best[i]->least.n ? str_fmt(j->mem, STR_F " (>= " STR_F ")",
                                                   STR_A(best[i]->package), STR_A(best[i]->least))
                                         : best[i]->package;
    if (*n)
        qsort(*depends, *n, sizeof **depends, by_text);
    return OK;
}
