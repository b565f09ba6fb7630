/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/walk.h"

#include "base/log.h"
#include "container/elf.h"
#include "container/elfstrip.h"
#include "os/infile.h"
#include "stage/apptree.h"
#include "stage/glob.h"

#include <errno.h>
#include <string.h>

enum { WALK_DEPTH_MAX = 128 };

struct walk_up {
    uint64_t dev, ino;
    const struct walk_up *up;
};

struct str walk_join(struct arena *a, struct str folder, struct str name) {
    if (!folder.n)
        return str_dup(a, name);
    if (str_ends(folder, "/"))
        return str_fmt(a, STR_F STR_F, STR_A(folder), STR_A(name));
    return str_fmt(a, STR_F "/" STR_F, STR_A(folder), STR_A(name));
}

int walk_path_ok(const char *where, struct str to, struct err *e) {
    return tree_path_ok(str_cut(to, str_starts(to, "/"), to.n), e) ? err_in(e, "%s", where) : 0;
}

void walk_label(const struct recipe_files *row, struct tree_entry *x, uint32_t otherwise) {
    bool file = x->kind == TREE_FILE;

    if (x->kind == TREE_DIR)
        x->mode = row->has_dir_mode ? row->dir_mode : otherwise;
    else if (file)
        x->mode = row->has_mode ? row->mode : otherwise;
    if (row->owner.n)
        x->owner = row->owner;
    if (row->group.n)
        x->group = row->group;
    x->role = row->role;
    x->at = row->at;
    if (file && str_is(row->role, "config"))
        x->marks |= TREE_CONFIG;
    else if (file && str_is(row->role, "config-replace"))
        x->marks |= TREE_CONFIG | TREE_CONFIG_REPLACE;
    else if (str_is(row->role, "doc"))
        x->marks |= TREE_DOC;
    else if (str_is(row->role, "license"))
        x->marks |= TREE_LICENSE;
    else if (str_is(row->role, "ghost"))
        x->marks |= TREE_GHOST;
}

/* A pattern without a slash is about names at any depth, one with a slash about the path. */
static bool matches(struct str pattern, struct str rel) {
    size_t slash = str_rfind(rel, '/');
    struct str name = str_cut(rel, slash < rel.n ? slash + 1 : 0, rel.n);

    if (str_ends(pattern, "/"))
        pattern.n--;
    return glob_match(pattern, str_find(pattern, '/') < pattern.n ? rel : name);
}

bool walk_excluded(const struct walk *w, struct str rel) {
    for (size_t i = 0; i < w->row->n_exclude; i++)
        for (size_t n = 1; n <= rel.n; n++)
            if ((n == rel.n || rel.p[n] == '/') && matches(w->row->exclude[i], str_cut(rel, 0, n)))
                return true;
    return false;
}

/* ------------------------------------------------------------------------------------- files */

static void strip(struct walk *w, struct infile *f, struct tree_entry *x, struct err *bad) {
    struct elfstrip plan;
    struct tree_range *v;

    if (elfstrip_plan(f, w->out->mem, &plan, bad))
        return;
    if (!plan.size) {
        log_debug("%s: not stripped: %s", x->bytes.path, plan.reason);
        return;
    }
    v = arena_array(w->out->mem, plan.n, sizeof *v);
    for (size_t i = 0; i < plan.n; i++)
        v[i] = (struct tree_range){plan.v[i].data, plan.v[i].at, plan.v[i].n};
    x->bytes.range = v;
    x->bytes.n_range = plan.n;
    x->size = plan.size;
}

/* The entry whose file this one is too, by device and inode. A row that gives it another mode or
 * owner makes it a file of its own: a hard link has only one. */
static size_t same_file(struct walk *w, const struct fsys_stat *st, size_t i) {
    struct tree_entry *x = &w->out->v[i];
    uint64_t key[2] = {st->dev, st->ino};
    size_t *first;

    if (st->links < 2)
        return 0;
    first = map_get(w->inodes, (struct str){(const char *)key, sizeof key});
    if (first) {
        const struct tree_entry *a = &w->out->v[*first - 1];
        bool same = a->mode == x->mode && str_eq(a->owner, x->owner) && str_eq(a->group, x->group);

        return same && a->marks == x->marks && a->size == x->size ? *first : 0;
    }
    first = arena_alloc(w->inodes->mem, sizeof *first);
    *first = i + 1;
    map_put(w->inodes, str_dup(w->inodes->mem, (struct str){(const char *)key, sizeof key}), first);
    return 0;
}

static int unreadable(const struct walk *w, const char *host, struct err *e) {
    if (e->sys != EACCES && e->sys != EPERM)
        return err_in(e, "%s", w->where);
    return err_set(e, E_INPUT,
                   "%s: %s: permission denied; make it readable for this user or leave it out with "
                   "`exclude`",
                   w->where, host);
}

