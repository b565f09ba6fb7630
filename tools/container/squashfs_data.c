/* SPDX-License-Identifier: Apache-2.0 */
#include "container/squashfs_data.h"

#include "container/squashfs_disk.h"
#include "container/squashfs_twins.h"
#include "container/squashfs_work.h"
#include "io/relay.h"

#include <string.h>

struct data {
    struct squashfs_image *m;
    struct relay *relay;
    struct squashfs_hand *hand; /* instead, when nothing is compressed */
    struct squashfs_work *v, **idle;
    size_t n, n_idle;
    struct squashfs_work *fragment; /* being gathered */
    struct str folder;              /* of the last small file */
    uint32_t fragments;             /* begun */
    struct outfile spool;           /* of compressed fragments */
    struct squashfs_twins twins;
    unsigned char *small; /* a file that does not fit into the fragment any more */
};

/* ---- what comes back ---- */

static int keep_fragment(struct data *d, const struct squashfs_work *w, struct err *e) {
    struct squashfs_image *m = d->m;

    if (m->n_fragments == m->fragments_room)
        m->fragment = arena_regrow(&m->mem, m->fragment, m->n_fragments, m->n_fragments + 1,
                                   sizeof *m->fragment, &m->fragments_room);
    m->fragment[m->n_fragments++] = squashfs_work_word(w);
    return outfile_append(&d->spool, w->p, squashfs_work_size(w), e);
}

/* The last block of a file is written: if another file is the same its blocks are taken back. */
static int end_file(struct data *d, size_t i, struct err *e) {
    struct squashfs_image *m = d->m;
    struct squashfs_node *node = &m->node[i];
    uint64_t from = node->start;

    if (node->sparse == squashfs_image_entry(m, i)->size && !m->o->as_mksquashfs)
        node->start = 0; /* nothing that moves with others */
    if (!squashfs_twins_wanted(&d->twins, i))
        return OK;
    if (squashfs_twins_end(&d->twins, true, i, &node->same, e))
        return (int)e->code;
    return node->same ? outfile_truncate(m->f, m->base + from, e) : OK;
}

static int keep_block(struct data *d, const struct squashfs_work *w, struct err *e) {
    struct squashfs_image *m = d->m;
    struct squashfs_node *node = &m->node[w->file];

    if (!w->index)
        node->start = m->f->size - m->base;
    if (w->zero)
        node->sparse += w->n;
    else if (outfile_append(m->f, w->p, squashfs_work_size(w), e))
        return (int)e->code;
    node->size[w->index] = w->zero ? 0 : squashfs_work_word(w);
    if (w->digest)
        squashfs_twins_put(&d->twins, true, w->sum, sizeof w->sum);
    return w->last ? end_file(d, w->file, e) : OK;
}

static int keep(struct data *d, struct squashfs_work *w, struct err *e) {
    d->idle[d->n_idle++] = w;
    if (w->err.code) {
        *e = w->err;
        return (int)e->code;
    }
    return w->fragment ? keep_fragment(d, w, e) : keep_block(d, w, e);
}

/* Takes the oldest block back; *got: there was one that is done. */
static int collect(struct data *d, bool wait, bool *got, struct err *e) {
    struct squashfs_work *w = d->relay ? relay_take(d->relay, wait) : NULL;

    *got = w;
    return w ? keep(d, w, e) : OK;
}

static int give(struct data *d, struct squashfs_work *w, struct err *e) {
    bool got = true;

    if (d->hand) {
        squashfs_work_turn(d->hand, w);
        return keep(d, w, e);
    }
    while (relay_out(d->relay) == relay_depth(d->relay))
        if (collect(d, true, &got, e))
            return (int)e->code;
    relay_give(d->relay, w);
    while (got)
        if (collect(d, false, &got, e))
            return (int)e->code;
    return OK;
}

static int idle(struct data *d, struct squashfs_work **w, struct err *e) {
    bool got;

    while (!d->n_idle)
        if (collect(d, true, &got, e))
            return (int)e->code;
    *w = d->idle[--d->n_idle];
    squashfs_work_clear(*w);
    return OK;
}

/* ---- what goes in ---- */

static int take(struct data *d, unsigned char *to, uint64_t n, struct err *e) {
    const struct squashfs_files *files = d->m->files;

    while (n) {
        const void *p;
        size_t k;

        if (files->take(files->self, n, &p, &k, e))
            return (int)e->code;
        memcpy(to, p, k);
        to += k;
        n -= k;
    }
    return OK;
}

static int put_large(struct data *d, size_t i, struct err *e) {
    struct squashfs_image *m = d->m;
    const struct squashfs_entry *x = squashfs_image_entry(m, i);
    uint64_t blocks = squashfs_image_blocks(m, x), left = x->size;

    m->node[i].size = arena_array(&m->mem, (size_t)blocks, sizeof *m->node[i].size);
    for (uint64_t k = 0; k < blocks; k++) {
        struct squashfs_work *w = NULL;

        if (idle(d, &w, e))
            return (int)e->code;
        w->file = i;
        w->index = k;
        w->n = left < m->block ? (size_t)left : m->block;
        left -= w->n;
        w->last = !left;
        w->digest = squashfs_twins_wanted(&d->twins, i);
        if (take(d, w->p, w->n, e) || give(d, w, e))
            return (int)e->code;
    }
    return OK;
}

