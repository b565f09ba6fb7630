/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/dir.h"

#include "base/log.h"
#include "crypto/digest.h"
#include "model/names.h"
#include "os/fsys.h"
#include "os/outfile.h"
#include "publish/oldmaps.h"
#include "publish/pointers.h"

#include <string.h>

enum { COPY_BLOCK = 256 * 1024, LEDGER_MAX = 64 * 1024 * 1024 };

static int url_check(struct str s, struct err *e) {
    if (!str_starts(s, "https://") && !str_starts(s, "http://"))
        return err_set(e, E_RECIPE, "an address begins with https:// or http://");
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || strchr("\"'<>\\`{}|^?#", s.p[i]))
            return err_set(e, E_RECIPE, "an address has no \"%c\"", s.p[i]);
    return OK;
}

static const struct schema dir_schema[] = {
    {.key = "path",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_REQUIRED,
     .help = "The folder to publish into; made when it is missing. Relative to the recipe."},
    {.key = "url",
     .kind = SCHEMA_STR,
     .check = url_check,
     .pattern = "^https?://[^ ]+$",
     .help = "Where people find the folder: https://downloads.example.com/hello. Needed for the "
             "install commands of the page, the install script and the files that make apt and dnf "
             "know the repositories."},
    {.key = "page",
     .kind = SCHEMA_BOOL,
     .help = "Whether the folder has a download page, index.html; true unless said otherwise."},
    {.key = "install-script",
     .kind = SCHEMA_BOOL,
     .help = "Whether the folder has install/install.sh; true where there are a url and an archive "
             "for Linux."},
    {0},
};

struct site {
    struct fsys_dir root;
    struct fsys_lock lock;
    const char *path;
    uint64_t copied;
    size_t files;
};

static void site_drop(struct site *s) {
    fsys_dir_drop(&s->root);
    fsys_lock_drop(&s->lock);
}

static const char *site_path(const struct publish_job *j) {
    struct str path = value_text(j->section, "path");

    if (str_starts(path, "/") || !j->base)
        return str_z(j->mem, path);
    return arena_fmt(j->mem, "%s/" STR_F, j->base, STR_A(path));
}

static int dir_check(const struct publish_job *j, struct err *e) {
    struct fsys_stat st;
    const char *path = site_path(j);

    if (!value_text(j->section, "path").n)
        return err_set(e, E_RECIPE, "publish to dir needs a path");
    if (fsys_stat(FSYS_HERE, path, &st, e))
        return (int)e->code;
    if (st.kind != FSYS_NONE && st.kind != FSYS_DIR)
        return err_set(e, E_RECIPE, "%s is not a folder", path);
    return OK;
}

static int open_site(struct site *s, const struct publish_job *j, struct err *e) {
    bool got;

    *s = (struct site){.root = FSYS_DIR_NONE, .lock = FSYS_LOCK_NONE, .path = site_path(j)};
    if (fsys_mkdirs(FSYS_HERE, s->path, e) || fsys_dir_open(&s->root, FSYS_HERE, s->path, e) ||
        fsys_mkdirs(s->root.fd, ".slipway", e) ||
        fsys_lock(&s->lock, s->root.fd, ".slipway/lock", false, &got, e))
        return (int)e->code;
    if (got)
        return OK;
    log_info("waiting: another run is publishing to %s", s->path);
    return fsys_lock(&s->lock, s->root.fd, ".slipway/lock", true, &got, e);
}

/* Copies one artifact and checks on the way that its bytes are the sealed ones. */
static int copy_artifact(struct site *s, const struct publish_job *j, const struct artifact *a,
                         int from, int to, char *block, struct err *e) {
    const char *name = str_z(j->mem, a->name);
    AUTO(infile) in = INFILE_NONE;
    AUTO(outfile) out = OUTFILE_NONE;
    struct digest *sum = NULL;
    struct digest_set d;
    uint64_t at = 0;
    int rc = OK;

    if (infile_open(&in, from, name, e) || outfile_open(&out, to, name, e) ||
        outfile_mode(&out, in.st.mode & 0100 ? 0755 : 0644, e) ||
        digest_new(&sum, DIGEST_SHA256, e))
        return (int)e->code;
    while (at < in.size && !rc) {
        size_t n = in.size - at < COPY_BLOCK ? (size_t)(in.size - at) : COPY_BLOCK;

        rc = infile_read(&in, at, block, n, e);
        if (!rc)
            rc = outfile_append(&out, block, n, e);
        if (!rc)
            digest_put(sum, block, n);
        at += n;
        if (j->tick)
            j->tick(j->tick_self, n);
    }
    if (rc) {
        digest_free(sum);
        return rc;
    }
    if (digest_end(sum, &d, e))
        return (int)e->code;
    if (in.size != a->size || memcmp(d.sha256, a->digests.sha256, sizeof d.sha256))
        return err_set(e, E_WRONG,
                       "%s/%s: its bytes are not the ones that were sealed; nothing was published",
                       j->dist, name);
    s->copied += in.size;
    s->files++;
    return outfile_commit(&out, e);
}

