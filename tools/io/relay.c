/* SPDX-License-Identifier: Apache-2.0 */
#include "io/relay.h"

#include "base/arena.h"
#include "os/thread.h"

#include <stdint.h>

struct place {
    void *task;
    bool done;
};

struct relay {
    const struct relay_ops *ops;
    const void *config;
    struct thread_lock *lock;
    struct place *ring;
    size_t depth;
    uint64_t given, begun, taken; /* tasks: taken <= begun <= given */
    struct thread **thread;
    size_t n_threads;
    bool stop;
};

static void work(void *arg) {
    struct relay *r = arg;
    void *worker = r->ops->open ? r->ops->open(r->config) : NULL;

    thread_enter(r->lock);
    while (true) {
        struct place *p;

        while (r->begun == r->given && !r->stop)
            thread_wait(r->lock);
        if (r->stop)
            break;
        p = &r->ring[r->begun++ % r->depth];
        thread_leave(r->lock);
        r->ops->turn(worker, p->task);
        thread_enter(r->lock);
        p->done = true;
        thread_wake_all(r->lock);
    }
    thread_leave(r->lock);
    if (r->ops->close)
        r->ops->close(worker);
}

int relay_open(struct relay **out, const struct relay_ops *ops, const void *config, unsigned jobs,
               struct err *e) {
    struct relay *r = mem_alloc(sizeof *r);
    int rc = OK;

    jobs = jobs ? jobs : 1;
    *out = NULL;
    *r = (struct relay){.ops = ops, .config = config, .depth = (size_t)jobs + 1};
    r->lock = thread_lock_new();
    r->ring = mem_alloc(r->depth * sizeof *r->ring);
    r->thread = mem_alloc(jobs * sizeof(struct thread *));
    while (r->n_threads < jobs && !rc) {
        rc = thread_start(&r->thread[r->n_threads], work, r, e);
        r->n_threads += !rc;
    }
    if (!r->n_threads) {
        relay_close(r);
        return (int)e->code;
    }
    *e = (struct err){0}; /* fewer hands do the same work */
    *out = r;
    return OK;
}

size_t relay_depth(const struct relay *r) {
    return r->depth;
}

size_t relay_out(const struct relay *r) {
    return (size_t)(r->given - r->taken); /* both move in this thread only */
}

void relay_give(struct relay *r, void *task) {
    thread_enter(r->lock);
    r->ring[r->given++ % r->depth] = (struct place){task, false};
    thread_wake_all(r->lock);
    thread_leave(r->lock);
}

void *relay_take(struct relay *r, bool wait) {
    struct place *p = &r->ring[r->taken % r->depth];
    void *task = NULL;

    if (!relay_out(r))
        return NULL;
    thread_enter(r->lock);
    while (wait && !p->done)
        thread_wait(r->lock);
    if (p->done) {
        task = p->task;
        r->taken++;
    }
    thread_leave(r->lock);
    return task;
}

void relay_close(struct relay *r) {
    if (!r)
        return;
    thread_enter(r->lock);
    r->stop = true;
    thread_wake_all(r->lock);
    thread_leave(r->lock);
    for (size_t i = 0; i < r->n_threads; i++)
        thread_join(r->thread[i]);
    thread_lock_free(r->lock);
    mem_free(r->ring);
    mem_free(r->thread);
    mem_free(r);
}
