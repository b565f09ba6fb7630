/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/squash.h"

#include "base/mem.h"
#include "pack/ahead.h"

#include <stdlib.h>

enum { BLOCK = 256 * 1024, TEXT_MAX = 4 * 1024 * 1024, FILES_MAX = 1000000, UNPACKS_TO = 2000 };
#define UNPACKS_LEAST ((uint64_t)64 << 20) /* unpacked in a moment, whatever the codec */

struct feed { /* bytes of all files on their way into the image */
    const struct pack_job *job;
    struct ahead *ahead;
};

static int take(void *self, uint64_t most, const void **p, size_t *n, struct err *e) {
    const struct feed *x = self;

    if (ahead_take(x->ahead, most, p, n, e))
        return (int)e->code;
    if (x->job->tick)
        x->job->tick(x->job->tick_self, *n);
    return OK;
}

/* As a walk meets them that takes each folder's names in their order: "a/b" before "a-c". */
static int by_walk(const void *a, const void *b) {
    struct str x = (*(const struct tree_entry *const *)a)->path;
    struct str y = (*(const struct tree_entry *const *)b)->path;
    size_t n = x.n < y.n ? x.n : y.n, i = 0;

    while (i < n && x.p[i] == y.p[i])
        i++;
    if (i == n)
        return x.n < y.n ? -1 : x.n > y.n;
    if (x.p[i] == '/' || y.p[i] == '/')
        return x.p[i] == '/' ? -1 : 1;
    return (unsigned char)x.p[i] < (unsigned char)y.p[i] ? -1 : 1;
}

static struct squashfs_entry entry_of(const struct tree_entry *x, int64_t mtime) {
    return (struct squashfs_entry){
        .path = x->path,
        .kind = x->kind == TREE_FILE  ? SQUASHFS_FILE
                : x->kind == TREE_DIR ? SQUASHFS_DIR
                                      : SQUASHFS_LINK,
        .mode = x->kind == TREE_LINK ? 0777 : x->mode & 07777,
        .mtime = mtime,
        .size = x->kind == TREE_FILE ? x->size : 0,
        .target = x->target,
    };
}

/* Entries of the image, and the files whose bytes go into it. */
static void list_entries(const struct pack_job *j, const struct tree *pkg,
                         const struct squashfs_opts *o, struct squashfs_files *files,
                         const struct tree_entry **bytes, size_t *n_bytes) {
    const struct tree_entry **order = arena_array(j->mem, pkg->n + 1, sizeof *order);
    struct squashfs_entry *v = arena_array(j->mem, pkg->n + 1, sizeof *v);
    size_t *first = arena_array(j->mem, pkg->n + 1, sizeof *first); /* of a file: 1 + place in v */

    files->v = v;
    for (size_t i = 0; i < pkg->n; i++)
        order[i] = &pkg->v[i];
    if (o->as_mksquashfs && pkg->n)
        qsort(order, pkg->n, sizeof(struct tree_entry *), by_walk);
    for (size_t i = 0; i < pkg->n; i++) {
        const struct tree_entry *x = order[i];
        size_t file = x->link ? x->link - 1 : (size_t)(x - pkg->v);

        if (x->marks & TREE_GHOST)
            continue;
        v[files->n] = entry_of(x, o->mtime);
        v[files->n].link = x->kind == TREE_FILE ? first[file] : 0;
        files->n++;
        if (x->kind != TREE_FILE || first[file])
            continue;
        first[file] = files->n;
        bytes[(*n_bytes)++] = x;
    }
}

int squash_write(const struct pack_job *j, const struct tree *pkg, const struct squashfs_opts *o,
                 struct outfile *f, struct err *e) {
    const struct tree_entry **bytes = arena_array(j->mem, pkg->n + 1, sizeof *bytes);
    struct feed feed = {.job = j};
    struct squashfs_files files = {.take = take, .self = &feed};
    struct err late = {0};
    size_t n = 0;
    int rc;

    list_entries(j, pkg, o, &files, bytes, &n);
    if (ahead_open(&feed.ahead, bytes, n, j->digests, e))
        return (int)e->code;
    rc = squashfs_write(f, o, &files, e);
    /* What a thread still finds after a failure does not count. */
    if (ahead_close(feed.ahead, &late) && !rc) {
        *e = late;
        rc = (int)late.code;
    }
    return rc;
}

/* ---------------------------------------------------------------------------------- and back */

struct reading {
    const struct squash_reader *r;
    char *block;
    uint64_t unpacked;
};

static int read_bytes(struct reading *x, const struct tree_entry *t, struct source *data,
                      struct err *e) {
    const struct squash_reader *r = x->r;
    bool wanted = r->wants && t->size <= TEXT_MAX && r->wants(r->self, t);
    AUTO(buf) text = BUF_NONE;
    size_t got;

    buf_init(&text, TEXT_MAX);
    if (t->size > r->most - x->unpacked)
        return err_set(e, E_INPUT, "%s: " STR_F ": its files are over %llu bytes together", r->what,
                       STR_A(t->path), (unsigned long long)r->most);
    x->unpacked += t->size;
    while ((got = source_get(data, x->block, BLOCK)))
        if (wanted)
            buf_put(&text, x->block, got);
    if (data->err.code) {
        *e = data->err;
        return err_in(e, "%s: " STR_F, r->what, STR_A(t->path));
    }
    if (data->at != t->size)
        return err_set(e, E_INPUT, "%s: " STR_F ": is cut off", r->what, STR_A(t->path));
    if (wanted)
        r->got(r->self, t, str_dup(r->mem, buf_get(&text)));
    return OK;
}

static int see(void *self, const struct squashfs_entry *y, struct source *data, struct err *e) {
    struct reading *x = self;
    const struct squash_reader *r = x->r;
    struct tree_entry *t;

    if (!y->path.n)
        return OK;
    if (r->found->n == FILES_MAX)
        return err_set(e, E_INPUT, "%s: more than %d files", r->what, FILES_MAX);
    if (tree_path_ok(y->path, e)) {
        e->code = E_INPUT;
        return err_in(e, "%s", r->what);
    }
    if (y->kind == SQUASHFS_OTHER)
        return err_set(e, E_INPUT, "%s: " STR_F ": neither file, folder nor link", r->what,
                       STR_A(y->path));
    t = tree_add(r->found);
    t->path = str_dup(r->mem, y->path);
    t->kind = y->kind == SQUASHFS_DIR ? TREE_DIR : y->kind == SQUASHFS_LINK ? TREE_LINK : TREE_FILE;
    t->mode = y->mode & 07777;
    t->target = str_dup(r->mem, y->target);
    t->size = t->kind == TREE_FILE ? y->size : 0;
    t->link = y->link ? y->link - 1 : 0; /* the root is no entry of the tree */
    t->digests = arena_alloc(r->mem, sizeof *t->digests);
    return t->kind == TREE_FILE && !t->link && data ? read_bytes(x, t, data, e) : OK;
}

int squash_read(const struct squash_reader *r, struct infile *f, uint64_t at,
                struct squashfs_facts *facts, struct err *e) {
    struct reading x = {.r = r, .block = mem_alloc(BLOCK)};
    int rc = squashfs_read(f, at, facts, see, &x, e);

    mem_free(x.block);
    return rc;
}

uint64_t squash_most(uint64_t size) {
    return size > (UINT64_MAX - UNPACKS_LEAST) / UNPACKS_TO ? UINT64_MAX
                                                            : UNPACKS_LEAST + size * UNPACKS_TO;
}
