/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/yum.h"

#include "base/log.h"
#include "crypto/pgp.h"
#include "os/thread.h"
#include "repo/yum_client.h"
#include "repo/yum_pool.h"
#include "repo/yum_update.h"
#include "repo/yum_verify.h"

#include <string.h>

enum { KEEP_MAX = 1000, POINTER_SECONDS = 60, CLIENT_SECONDS = 3600, FOREVER = 31536000 };
enum { HASH_LEAST = 32 };

static void update_drop(struct yum_update *u) {
    yum_index_drop(&u->index);
}

#define AUTO_UPDATE AUTO_CLEANUP(update_drop) struct yum_update

static int read_old(struct yum_update *u, struct err *e) {
    struct repository_job *j = u->job;
    struct fsys_stat st;
    struct str xml;

    if (fsys_lstat(j->index, "repomd.xml", &st, e))
        return (int)e->code;
    if (st.kind == FSYS_NONE)
        return OK;
    return fsys_read(j->index, "repomd.xml", YUM_REPOMD_MAX, j->mem, &xml, e) ||
                   yum_repomd_read(xml, j->mem, &u->old, e) ||
                   yum_index_load(&u->index, j->index, &u->old, e)
               ? (int)e->code
               : OK;
}

static int decide(struct yum_update *u, struct err *e) {
    struct repository_job *j = u->job;
    int64_t keep = value_number(j->section, "keep", 0);

    if (yum_update_remove(u, e))
        return (int)e->code;
    if (j->scan ? yum_update_scan(u, e) : yum_update_add(u, e))
        return (int)e->code;
    if (keep > 0)
        yum_update_keep(u, (size_t)keep);
    for (size_t i = 0; i < u->index.n; i++) {
        const struct yum_pkg *p = u->index.v[i];

        j->added += p->fresh && !p->gone;
        j->removed += !p->fresh && p->gone;
        j->kept += !p->fresh && !p->gone;
    }
    return OK;
}

/* ------------------------------------------------------------------------------ what is different
 */

static enum codec_kind codec_of(const struct repository_job *j) {
    return str_is(value_text(j->section, "compress"), "zst") ? CODEC_ZSTD : CODEC_GZIP;
}

/* Whether the documents that are there have the form that is asked for. */
static bool same_form(const struct yum_update *u) {
    if (!u->old.there)
        return false;
    for (int d = 0; d < YUM_DOCS; d++) {
        const struct yum_repomd_data *x = yum_repomd_find(&u->old, yum_index_type((enum yum_doc)d));

        if (!x || (value_get(u->job->section, "compress") &&
                   !str_ends(x->file, codec_suffix(codec_of(u->job)))))
            return false;
    }
    return true;
}

static int same_key(const struct repository_job *j, bool *same, struct err *e) {
    struct fsys_stat sig, key;
    struct str text;

    *same = true;
    if (!j->signer)
        return OK;
    *same = false;
    if (fsys_lstat(j->index, "repomd.xml.asc", &sig, e) ||
        fsys_lstat(j->index, "repomd.xml.key", &key, e))
        return (int)e->code;
    if (sig.kind != FSYS_FILE || key.kind != FSYS_FILE || key.size != j->public_key.n)
        return OK;
    if (fsys_read(j->index, "repomd.xml.key", YUM_REPOMD_MAX, j->mem, &text, e))
        return (int)e->code;
    *same = str_eq(text, j->public_key);
    return OK;
}

/* ---------------------------------------------------------------------------------------- files */

/* Packages first: no index ever names one that is not there. */
static int put_one(void *ctx, size_t i, struct err *e) {
    const struct yum_update *u = ctx;
    const struct yum_update_task *t = &u->task[i];
    const struct yum_pkg *p = t->there ? t->there : t->pkg;
    struct fsys_stat st;

    if (u->job->scan || t->href.n || p->away || (t->pkg->gone && !t->there) || p->gone)
        return OK;
    if (t->there && fsys_lstat(u->job->root, p->href.p, &st, e))
        return (int)e->code;
    if (t->there && st.kind != FSYS_NONE && st.size == p->size)
        return OK;
    return yum_pool_put(u->job, &t->add, &t->was, p, e);
}

