/* SPDX-License-Identifier: Apache-2.0 */
#include "io/blocks.h"

#include "io/relay.h"

#include <string.h>

struct block {
    struct blocks *of;
    bool last;
    char *in, *out;
    size_t in_n, out_n;
    struct err err;
};

struct blocks {
    struct sink *below;
    const struct blocks_ops *ops;
    size_t block, room;
    struct relay_ops relay_ops;
    struct relay *relay;
    struct block *v; /* used in turn: one is filled while the others are out */
    size_t n, filling;
};

static void turn_block(void *worker, void *task) {
    struct block *b = task;
    const struct blocks_ops *ops = b->of->ops;

    if (ops->turn(worker, b->in, b->in_n, b->last, b->out, b->of->room, &b->out_n, &b->err))
        b->out_n = 0;
}

/* Puts the oldest block below; false: none was ready. */
static bool write_oldest(struct blocks *b, bool wait, struct err *e) {
    struct block *done = relay_take(b->relay, wait);

    if (!done)
        return false;
    if (done->err.code)
        *e = done->err;
    else
        sink_put(b->below, done->out, done->out_n);
    if (!e->code && b->below->err.code)
        *e = b->below->err;
    done->in_n = 0;
    return true;
}

static int hand_out(struct blocks *b, bool last, struct err *e) {
    struct block *full = &b->v[b->filling];

    while (relay_out(b->relay) == relay_depth(b->relay) && !e->code)
        write_oldest(b, true, e);
    if (e->code)
        return (int)e->code;
    full->last = last;
    relay_give(b->relay, full);
    b->filling = (b->filling + 1) % b->n;
    while (!e->code && write_oldest(b, false, e))
        ;
    return (int)e->code;
}

/* A full block is handed out only when the next byte comes: the last one must know that it is the
 * last. */
static int blocks_put(struct sink *sink, const void *p, size_t n, struct err *e) {
    struct blocks *b = sink->self;
    const char *from = p;

    while (n) {
        struct block *x = &b->v[b->filling];
        size_t k = b->block - x->in_n < n ? b->block - x->in_n : n;

        if (!k) {
            if (hand_out(b, false, e))
                return (int)e->code;
            continue;
        }
        memcpy(x->in + x->in_n, from, k);
        x->in_n += k;
        from += k;
        n -= k;
    }
    return OK;
}

static void give_back(struct blocks *b) {
    relay_close(b->relay); /* first: the threads may still be at work on blocks */
    for (size_t i = 0; i < b->n; i++) {
        mem_free(b->v[i].in);
        mem_free(b->v[i].out);
    }
    mem_free(b->v);
    mem_free(b);
}

static int blocks_close(struct sink *sink, struct err *e) {
    struct blocks *b = sink->self;

    if (!sink->err.code && !hand_out(b, true, e))
        while (!e->code && write_oldest(b, true, e))
            ;
    give_back(b);
    return (int)e->code;
}

int blocks_sink(struct sink *s, struct sink *below, const struct blocks_ops *ops,
                const void *config, size_t block, size_t room, unsigned jobs, struct err *e) {
    static const struct sink_ops sink_ops = {blocks_put, blocks_close};
    struct blocks *b = mem_alloc(sizeof *b);

    *s = SINK_NONE;
    *b = (struct blocks){.below = below, .ops = ops, .block = block, .room = room};
    b->relay_ops = (struct relay_ops){ops->open, ops->close, turn_block};
    if (relay_open(&b->relay, &b->relay_ops, config, jobs, e)) {
        mem_free(b);
        return (int)e->code;
    }
    b->n = relay_depth(b->relay) + 1;
    b->v = mem_alloc(b->n * sizeof *b->v);
    for (size_t i = 0; i < b->n; i++) {
        b->v[i].of = b;
        b->v[i].in = mem_alloc(block); /* untouched pages cost nothing: small streams stay small */
        b->v[i].out = mem_alloc(room);
    }
    sink_init(s, &sink_ops, b);
    return OK;
}
