/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/repos.h"

#include "base/log.h"
#include "os/fsys.h"

enum { DOOMED_MAX = 16 * 1024 * 1024 };

static const char *const repos_doomed = ".slipway-doomed"; /* in the index: switched with it */
static const char *const repos_next = ".slipway/next";

struct repos { /* a repository on plain files */
    struct fsys_dir root;
    struct fsys_lock lock;
};

static void repos_drop(struct repos *r) {
    fsys_dir_drop(&r->root);
    fsys_lock_drop(&r->lock);
}

/* The packages that the present index was the first not to name. Clients that hold the index before
 * it have had time since. */
static int remove_doomed(int root, int index, struct arena *mem, struct err *e) {
    struct fsys_stat st;
    struct str text;

    if (fsys_lstat(index, repos_doomed, &st, e))
        return (int)e->code;
    if (st.kind != FSYS_FILE)
        return OK;
    if (fsys_read(index, repos_doomed, DOOMED_MAX, mem, &text, e))
        return (int)e->code;
    while (text.n) {
        struct str path = str_split(&text, '\n');
        struct err why = {0};

        if (!path.n)
            continue;
        if (tree_path_ok(path, &why))
            return err_set(e, E_INPUT, "%s: %s", repos_doomed, why.msg);
        if (fsys_unlink(root, str_z(mem, path), e))
            return (int)e->code;
    }
    return OK;
}

static int write_doomed(const struct repository_job *j, struct err *e) {
    AUTO(buf) text = BUF_NONE;

    if (!j->n_doomed)
        return fsys_unlink(j->index, repos_doomed, e);
    buf_init(&text, DOOMED_MAX);
    for (size_t i = 0; i < j->n_doomed; i++)
        buf_fmt(&text, STR_F "\n", STR_A(j->doomed[i]));
    if (buf_check(&text, "the list of packages that went", e))
        return (int)e->code;
    return fsys_write(j->index, repos_doomed, buf_get(&text), 0644, e);
}

int repos_edit(const struct repository *kind, const struct repos_place *p,
               struct repository_job *job, struct err *e) {
    AUTO(fsys_dir) root = FSYS_DIR_NONE;
    AUTO(fsys_dir) index = FSYS_DIR_NONE;

    if (fsys_mkdirs(p->dir, p->root, e) || fsys_mkdirs(p->dir, p->index, e) ||
        fsys_dir_open(&root, p->dir, p->root, e) || fsys_dir_open(&index, p->dir, p->index, e) ||
        remove_doomed(root.fd, index.fd, job->mem, e))
        return err_in(e, "%s", p->where);
    job->root = root.fd;
    job->index = index.fd;
    job->where = p->where;
    if (kind->update(job, e))
        return (int)e->code;
    if (job->changed && write_doomed(job, e))
        return err_in(e, "%s", p->where);
    return OK;
}

static int open_root(struct repos *r, const char *dir, struct err *e) {
    bool got;

    if (fsys_mkdirs(FSYS_HERE, dir, e) || fsys_dir_open(&r->root, FSYS_HERE, dir, e) ||
        fsys_mkdirs(r->root.fd, ".slipway", e) ||
        fsys_lock(&r->lock, r->root.fd, ".slipway/lock", false, &got, e))
        return err_in(e, "%s", dir);
    if (got)
        return OK;
    log_info("waiting: another run is changing %s", dir);
    return fsys_lock(&r->lock, r->root.fd, ".slipway/lock", true, &got, e);
}

static int copy_index(int root, const char *index, bool *there, struct err *e) {
    struct fsys_stat st;

    if (fsys_remove_tree(root, repos_next, e) || fsys_lstat(root, index, &st, e))
        return (int)e->code;
    *there = st.kind == FSYS_DIR;
    if (st.kind == FSYS_LINK)
        return err_set(e, E_INPUT,
                       "%s is a symlink: it belongs to a published folder; add to that with "
                       "slipway publish",
                       index);
    if (st.kind != FSYS_DIR && st.kind != FSYS_NONE)
        return err_set(e, E_INPUT, "%s is not a folder", index);
    return *there ? fsys_link_tree(root, index, repos_next, e) : fsys_mkdirs(root, repos_next, e);
}

/* The switch: the copy and the index change names in one step. */
static int switch_index(int root, const char *index, bool there, struct err *e) {
    if (fsys_sync_dir(root, repos_next, e))
        return (int)e->code;
    return there ? fsys_exchange(root, repos_next, index, e)
                 : fsys_rename(root, repos_next, index, e);
}

int repos_update(const struct repository *kind, const char *dir, struct repository_job *job,
                 struct err *e) {
    AUTO(repos) r = {.root = FSYS_DIR_NONE, .lock = FSYS_LOCK_NONE};
    struct repos_place place;
    bool there = false;
    int rc;

    if (open_root(&r, dir, e))
        return (int)e->code;
    if (copy_index(r.root.fd, kind->index, &there, e))
        return err_in(e, "%s", dir);
    place = (struct repos_place){
        .dir = r.root.fd,
        .where = dir,
        .root = ".",
        .index = repos_next,
    };
    rc = repos_edit(kind, &place, job, e);
    if (!rc && job->changed)
        rc = switch_index(r.root.fd, kind->index, there, e);
    if (rc) {
        struct err ignored = {0};

        if (fsys_remove_tree(r.root.fd, repos_next, &ignored))
            return rc;
        return rc;
    }
    return fsys_remove_tree(r.root.fd, repos_next, e);
}