static int check_places(const struct yum_update *u, struct err *e) {
    for (size_t i = 1; i < u->index.n; i++)
        if (str_eq(u->index.v[i]->href, u->index.v[i - 1]->href) && !u->index.v[i]->away)
            return err_set(e, E_INPUT,
                           "two packages would be " STR_F ": one of them needs another release",
                           STR_A(u->index.v[i]->href));
    return OK;
}

static bool hex_head(struct str name) {
    size_t n = 0;

    while (n < name.n &&
           ((name.p[n] >= '0' && name.p[n] <= '9') || (name.p[n] >= 'a' && name.p[n] <= 'f')))
        n++;
    return n >= HASH_LEAST && n < name.n && name.p[n] == '-';
}

/* The documents of the index before stay for the clients that hold its repomd.xml; older ones go.
 */
static int clean(const struct yum_update *u, const struct yum_repomd_data *made, struct err *e) {
    struct repository_job *j = u->job;
    struct fsys_name *names;
    size_t n;

    if (fsys_list(j->index, ".", j->mem, &names, &n, e))
        return (int)e->code;
    for (size_t i = 0; i < n; i++) {
        bool named = !hex_head(names[i].name);

        for (size_t k = 0; k < u->old.n && !named; k++)
            named = str_eq(u->old.v[k].file, names[i].name);
        for (size_t k = 0; k < YUM_DOCS && !named; k++)
            named = str_eq(made[k].file, names[i].name);
        if (!named && fsys_unlink(j->index, str_z(j->mem, names[i].name), e))
            return (int)e->code;
    }
    return OK;
}

/* Never back: clients take an index with an older number for a stale mirror's. */
static void number(const struct yum_update *u, uint64_t *revision, uint64_t *time) {
    uint64_t old;

    *revision = *time = u->job->now > 0 ? (uint64_t)u->job->now : 0;
    if (str_u64(u->old.revision, INT64_MAX - 1, &old) && old >= *revision)
        *revision = old + 1;
    for (size_t i = 0; i < u->old.n; i++)
        if (u->old.v[i].time >= *time)
            *time = u->old.v[i].time + 1;
}

static int sign(const struct repository_job *j, struct str xml, struct err *e) {
    AUTO(buf) sig = BUF_NONE;
    struct fsys_stat st;

    buf_init(&sig, YUM_REPOMD_MAX);
    if (j->signer) {
        const struct signer *s = j->signer;

        return s->sign_bytes(s->self, xml, PGP_DETACHED_ARMOR, s->when, &sig, e) ||
                       fsys_write(j->index, "repomd.xml.asc", buf_get(&sig), 0644, e) ||
                       fsys_write(j->index, "repomd.xml.key", j->public_key, 0644, e)
                   ? (int)e->code
                   : OK;
    }
    if (fsys_lstat(j->index, "repomd.xml.asc", &st, e))
        return (int)e->code;
    if (st.kind != FSYS_NONE)
        log_warn("%s: it was signed and is not any more: clients that check will refuse it until "
                 "a run with its key",
                 j->where);
    return fsys_unlink(j->index, "repomd.xml.asc", e) || fsys_unlink(j->index, "repomd.xml.key", e)
               ? (int)e->code
               : OK;
}

static int write_index(struct yum_update *u, struct err *e) {
    struct repository_job *j = u->job;
    struct yum_repomd_data made[YUM_DOCS] = {0};
    AUTO(buf) xml = BUF_NONE;
    uint64_t revision, time;

    number(u, &revision, &time);
    for (int d = 0; d < YUM_DOCS; d++) {
        if (yum_index_write(&u->index, (enum yum_doc)d, j->index, codec_of(j), j->jobs, &made[d],
                            e))
            return (int)e->code;
        made[d].time = time;
    }
    buf_init(&xml, YUM_REPOMD_MAX);
    yum_repomd_write(&u->old, made, YUM_DOCS, revision, &xml);
    if (buf_check(&xml, "repomd.xml", e) || sign(j, buf_get(&xml), e) ||
        fsys_write(j->index, "repomd.xml", buf_get(&xml), 0644, e))
        return (int)e->code;
    return clean(u, made, e);
}

