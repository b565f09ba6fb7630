/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/tarput.h"

#include "container/tar.h"

#include <string.h>

enum { ENTRIES_MAX = 1000000, SCRATCH = 64 * 1024 };

/* Not by a format: there are three of these for each of tens of thousands of files. */
static struct str below_prefix(const char *prefix, struct str path, struct arena *mem) {
    size_t n = strlen(prefix);
    char *p;

    if (!n)
        return path;
    p = arena_alloc(mem, n + path.n);
    memcpy(p, prefix, n);
    memcpy(p + n, path.p, path.n);
    return (struct str){p, n + path.n};
}

static struct tar_entry entry_of(const struct tarput *t, const struct tree_entry *x,
                                 struct arena *mem) {
    struct tar_entry y = {
        .path = below_prefix(t->prefix, x->path, mem),
        .mode = x->mode,
        .owner = x->owner,
        .group = x->group,
        .mtime = t->mtime,
    };

    if (x->kind == TREE_DIR) {
        y.kind = TAR_DIR;
    } else if (x->kind == TREE_LINK) {
        y.kind = TAR_SYMLINK;
        y.mode = 0777;
        y.target = x->target;
    } else if (x->link) {
        y.kind = TAR_HARDLINK;
        y.target = below_prefix(t->prefix, t->tree->v[x->link - 1].path, mem);
    } else {
        y.kind = TAR_FILE;
        y.size = x->size;
    }
    return y;
}

static uint64_t measure(const struct tarput *t, const struct tar_entry *root) {
    AUTO(arena) mem = {0};
    uint64_t n = t->root ? tar_size(root) : 0;

    for (size_t i = 0; i < t->tree->n; i++) {
        struct tar_entry y = entry_of(t, &t->tree->v[i], &mem);

        if (!(t->tree->v[i].marks & TREE_GHOST))
            n += tar_size(&y);
        if (mem.used > SCRATCH)
            arena_drop(&mem);
    }
    return tar_total(n);
}

/* The entries that have bytes, in their order. */
static int plan(const struct tarput *t, struct payload *p, struct arena *mem, struct err *e) {
    const struct tree_entry **v = arena_array(mem, t->tree->n, sizeof *v);
    size_t n = 0;

    for (size_t i = 0; i < t->tree->n; i++) {
        const struct tree_entry *x = &t->tree->v[i];

        if (x->kind == TREE_FILE && !x->link && !(x->marks & TREE_GHOST))
            v[n++] = x;
    }
    return payload_plan(p, v, n, e);
}

static int put_each(const struct tarput *t, struct payload *p, struct sink *s, struct err *e) {
    AUTO(arena) mem = {0};

    for (size_t i = 0; i < t->tree->n && !s->err.code; i++) {
        const struct tree_entry *x = &t->tree->v[i];
        struct tar_entry y = entry_of(t, x, &mem);

        if (x->marks & TREE_GHOST)
            continue;
        tar_put(s, &y);
        if (y.kind == TAR_FILE) {
            if (payload_put(p, x, s, e))
                return (int)e->code;
            tar_pad(s, y.size);
        }
        if (mem.used > SCRATCH)
            arena_drop(&mem);
    }
    return OK;
}

static int put_all(const struct tarput *t, const struct pack_job *job, struct sink *s,
                   struct err *e) {
    AUTO(arena) mem = {0};
    struct payload p;
    int rc;

    payload_init(&p, job, t->digests);
    rc = plan(t, &p, &mem, e);
    if (!rc)
        rc = put_each(t, &p, s, e);
    rc = payload_end(&p, rc, e);
    if (!rc)
        tar_end(s);
    return rc;
}

