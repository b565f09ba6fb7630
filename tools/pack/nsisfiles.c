/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/nsisfiles.h"

#include "os/fsys.h"
#include "pack/payload.h"
#include "text/tmpl_filter.h"

enum {
    SHARD = 32, /* makensis reads a file's whole folder each time it is to pack it */
    SCRIPT_MAX = 512 << 20,
};

struct writer {
    struct buf install, remove;
    struct fsys_dir shard;
    size_t n; /* files so far */
};

static void writer_drop(struct writer *w) {
    buf_drop(&w->install);
    buf_drop(&w->remove);
    fsys_dir_drop(&w->shard);
}

/* $INSTDIR\a\b of a path, in quotes. */
static void put_path(struct buf *b, struct str path, struct arena *mem) {
    char *back = arena_dup(mem, path.p, path.n);

    for (size_t i = 0; i < path.n; i++)
        if (back[i] == '/')
            back[i] = '\\';
    buf_z(b, "\"$INSTDIR");
    if (path.n) {
        buf_c(b, '\\');
        tmpl_filter(STR("nsis"), (struct str){back, path.n}, b);
    }
    buf_c(b, '"');
}

static bool as_it_lies(const struct tree_entry *x) {
    return x->bytes.path && !x->bytes.n_range && !x->bytes.from && x->size == x->bytes.host_size;
}

static int copy(const struct pack_job *j, const struct tree_entry *x, int dir, const char *name,
                struct err *e) {
    struct pack_job quiet = *j;
    AUTO(outfile) f = OUTFILE_NONE;
    struct sink s = SINK_NONE;
    struct payload p;
    int rc;

    quiet.tick = NULL;
    if (outfile_open(&f, dir, name, e))
        return (int)e->code;
    sink_outfile(&s, &f);
    payload_init(&p, &quiet, 0);
    rc = payload_end(&p, payload_put(&p, x, &s, e), e);
    if (rc)
        sink_drop(&s);
    else
        rc = sink_close(&s, e);
    return rc ? rc : outfile_commit(&f, e);
}

/* Where makensis finds the entry's bytes: NULL on failure. */
static const char *source(const struct pack_job *j, struct writer *w, const struct tree_entry *x,
                          int dir, struct arena *mem, struct err *e) {
    const char *shard = arena_fmt(mem, "f/%zu", w->n / SHARD);
    const char *name = arena_fmt(mem, "%zu", w->n % SHARD);

    if (w->n % SHARD == 0) {
        fsys_dir_drop(&w->shard);
        w->shard = FSYS_DIR_NONE;
        if (fsys_mkdirs(dir, shard, e) || fsys_dir_open(&w->shard, dir, shard, e))
            return NULL;
    }
    w->n++;
    if (as_it_lies(x) ? fsys_symlink(w->shard.fd, x->bytes.path, name, e)
                      : copy(j, x, w->shard.fd, name, e))
        return NULL;
    return arena_fmt(mem, "%s/%s", shard, name);
}

static struct str folder_of(struct str path) {
    size_t slash = str_rfind(path, '/');

    return str_cut(path, 0, slash == path.n ? 0 : slash);
}

static int put_files(const struct pack_job *j, const struct tree *pkg, int dir, struct writer *w,
                     struct err *e) {
    struct str at = STR("/"); /* no folder's name */

    for (size_t i = 0; i < pkg->n; i++) {
        const struct tree_entry *x = &pkg->v[i];
        struct str folder = folder_of(x->path);
        AUTO(arena) mem = {0};
        const char *from;

        if (x->kind == TREE_DIR) {
            buf_z(&w->install, "CreateDirectory ");
            put_path(&w->install, x->path, &mem);
            buf_c(&w->install, '\n');
            continue;
        }
        from = source(j, w, x, dir, &mem, e);
        if (!from)
            return (int)e->code;
        if (!str_eq(folder, at)) {
            buf_z(&w->install, "SetOutPath ");
            put_path(&w->install, folder, &mem);
            buf_c(&w->install, '\n');
            at = folder;
        }
        buf_z(&w->install, "File \"/oname=");
        tmpl_filter(STR("nsis"), str_cut(x->path, folder.n ? folder.n + 1 : 0, x->path.n),
                    &w->install);
        buf_fmt(&w->install, "\" \"%s\"\n", from);
    }
    return OK;
}

/* A path below $INSTDIR for one of the functions that take it. */
static void put_take(struct buf *b, struct str path, const char *function) {
    AUTO(arena) mem = {0};
    char *back = arena_dup(&mem, path.p, path.n);

    for (size_t i = 0; i < path.n; i++)
        if (back[i] == '/')
            back[i] = '\\';
    buf_z(b, "StrCpy $R0 \"");
    if (path.n) {
        buf_c(b, '\\');
        tmpl_filter(STR("nsis"), (struct str){back, path.n}, b);
    }
    buf_fmt(b, "\"\nCall un.%s\n", function);
}

/* Backwards: a folder goes when what we put into it is gone, and stays when there is more. */
static void put_removals(const struct tree *pkg, struct buf *b) {
    struct str at = STR("/");

    for (size_t i = pkg->n; i-- > 0;) {
        const struct tree_entry *x = &pkg->v[i];
        struct str folder = folder_of(x->path);

        if (x->kind == TREE_DIR) {
            put_take(b, x->path, "takeDir");
            continue;
        }
        if (!str_eq(folder, at))
            put_take(b, folder, "takeIn");
        at = folder;
        put_take(b, x->path, "takeFile");
    }
}

int nsisfiles_write(const struct pack_job *j, const struct tree *pkg, int dir, struct err *e) {
    AUTO(writer) w = {.shard = FSYS_DIR_NONE};

    buf_init(&w.install, SCRIPT_MAX);
    buf_init(&w.remove, SCRIPT_MAX);
    if (put_files(j, pkg, dir, &w, e))
        return (int)e->code;
    put_removals(pkg, &w.remove);
    if (buf_check(&w.install, "the list of files", e) ||
        buf_check(&w.remove, "the list of files", e) ||
        fsys_write(dir, "install.nsh", buf_get(&w.install), 0600, e) ||
        fsys_write(dir, "remove.nsh", buf_get(&w.remove), 0600, e))
        return (int)e->code;
    return OK;
}

int nsisfiles_check(const struct tree *pkg, struct err *e) {
    for (size_t i = 0; i < pkg->n; i++) {
        const struct tree_entry *x = &pkg->v[i];
        struct fsys_stat st;

        if (x->kind != TREE_FILE || !as_it_lies(x))
            continue;
        if (fsys_stat(FSYS_HERE, x->bytes.path, &st, e))
            return (int)e->code;
        if (st.dev != x->bytes.dev || st.ino != x->bytes.ino || st.size != x->bytes.host_size ||
            st.mtime != x->bytes.mtime || st.mtime_ns != x->bytes.mtime_ns)
            return err_set(e, E_INPUT, "%s: changed while it was packed", x->bytes.path);
    }
    return OK;
}
