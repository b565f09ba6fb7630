/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/payload.h"

#include "base/mem.h"
#include "container/elf.h"

enum { PAYLOAD_BLOCK = 256 * 1024, WORTH_A_THREAD = 1024 * 1024, FILTER_FILES = 64 };

void payload_init(struct payload *p, const struct pack_job *job, unsigned kinds) {
    *p = (struct payload){.job = job, .pour = {.kinds = kinds}};
}

int payload_plan(struct payload *p, const struct tree_entry *const *v, size_t n, struct err *e) {
    uint64_t size = 0;

    for (size_t i = 0; i < n; i++)
        size += v[i]->size;
    if (p->job->jobs < 2 || size < WORTH_A_THREAD)
        return OK;
    p->plan = v;
    p->n_plan = n;
    return ahead_open(&p->ahead, v, n, p->pour.kinds, e);
}

static void pass(struct payload *p, const void *bytes, size_t n, struct sink *s) {
    sink_put(s, bytes, n);
    if (p->job->tick)
        p->job->tick(p->job->tick_self, n);
}

static int put_planned(struct payload *p, const struct tree_entry *t, struct sink *s,
                       struct err *e) {
    uint64_t left = t->size;

    if (p->next == p->n_plan || p->plan[p->next++] != t)
        return err_set(e, E_BUG, STR_F ": comes out of turn", STR_A(t->path));
    while (left && !s->err.code) {
        const void *bytes;
        size_t n;

        if (ahead_take(p->ahead, left, &bytes, &n, e))
            return (int)e->code;
        pass(p, bytes, n, s);
        left -= n;
    }
    return OK;
}

struct putter {
    struct payload *p;
    struct sink *s;
};

static void *room(void *self, uint64_t want, size_t *n) {
    const struct putter *x = self;

    *n = want < PAYLOAD_BLOCK ? (size_t)want : PAYLOAD_BLOCK;
    return x->s->err.code ? NULL : x->p->block;
}

static void filled(void *self, size_t n) {
    const struct putter *x = self;

    pass(x->p, x->p->block, n, x->s);
}

static int put_now(struct payload *p, const struct tree_entry *t, struct sink *s, struct err *e) {
    struct putter x = {p, s};
    const struct pour_to to = {room, filled, &x};

    if (!p->block)
        p->block = mem_alloc(PAYLOAD_BLOCK);
    return pour_file(&p->pour, t, &to, e);
}

int payload_put(struct payload *p, const struct tree_entry *t, struct sink *s, struct err *e) {
    uint64_t from = s->at;

    if (p->ahead ? put_planned(p, t, s, e) : put_now(p, t, s, e))
        return (int)e->code;
    if (!s->err.code && s->at - from != t->size)
        return err_set(e, E_BUG, STR_F ": %llu bytes were expected, %llu came", STR_A(t->path),
                       (unsigned long long)t->size, (unsigned long long)(s->at - from));
    return OK;
}

int payload_end(struct payload *p, int rc, struct err *e) {
    struct err late = {0};

    /* What a thread still finds after a failure does not count. */
    if (ahead_close(p->ahead, &late) && !rc) {
        *e = late;
        rc = (int)late.code;
    }
    pour_drop(&p->pour);
    mem_free(p->block);
    *p = (struct payload){0};
    return rc;
}

int payload_digests(const struct pack_job *job, const struct tree *t, unsigned kinds,
                    struct err *e) {
    struct pack_job quiet = *job;
    struct payload p;
    int rc = OK;

    quiet.tick = NULL;
    payload_init(&p, &quiet, kinds);
    for (size_t i = 0; i < t->n && !rc; i++) {
        struct sink s = SINK_NONE;

        if (t->v[i].kind != TREE_FILE || (t->v[i].digests->kinds & kinds) == kinds)
            continue;
        sink_null(&s);
        rc = payload_put(&p, &t->v[i], &s, e);
        sink_drop(&s);
    }
    return payload_end(&p, rc, e);
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