int tarput_write(const struct tarput *t, const struct pack_job *job, struct sink *out,
                 struct err *e) {
    const struct tar_entry root = {.path = str_of(t->prefix),
                                   .kind = TAR_DIR,
                                   .mode = 0755,
                                   .owner = STR("root"),
                                   .group = STR("root"),
                                   .mtime = t->mtime};
    struct codec_opts codec = t->codec;
    struct sink s = SINK_NONE;
    int rc;

    codec.size = measure(t, &root);
    codec.jobs = job->jobs;
    if (codec_sink(&s, out, &codec, e))
        return (int)e->code;
    if (t->root)
        tar_put(&s, &root);
    rc = put_all(t, job, &s, e);
    if (rc)
        sink_fail(&s, e);
    if (!rc && !s.err.code && s.at != codec.size)
        rc = err_set(e, E_BUG, "the tar has %llu bytes, %llu were expected",
                     (unsigned long long)s.at, (unsigned long long)codec.size);
    if (sink_close(&s, e))
        return (int)e->code;
    return rc;
}

struct lister {
    const char *prefix;
    unsigned sums;
    struct tree *found;
    struct arena *mem;
    char *block;
};

static struct str below(const char *prefix, struct str path) {
    if (*prefix && str_starts(path, prefix))
        path = str_cut(path, strlen(prefix), path.n);
    while (str_ends(path, "/"))
        path.n--;
    return str_is(path, ".") ? STR("") : path;
}

static int sum_data(struct lister *l, struct source *data, struct tree_entry *x, struct err *e) {
    struct digest *sum = NULL;
    struct digest_set set;
    uint64_t n = 0;
    size_t got;

    if (l->sums && digest_new(&sum, l->sums, e))
        return (int)e->code;
    while ((got = source_get(data, l->block, 64 * 1024)) > 0) {
        if (sum)
            digest_put(sum, l->block, got);
        n += got;
    }
    if (data->err.code || n != x->size) {
        digest_free(sum);
        if (!data->err.code)
            return err_set(e, E_INPUT, STR_F ": ends too early", STR_A(x->path));
        *e = data->err;
        return (int)e->code;
    }
    if (!sum)
        return OK;
    if (digest_end(sum, &set, e))
        return (int)e->code;
    x->digests->kinds = set.kinds;
    memcpy(x->digests->md5, set.md5, sizeof set.md5);
    memcpy(x->digests->sha256, set.sha256, sizeof set.sha256);
    return OK;
}

static int see(void *self, const struct tar_entry *t, struct source *data, struct err *e) {
    struct lister *l = self;
    struct str path = below(l->prefix, t->path);
    struct tree_entry *x;

    if (!path.n)
        return OK;
    if (l->found->n >= ENTRIES_MAX)
        return err_set(e, E_INPUT, "tar: more than %d entries", ENTRIES_MAX);
    if (tree_path_ok(path, e)) {
        e->code = E_INPUT;
        return err_in(e, "tar");
    }
    x = tree_add(l->found);
    x->path = str_dup(l->mem, path);
    x->mode = t->mode;
    x->owner = str_dup(l->mem, t->owner);
    x->group = str_dup(l->mem, t->group);
    x->target = str_dup(l->mem, t->kind == TAR_HARDLINK ? below(l->prefix, t->target) : t->target);
    x->kind = t->kind == TAR_DIR ? TREE_DIR : t->kind == TAR_SYMLINK ? TREE_LINK : TREE_FILE;
    x->digests = arena_alloc(l->mem, sizeof *x->digests);
    if (t->kind == TAR_OTHER)
        return err_set(e, E_INPUT, STR_F ": neither file, folder nor link", STR_A(path));
    if (t->kind != TAR_FILE)
        return OK;
    x->size = t->size;
    return sum_data(l, data, x, e);
}

int tarput_list(struct source *in, enum codec_kind k, const char *prefix, unsigned sums,
                struct arena *mem, struct tree *found, struct err *e) {
    struct lister l = {prefix, sums, found, mem, arena_alloc(mem, 64 * 1024)};
    struct source s = SOURCE_NONE;
    int rc;

    if (codec_source(&s, in, k, e))
        return (int)e->code;
    rc = tar_read(&s, see, &l, e);
    if (rc)
        source_drop(&s);
    else
        rc = source_close(&s, e);
    return rc;
}
