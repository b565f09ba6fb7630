/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/payload.h"

#include "container/elf.h"

#include <string.h>

enum { PAYLOAD_BLOCK = 256 * 1024, FILTER_FILES = 64 };

void payload_init(struct payload *p, const struct pack_job *job, unsigned kinds) {
    *p = (struct payload){.job = job, .kinds = kinds};
    p->block = arena_alloc(job->mem, PAYLOAD_BLOCK);
}

struct flow_of { /* one file on its way */
    struct payload *p;
    struct sink *s;
    struct digest *sum;
};

static void pass(struct flow_of *f, const void *bytes, size_t n) {
    sink_put(f->s, bytes, n);
    if (f->sum)
        digest_put(f->sum, bytes, n);
    if (f->p->job->tick)
        f->p->job->tick(f->p->job->tick_self, n);
}

static int pass_host(struct flow_of *f, struct infile *in, uint64_t at, uint64_t n, struct err *e) {
    while (n && !f->s->err.code) {
        size_t k = n < PAYLOAD_BLOCK ? (size_t)n : PAYLOAD_BLOCK;

        if (infile_read(in, at, f->p->block, k, e))
            return (int)e->code;
        pass(f, f->p->block, k);
        at += k;
        n -= k;
    }
    return OK;
}

static int check_same(const struct infile *in, const struct tree_entry *t, struct err *e) {
    const struct tree_bytes *b = &t->bytes;

    if (in->st.dev != b->dev || in->st.ino != b->ino || in->size != b->host_size ||
        in->st.mtime != b->mtime || in->st.mtime_ns != b->mtime_ns)
        return err_set(e, E_INPUT, "%s: changed while it was packed; pack again when it is quiet",
                       b->path);
    return OK;
}

static int pass_file(struct flow_of *f, const struct tree_entry *t, struct err *e) {
    const struct tree_bytes *b = &t->bytes;
    AUTO(infile) in = INFILE_NONE;

    if (!b->path) {
        pass(f, b->data.p, b->data.n);
        return OK;
    }
    if (infile_open(&in, FSYS_HERE, b->path, e) || check_same(&in, t, e))
        return (int)e->code;
    if (!b->n_range) {
        if (pass_host(f, &in, b->from, t->size, e))
            return (int)e->code;
    }
    for (size_t i = 0; i < b->n_range; i++) {
        const struct tree_range *r = &b->range[i];

        if (r->data)
            pass(f, r->data, (size_t)r->n);
        else if (pass_host(f, &in, r->at, r->n, e))
            return (int)e->code;
    }
    if (infile_check_unchanged(&in, e))
        return (int)e->code;
    return OK;
}

static void keep_digests(struct tree_digests *d, const struct digest_set *set) {
    if (set->kinds & DIGEST_MD5)
        memcpy(d->md5, set->md5, sizeof d->md5);
    if (set->kinds & DIGEST_SHA256)
        memcpy(d->sha256, set->sha256, sizeof d->sha256);
    d->kinds |= set->kinds;
}

int payload_put(struct payload *p, const struct tree_entry *t, struct sink *s, struct err *e) {
    struct flow_of f = {.p = p, .s = s};
    unsigned missing = t->digests ? p->kinds & ~t->digests->kinds : 0;
    uint64_t from = s->at;
    struct digest_set set;

    if (missing && digest_new(&f.sum, missing, e))
        return (int)e->code;
    if (pass_file(&f, t, e)) {
        digest_free(f.sum);
        return (int)e->code;
    }
    if (f.sum) {
        if (digest_end(f.sum, &set, e))
            return (int)e->code;
        keep_digests(t->digests, &set);
    }
    if (!s->err.code && s->at - from != t->size)
        return err_set(e, E_BUG, STR_F ": %llu bytes were expected, %llu came", STR_A(t->path),
                       (unsigned long long)t->size, (unsigned long long)(s->at - from));
    return OK;
}

static enum codec_filter filter_of(uint16_t machine, bool arm64) {
    switch (machine) {
    case ELF_M_386:
    case ELF_M_X86_64:
        return CODEC_BCJ_X86;
    case ELF_M_ARM:
        return CODEC_BCJ_ARM;
    case ELF_M_AARCH64:
        return arm64 ? CODEC_BCJ_ARM64 : CODEC_PLAIN;
    default:
        return CODEC_PLAIN;
    }
}

enum codec_filter payload_filter(const struct tree *t, bool arm64) {
    uint64_t size[CODEC_BCJ_ARM + 1] = {0}, all = tree_size(t), best = 0;
    enum codec_filter f = CODEC_PLAIN;

    for (size_t i = 0, seen = 0; i < t->n && seen < FILTER_FILES; i++) {
        const struct tree_entry *x = &t->v[i];
        AUTO(infile) in = INFILE_NONE;
        struct elf_head head;
        struct err ignored = {0};

        if (x->kind != TREE_FILE || !(x->marks & TREE_ELF) || !x->bytes.path || x->link)
            continue;
        seen++;
        if (!infile_open(&in, FSYS_HERE, x->bytes.path, &ignored) &&
            !elf_head(&in, &head, &ignored))
            size[filter_of(head.machine, arm64)] += x->size;
    }
    for (int i = CODEC_PLAIN + 1; i <= CODEC_BCJ_ARM; i++)
        if (size[i] > best) {
            best = size[i];
            f = (enum codec_filter)i;
        }
    /* The filter makes texts and data a little larger: machine code must be a good part of it all.
     */
    return best * 3 >= all ? f : CODEC_PLAIN;
}