static int copy_all(struct site *s, const struct publish_job *j, const char *incoming,
                    struct err *e) {
    AUTO(fsys_dir) from = FSYS_DIR_NONE;
    AUTO(fsys_dir) to = FSYS_DIR_NONE;
    char *block = arena_alloc(j->mem, COPY_BLOCK);
    struct str ledger;

    if (fsys_remove_tree(s->root.fd, incoming, e) || fsys_mkdirs(s->root.fd, incoming, e) ||
        fsys_dir_open(&from, FSYS_HERE, j->dist, e) || fsys_dir_open(&to, s->root.fd, incoming, e))
        return (int)e->code;
    for (size_t i = 0; i < j->release->n; i++)
        if (copy_artifact(s, j, &j->release->v[i], from.fd, to.fd, block, e))
            return (int)e->code;
    /* The ledger goes in as it stands in the dist folder, seal included. */
    if (fsys_read(from.fd, "release.json", LEDGER_MAX, j->mem, &ledger, e) ||
        fsys_write(to.fd, "release.json", ledger, 0644, e) ||
        oldmaps_link(s->root.fd, incoming, j->release, j->mem, e))
        return (int)e->code;
    return fsys_sync_dir(s->root.fd, incoming, e);
}

/* Another job published packages of the same version that this one did not make. */
static bool lacks(const struct publish_job *j, const struct release *old) {
    for (size_t i = 0; i < old->n; i++)
        if (old->v[i].role == ROLE_PACKAGE && !release_find(j->release, old->v[i].name))
            return true;
    return false;
}

/* What is published under this version already: nothing, the same, or something else. */
static int compare_published(struct site *s, struct publish_job *j, const char *folder, bool *there,
                             bool *same, struct err *e) {
    struct fsys_stat st;
    struct release old = {.mem = j->mem};
    struct str text;
    const char *file = arena_fmt(j->mem, "%s/release.json", folder);

    *there = *same = false;
    if (fsys_lstat(s->root.fd, folder, &st, e))
        return (int)e->code;
    if (st.kind == FSYS_NONE)
        return OK;
    *there = true;
    if (fsys_read(s->root.fd, file, LEDGER_MAX, j->mem, &text, e) ||
        release_read(text, file, j->mem, &old, e))
        return err_in(e, "%s", s->path);
    if (lacks(j, &old) && j->merge && j->merge(j->self, s->root.fd, folder, e))
        return err_in(e, "merging with %s/%s", s->path, folder);
    *same = old.n == j->release->n;
    for (size_t i = 0; i < j->release->n; i++) {
        const struct artifact *a = &j->release->v[i], *b = release_find(&old, a->name);

        if (b && a->role == ROLE_PACKAGE &&
            memcmp(a->digests.sha256, b->digests.sha256, sizeof a->digests.sha256))
            return err_set(e, E_INPUT,
                           "%s/%s/" STR_F " is published with other bytes; a published version "
                           "never changes: raise the version",
                           s->path, folder, STR_A(a->name));
        if (!b || memcmp(a->digests.sha256, b->digests.sha256, sizeof a->digests.sha256))
            *same = false;
    }
    return OK;
}

/* Where the same version gains artifacts or signatures, the whole folder is exchanged. */
static int bring_in(struct site *s, const struct publish_job *j, const char *folder, bool there,
                    struct err *e) {
    const char *incoming =
        arena_fmt(j->mem, ".slipway/incoming/v" STR_F, STR_A(j->release->version));

    if (copy_all(s, j, incoming, e) || fsys_mkdirs(s->root.fd, "releases", e))
        return (int)e->code;
    if (!there)
        return fsys_rename(s->root.fd, incoming, folder, e);
    if (fsys_exchange(s->root.fd, incoming, folder, e))
        return (int)e->code;
    return fsys_remove_tree(s->root.fd, incoming, e);
}

/* Pointers and all that is shown beside the releases change in one switch, when there is something
 * to show. */
static int show(struct site *s, struct publish_job *j, bool *moved, struct err *e) {
    struct pointers p;
    struct publish_place place;
    bool changed = false;
    int rc = pointers_begin(&p, s->root.fd, j->mem, e);

    if (rc)
        return rc;
    *moved = pointers_set(&p, j->release->version);
    place = (struct publish_place){
        .root = s->root.fd,
        .where = s->path,
        .next = p.next,
        .latest = pointers_latest(&p),
    };
    if (j->compose)
        rc = j->compose(j->self, &place, &changed, e);
    if (!rc && (*moved || changed))
        return pointers_switch(&p, e);
    if (rc) {
        struct err ignored = {0};

        (void)!pointers_forget(&p, &ignored);
        return rc;
    }
    return pointers_forget(&p, e);
}

static int dir_run(struct publish_job *j, struct err *e) {
    AUTO(site) s = {.root = FSYS_DIR_NONE, .lock = FSYS_LOCK_NONE};
    const char *folder = arena_fmt(j->mem, "releases/v" STR_F, STR_A(j->release->version));
    bool there = false, same = false, moved = false;

    if (open_site(&s, j, e) || compare_published(&s, j, folder, &there, &same, e))
        return (int)e->code;
    if ((!same && bring_in(&s, j, folder, there, e)) || show(&s, j, &moved, e) ||
        fsys_remove_tree(s.root.fd, ".slipway/incoming", e))
        return err_in(e, "%s", s.path);
    j->summary =
        str_fmt(j->mem, STR_F "/%s: %zu files, %zu new%s", STR_A(value_text(j->section, "path")),
                folder, j->release->n + 1, same ? (size_t)0 : s.files + 1,
                moved ? "" : "; pointers stay where they were");
    return OK;
}

static int dir_verify(const char *where, struct report *bad, struct arena *mem, struct err *e) {
    AUTO(fsys_dir) root = FSYS_DIR_NONE;

    if (fsys_dir_open(&root, FSYS_HERE, where, e))
        return (int)e->code;
    return pointers_check(root.fd, where, bad, mem, e);
}

const struct publisher dir_publisher = {
    .name = "dir",
    .schema = dir_schema,
    .check = dir_check,
    .run = dir_run,
    .verify = dir_verify,
    .folder = site_path,
};