static int add_file(struct walk *w, const char *host, struct str to, struct err *e) {
    AUTO(infile) f = INFILE_NONE;
    unsigned char head[4];
    struct tree_entry *x;
    size_t got, i;

    if (infile_open(&f, FSYS_HERE, host, e) || infile_read_some(&f, 0, head, sizeof head, &got, e))
        return unreadable(w, host, e);
    x = tree_add(w->out);
    i = w->out->n - 1;
    x->kind = TREE_FILE;
    x->path = to;
    x->size = f.size;
    x->bytes = (struct tree_bytes){.path = host,
                                   .dev = f.st.dev,
                                   .ino = f.st.ino,
                                   .mtime = f.st.mtime,
                                   .mtime_ns = f.st.mtime_ns,
                                   .hole_blocks = f.st.blocks,
                                   .host_size = f.size};
    walk_label(w->row, x, f.st.mode & 0100 ? 0755 : 0644);
    if (elf_magic(head, got)) {
        struct err bad = {0};

        x->marks |= TREE_ELF;
        if (w->strip)
            strip(w, &f, x, &bad);
        if (bad.code) {
            *e = bad;
            return err_in(e, "%s", w->where);
        }
    }
    x->link = same_file(w, &f.st, i);
    x->digests =
        x->link ? w->out->v[x->link - 1].digests : arena_alloc(w->out->mem, sizeof *x->digests);
    return 0;
}

static int add_link(struct walk *w, const char *host, struct str to, struct err *e) {
    struct tree_entry *x;
    struct str target;

    if (fsys_readlink(FSYS_HERE, host, w->out->mem, &target, e))
        return err_in(e, "%s", w->where);
    x = tree_add_link(w->out, to, target);
    x->bytes.path = host; /* for messages: a link has no bytes */
    walk_label(w->row, x, 0777);
    return 0;
}

/* ------------------------------------------------------------------------------------- folders */

int walk_folder(struct walk *w, struct str to, struct err *e) {
    struct tree_entry *x;

    if (!to.n || str_is(to, "/"))
        return 0;
    if (walk_path_ok(w->where, to, e))
        return e->code;
    if (map_get(w->named, to))
        return 0;
    x = tree_add_dir(w->out, to, 0755);
    walk_label(w->row, x, 0755);
    if (!w->row->has_dir_mode && apptree_system_folder(to)) {
        x->marks |= TREE_IMPLIED;
        x->owner = x->group = STR("root");
    }
    return 0;
}

static int cycle(const struct walk *w, const char *host, const struct walk_up *here,
                 struct err *e) {
    if (w->depth >= WALK_DEPTH_MAX)
        return err_set(e, E_INPUT, "%s: %s: more than %d folders deep", w->where, host,
                       WALK_DEPTH_MAX);
    for (const struct walk_up *up = w->up; up; up = up->up)
        if (up->dev == here->dev && up->ino == here->ino)
            return err_set(e, E_INPUT,
                           "%s: %s leads back into itself by a symlink; leave it out with "
                           "`exclude` or drop `follow`",
                           w->where, host);
    return 0;
}

int walk_inside(struct walk *w, const char *host, struct str rel, struct str to, struct err *e) {
    AUTO(arena) scratch = {0};
    struct walk_up here = {.up = w->up};
    struct fsys_stat st;
    struct fsys_name *v;
    size_t n;
    int rc = 0;

    if (fsys_stat(FSYS_HERE, host, &st, e))
        return err_in(e, "%s", w->where);
    here.dev = st.dev;
    here.ino = st.ino;
    if (cycle(w, host, &here, e) || walk_folder(w, to, e))
        return e->code;
    if (fsys_list(FSYS_HERE, host, &scratch, &v, &n, e))
        return unreadable(w, host, e);
    w->up = &here;
    w->depth++;
    for (size_t i = 0; i < n && !rc; i++)
        rc =
            walk_add(w, arena_fmt(w->out->mem, "%s/" STR_F, host, STR_A(v[i].name)),
                     walk_join(&scratch, rel, v[i].name), walk_join(w->out->mem, to, v[i].name), e);
    w->depth--;
    w->up = here.up;
    return rc;
}

int walk_add(struct walk *w, const char *host, struct str rel, struct str to, struct err *e) {
    struct fsys_stat st;

    if (walk_excluded(w, rel))
        return 0;
    if (walk_path_ok(w->where, to, e))
        return e->code;
    if (w->row->follow ? fsys_stat(FSYS_HERE, host, &st, e) : fsys_lstat(FSYS_HERE, host, &st, e))
        return err_in(e, "%s", w->where);
    switch (st.kind) {
    case FSYS_FILE:
        return add_file(w, host, to, e);
    case FSYS_DIR:
        return walk_inside(w, host, rel, to, e);
    case FSYS_LINK:
        return add_link(w, host, to, e);
    case FSYS_NONE:
        return err_set(e, E_INPUT, "%s: %s: %s", w->where, host,
                       w->row->follow ? "a symlink that leads nowhere cannot be followed; mend it "
                                        "or leave it out with `exclude`"
                                      : "went away while the files were gathered");
    default:
        return err_set(e, E_INPUT,
                       "%s: %s is a device, pipe or socket, which packages do not hold; leave it "
                       "out with `exclude`",
                       w->where, host);
    }
}