/* What no index names any more. Files that only grew old in a folder of the user's own are left
 * alone; what was asked to be taken out goes wherever it lies. */
static void doom(const struct yum_update *u, struct yum_pkg *const *was, size_t n) {
    struct repository_job *j = u->job;
    struct map named = {.mem = j->mem};

    for (size_t i = 0; i < u->index.n; i++)
        map_put(&named, u->index.v[i]->href, u->index.v[i]);
    j->doomed = arena_array(j->mem, n, sizeof *j->doomed);
    for (size_t i = 0; i < n; i++)
        if (was[i]->gone && !was[i]->fresh && !was[i]->away && !map_get(&named, was[i]->href) &&
            (j->n_remove || str_starts(was[i]->href, "Packages/")))
            j->doomed[j->n_doomed++] = was[i]->href;
}

static int write_all(struct yum_update *u, struct err *e) {
    struct repository_job *j = u->job;
    size_t n = u->index.n;
    struct yum_pkg **was = arena_array(j->mem, n, sizeof(struct yum_pkg *));

    if (n)
        memcpy(was, u->index.v, n * sizeof(struct yum_pkg *));
    if (u->old.there && j->kept && yum_index_load_rest(&u->index, j->index, &u->old, j->jobs, e))
        return (int)e->code;
    yum_index_sort(&u->index);
    if (check_places(u, e) || thread_each(j->jobs, u->n_task, put_one, u, e) || write_index(u, e))
        return (int)e->code;
    doom(u, was, n);
    return OK;
}

static int yum_repository_update(struct repository_job *j, struct err *e) {
    AUTO_UPDATE u = {.job = j, .index = YUM_INDEX_NONE};
    bool same;

    j->added = j->removed = j->kept = j->n_doomed = 0;
    j->doomed = NULL;
    j->changed = false;
    if (yum_index_open(&u.index, j->index, j->mem, e) || read_old(&u, e) || decide(&u, e) ||
        same_key(j, &same, e))
        return err_in(e, "%s", j->where);
    j->changed = !same || !same_form(&u) || j->added || j->removed;
    if (j->changed && write_all(&u, e))
        return err_in(e, "%s", j->where);
    /* A package that is in the index already and whose file went missing */
    if (!j->changed && thread_each(j->jobs, u.n_task, put_one, &u, e))
        return err_in(e, "%s", j->where);
    return yum_client_write(j, e);
}

static uint64_t yum_repository_cache(struct str path) {
    struct str file = path;
    size_t slash = str_rfind(path, '/');

    if (slash < path.n)
        file = str_cut(path, slash + 1, path.n);
    if (str_starts(path, "repodata/"))
        return hex_head(file) ? FOREVER : POINTER_SECONDS;
    return str_ends(path, ".rpm") ? FOREVER : CLIENT_SECONDS;
}

static const char *const yum_repository_codecs[] = {"gz", "zst", NULL};

static const struct schema yum_repository_schema[] = {
    {.key = "path",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_PATH,
     .help = "Folder of the repository; in a published folder it is yum/."},
    {.key = "compress",
     .kind = SCHEMA_WORD,
     .words = yum_repository_codecs,
     .help = "How the metadata is compressed: gz, which every client reads, or zst, which is "
             "smaller and wants dnf of 2020 or later (RHEL 9, Fedora 33)."},
    {.key = "keep",
     .kind = SCHEMA_INT,
     .min = 1,
     .max = KEEP_MAX,
     .help = "Versions of each package and architecture that stay; all without it."},
    {0},
};

const struct repository yum_repository = {
    .name = "yum",
    .suffix = ".rpm",
    .index = "repodata",
    .schema = yum_repository_schema,
    .update = yum_repository_update,
    .verify = yum_verify,
    .cache_seconds = yum_repository_cache,
};
