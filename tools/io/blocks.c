/* SPDX-License-Identifier: Apache-2.0 */
#include "io/blocks.h"

#include "os/thread.h"

#include <string.h>

enum blocks_state { BLOCK_FREE, BLOCK_FULL, BLOCK_BUSY, BLOCK_DONE };

struct slot {
    enum blocks_state state;
    bool last;
    char *in, *out;
    size_t in_n, out_n;
    struct err err;
};

struct blocks {
    struct sink *below;
    const struct blocks_ops *ops;
    const void *config;
    size_t block, room;
    struct thread_lock *lock;
    struct slot *slot;
    size_t n_slots;
    uint64_t filled, taken, written; /* blocks: handed out to workers, taken by them, put below */
    struct thread **thread;
    size_t n_threads;
    bool stop;
};

static void turn_slot(struct blocks *b, void *worker, struct slot *s) {
    b->ops->turn(worker, s->in, s->in_n, s->last, s->out, b->room, &s->out_n, &s->err);
}

static void work(void *arg) {
    struct blocks *b = arg;
    void *worker = b->ops->open ? b->ops->open(b->config) : NULL;

    thread_enter(b->lock);
    for (;;) {
        struct slot *s;

        while (b->taken == b->filled && !b->stop)
            thread_wait(b->lock);
        if (b->taken == b->filled)
            break;
        s = &b->slot[b->taken++ % b->n_slots];
        s->state = BLOCK_BUSY;
        thread_leave(b->lock);
        turn_slot(b, worker, s);
        thread_enter(b->lock);
        s->state = BLOCK_DONE;
        thread_wake_all(b->lock);
    }
    thread_leave(b->lock);
    if (b->ops->close)
        b->ops->close(worker);
}

/* Puts the oldest block below; waits for it when `wait`. False: nothing was ready. */
static bool write_oldest(struct blocks *b, bool wait, struct err *e) {
    struct slot *s = &b->slot[b->written % b->n_slots];

    thread_enter(b->lock);
    while (wait && b->written < b->filled && s->state != BLOCK_DONE)
        thread_wait(b->lock);
    if (b->written == b->filled || s->state != BLOCK_DONE) {
        thread_leave(b->lock);
        return false;
    }
    thread_leave(b->lock);
    if (s->err.code)
        *e = s->err;
    else
        sink_put(b->below, s->out, s->out_n);
    if (!e->code && b->below->err.code)
        *e = b->below->err;
    s->state = BLOCK_FREE;
    s->in_n = 0;
    b->written++;
    return true;
}

/* The slot that is being filled; its memory comes when it is first used, so that small streams stay
 * small. */
static struct slot *filling(struct blocks *b, struct err *e) {
    struct slot *s = &b->slot[b->filled % b->n_slots];

    while (b->filled - b->written >= b->n_slots && !e->code)
        write_oldest(b, true, e);
    if (!s->in) {
        s->in = mem_alloc(b->block);
        s->out = mem_alloc(b->room);
    }
    return s;
}

static void hand_out(struct blocks *b, struct slot *s, bool last) {
    s->last = last;
    thread_enter(b->lock);
    s->state = BLOCK_FULL;
    b->filled++;
    thread_wake_all(b->lock);
    thread_leave(b->lock);
}

/* A full block is handed out only when the next byte comes: the last one must know that it is the
 * last. */
static int blocks_put(struct sink *sink, const void *p, size_t n, struct err *e) {
    struct blocks *b = sink->self;
    const char *from = p;

    while (n && !e->code) {
        struct slot *s = filling(b, e);
        size_t k = b->block - s->in_n < n ? b->block - s->in_n : n;

        if (e->code)
            break;
        if (!k) {
            hand_out(b, s, false);
            while (write_oldest(b, false, e) && !e->code)
                ;
            continue;
        }
        memcpy(s->in + s->in_n, from, k);
        s->in_n += k;
        from += k;
        n -= k;
    }
    return (int)e->code;
}

static int blocks_close(struct sink *sink, struct err *e) {
    struct blocks *b = sink->self;

    if (!sink->err.code) {
        struct slot *s = filling(b, e);

        if (!e->code)
            hand_out(b, s, true);
        while (!e->code && write_oldest(b, true, e))
            ;
    }
    thread_enter(b->lock);
    b->stop = true;
    b->filled = e->code || sink->err.code ? b->taken : b->filled;
    thread_wake_all(b->lock);
    thread_leave(b->lock);
    for (size_t i = 0; i < b->n_threads; i++)
        thread_join(b->thread[i]);
    for (size_t i = 0; i < b->n_slots; i++) {
        mem_free(b->slot[i].in);
        mem_free(b->slot[i].out);
    }
    mem_free(b->slot);
    mem_free(b->thread);
    thread_lock_free(b->lock);
    mem_free(b);
    return (int)e->code;
}

int blocks_sink(struct sink *s, struct sink *below, const struct blocks_ops *ops,
                const void *config, size_t block, size_t room, unsigned jobs, struct err *e) {
    static const struct sink_ops sink_ops = {blocks_put, blocks_close};
    struct blocks *b = mem_alloc(sizeof *b);
    int rc = OK;

    jobs = jobs ? jobs : 1;
    *b =
        (struct blocks){.below = below, .ops = ops, .config = config, .block = block, .room = room};
    b->lock = thread_lock_new();
    b->n_slots = jobs + 2;
    b->slot = mem_alloc(b->n_slots * sizeof *b->slot);
    b->thread = mem_alloc(jobs * sizeof *b->thread);
    sink_init(s, &sink_ops, b);
    while (b->n_threads < jobs && !rc) {
        rc = thread_start(&b->thread[b->n_threads], work, b, e);
        b->n_threads += !rc;
    }
    if (b->n_threads) { /* fewer hands do the same work */
        *e = (struct err){0};
        return OK;
    }
    sink_fail(s, e);
    sink_drop(s);
    return (int)e->code;
}