static int end_fragment(struct data *d, struct err *e) {
    struct squashfs_work *w = d->fragment;

    d->fragment = NULL;
    return w ? give(d, w, e) : OK;
}

static int begin_fragment(struct data *d, struct err *e) {
    if (idle(d, &d->fragment, e))
        return (int)e->code;
    d->fragment->fragment = true;
    d->fragments++;
    return OK;
}

/* Small files fill fragments in their order, so one that grows pushes those behind it into other
 * fragments, and theirs into others again. To end that soon a fragment that is half full ends where
 * one of the folders begins whose names say so: about one in eight, as good a place as any, and at
 * a folder's beginning the files before it are the least missed by the codec. */
static bool ends_here(struct data *d, size_t i) {
    enum { ONE_IN = 8 };
    struct str path = squashfs_image_entry(d->m, i)->path;
    struct str folder = str_cut(path, 0, str_rfind(path, '/'));
    uint32_t h = 2166136261u;

    if (folder.n == path.n)
        folder.n = 0;
    if (str_eq(folder, d->folder))
        return false;
    d->folder = folder;
    if (d->fragment->n < d->m->block / 2)
        return false;
    for (size_t k = 0; k < folder.n; k++)
        h = (h ^ (unsigned char)folder.p[k]) * 16777619u;
    return (h ^ h >> 15) % ONE_IN == 0;
}

static int put_small(struct data *d, size_t i, struct err *e) {
    struct squashfs_node *node = &d->m->node[i];
    size_t n = (size_t)squashfs_image_entry(d->m, i)->size;
    bool fits;
    unsigned char *p;

    if (!d->fragment && begin_fragment(d, e))
        return (int)e->code;
    fits = !ends_here(d, i) && n <= d->m->block - d->fragment->n;
    p = fits ? d->fragment->p + d->fragment->n : d->small;
    if (take(d, p, n, e))
        return (int)e->code;
    if (squashfs_twins_wanted(&d->twins, i)) {
        squashfs_twins_put(&d->twins, false, p, n);
        if (squashfs_twins_end(&d->twins, false, i, &node->same, e))
            return (int)e->code;
        if (node->same)
            return OK;
    }
    if (!fits) {
        if (end_fragment(d, e) || begin_fragment(d, e))
            return (int)e->code;
        memcpy(d->fragment->p, p, n);
    }
    node->fragment = d->fragments - 1;
    node->offset = (uint32_t)d->fragment->n;
    d->fragment->n += n;
    return OK;
}

static int put_all(struct data *d, struct err *e) {
    struct squashfs_image *m = d->m;
    bool got = true;

    for (size_t i = 0; i < m->n; i++) {
        const struct squashfs_entry *x = squashfs_image_entry(m, i);

        if (x->kind != SQUASHFS_FILE || squashfs_image_link(m, i) || !x->size)
            continue;
        if (squashfs_image_small(m, x) ? put_small(d, i, e) : put_large(d, i, e))
            return (int)e->code;
    }
    if (end_fragment(d, e))
        return (int)e->code;
    while (got)
        if (collect(d, true, &got, e))
            return (int)e->code;
    m->fragment_at = m->f->size - m->base;
    return outfile_append_from(m->f, d->spool.fd, 0, d->spool.size, e);
}

static int open_all(struct data *d, const struct squashfs_work_config *config, struct err *e) {
    struct squashfs_image *m = d->m;

    d->n = 2; /* one is filled with a file, one with fragments */
    if (config->codec.kind == BLOCKCODEC_NONE)
        d->hand = squashfs_work_hand(config);
    else if (squashfs_work_open(&d->relay, config, m->o->jobs, e))
        return (int)e->code;
    else
        d->n += relay_depth(d->relay);
    if (outfile_spool(&d->spool, m->o->spool, e) || squashfs_twins_open(&d->twins, m, e))
        return (int)e->code;
    d->v = mem_alloc(d->n * sizeof *d->v);
    d->idle = mem_alloc(d->n * sizeof(struct squashfs_work *));
    d->small = mem_alloc(m->block);
    for (size_t i = 0; i < d->n; i++) {
        d->v[i].p = mem_alloc(m->block);
        d->idle[d->n_idle++] = &d->v[i];
    }
    return OK;
}

static void close_all(struct data *d) {
    relay_close(d->relay);
    squashfs_work_let_go(d->hand);
    for (size_t i = 0; d->v && i < d->n; i++)
        mem_free(d->v[i].p);
    mem_free(d->v);
    mem_free((void *)d->idle);
    mem_free(d->small);
    squashfs_twins_drop(&d->twins);
    outfile_drop(&d->spool);
}

int squashfs_data_write(struct squashfs_image *m, struct err *e) {
    struct squashfs_work_config config = {.codec = m->codec};
    struct data d = {.m = m, .spool = OUTFILE_NONE};
    int rc = open_all(&d, &config, e);

    if (!rc)
        rc = put_all(&d, e);
    close_all(&d);
    return rc;
}
