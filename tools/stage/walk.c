/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/walk.h"

#include "base/log.h"
#include "container/elf.h"
#include "container/elfstrip.h"
#include "model/sysdirs.h"
#include "os/glob.h"
#include "os/infile.h"

#include <errno.h>
#include <string.h>

enum { WALK_DEPTH_MAX = 128 };

struct walk_up {
    uint64_t dev, ino;
    const struct walk_up *up;
};

struct str walk_join(struct arena *a, struct str folder, struct str name) {
    size_t slash = folder.n && !str_ends(folder, "/");
    char *p;

    if (!folder.n)
        return str_dup(a, name);
    p = arena_alloc(a, folder.n + slash + name.n + 1);
    memcpy(p, folder.p, folder.n);
    if (slash)
        p[folder.n] = '/';
    memcpy(p + folder.n + slash, name.p, name.n);
    return (struct str){p, folder.n + slash + name.n};
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

/* Which files are looked into for the ELF magic: the ones that dh_shlibdeps(1) takes, modules of
 * the kernel, and large ones, where an open does not count. */
static bool may_be_elf(const char *host, const struct fsys_stat *st) {
    static const char *const ends[] = {".node", ".ko", ".cmxs"};
    enum { LARGE = 64 * 1024 };
    struct str path = str_of(host);

    if (st->mode & 0111 || st->size >= LARGE)
        return true;
    for (size_t i = 0; i < COUNT(ends); i++)
        if (str_ends(path, ends[i]))
            return true;
    return str_has(str_cut(path, str_rfind(path, '/') + 1, path.n), ".so");
}

/* What a look into the file tells: whether it can be read at all, and the mark and plan of ELF. */
static int look_inside(struct walk *w, struct tree_entry *x, struct err *e) {
    AUTO(infile) f = INFILE_NONE;
    unsigned char head[4];
    struct err bad = {0};
    size_t got;

    if (infile_open(&f, FSYS_HERE, x->bytes.path, e) ||
        infile_read_some(&f, 0, head, sizeof head, &got, e))
        return unreadable(w, x->bytes.path, e);
    if (!elf_magic(head, got))
        return OK;
    x->marks |= TREE_ELF;
    if (w->strip)
        strip(w, &f, x, &bad);
    if (!bad.code)
        return OK;
    *e = bad;
    return err_in(e, "%s", w->where);
}

static int add_file(struct walk *w, const char *host, struct str to, const struct fsys_stat *st,
                    struct err *e) {
    enum { ALL_MAY_READ = 0444 };
    struct tree_entry *x = tree_add(w->out);
    size_t i = w->out->n - 1;

    x->kind = TREE_FILE;
    x->path = to;
    x->size = st->size;
    x->bytes = (struct tree_bytes){.path = host,
                                   .dev = st->dev,
                                   .ino = st->ino,
                                   .mtime = st->mtime,
                                   .mtime_ns = st->mtime_ns,
                                   .hole_blocks = st->blocks,
                                   .host_size = st->size};
    walk_label(w->row, x, st->mode & 0100 ? 0755 : 0644);
    if ((may_be_elf(host, st) || x->mode & 0111 || (st->mode & ALL_MAY_READ) != ALL_MAY_READ) &&
        look_inside(w, x, e))
        return (int)e->code;
    x->link = same_file(w, st, i);
    x->digests =
        x->link ? w->out->v[x->link - 1].digests : arena_alloc(w->out->mem, sizeof *x->digests);
    return OK;
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
    if (!w->row->has_dir_mode && sysdirs_app(to)) {
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

/* One name of a folder that is open as `dir`; `name` is the file's path from there. */
static int add_at(struct walk *w, int dir, const char *name, const char *host, struct str rel,
                  struct str to, struct err *e);

/* What is in the folder and the folder itself; `st` is the folder's. */
static int inside(struct walk *w, const char *host, const struct fsys_stat *st, struct str rel,
                  struct str to, struct err *e) {
    AUTO(arena) scratch = {0};
    AUTO(fsys_dir) dir = FSYS_DIR_NONE;
    struct walk_up here = {.dev = st->dev, .ino = st->ino, .up = w->up};
    struct fsys_name *v;
    size_t n;
    int rc = 0;

    if (cycle(w, host, &here, e) || walk_folder(w, to, e))
        return e->code;
    if (fsys_dir_open(&dir, FSYS_HERE, host, e))
        return unreadable(w, host, e);
    if (fsys_list(dir.fd, ".", &scratch, &v, &n, e))
        return err_in(e, "%s: %s", w->where, host);
    w->up = &here;
    w->depth++;
    for (size_t i = 0; i < n && !rc; i++)
        rc = add_at(w, dir.fd, v[i].name.p, walk_join(w->out->mem, str_of(host), v[i].name).p,
                    walk_join(&scratch, rel, v[i].name), walk_join(w->out->mem, to, v[i].name), e);
    w->depth--;
    w->up = here.up;
    return rc;
}

int walk_inside(struct walk *w, const char *host, struct str rel, struct str to, struct err *e) {
    struct fsys_stat st;

    if (fsys_stat(FSYS_HERE, host, &st, e))
        return err_in(e, "%s", w->where);
    return inside(w, host, &st, rel, to, e);
}

static int add_at(struct walk *w, int dir, const char *name, const char *host, struct str rel,
                  struct str to, struct err *e) {
    struct fsys_stat st;

    if (walk_excluded(w, rel))
        return 0;
    if (walk_path_ok(w->where, to, e))
        return e->code;
    if (w->row->follow ? fsys_stat(dir, name, &st, e) : fsys_lstat(dir, name, &st, e))
        return err_set(e, E_INPUT, "%s: %s: %s", w->where, host, strerror(e->sys));
    switch (st.kind) {
    case FSYS_FILE:
        return add_file(w, host, to, &st, e);
    case FSYS_DIR:
        return inside(w, host, &st, rel, to, e);
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

int walk_add(struct walk *w, const char *host, struct str rel, struct str to, struct err *e) {
    return add_at(w, FSYS_HERE, host, host, rel, to, e);
}
