/* SPDX-License-Identifier: Apache-2.0 */
#include "os/thread.h"

#include "base/arena.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct thread {
    pthread_t id;
    void (*fn)(void *);
    void *arg;
};

struct thread_lock {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
};

unsigned thread_cores(void) {
    cpu_set_t set;
    long n;

    if (!sched_getaffinity(0, sizeof set, &set) && CPU_COUNT(&set) > 0)
        return (unsigned)CPU_COUNT(&set);
    n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (unsigned)n : 1;
}

static void *run(void *arg) {
    struct thread *t = arg;

    t->fn(t->arg);
    return NULL;
}

int thread_start(struct thread **out, void (*fn)(void *), void *arg, struct err *e) {
    struct thread *t = mem_alloc(sizeof *t);
    int rc;

    *out = NULL;
    t->fn = fn;
    t->arg = arg;
    rc = pthread_create(&t->id, NULL, run, t);
    if (rc) {
        mem_free(t);
        return err_set(e, E_INPUT, "no thread can be started: %s", strerror(rc));
    }
    *out = t;
    return OK;
}

void thread_join(struct thread *t) {
    if (!t)
        return;
    pthread_join(t->id, NULL);
    mem_free(t);
}

struct thread_lock *thread_lock_new(void) {
    struct thread_lock *l = mem_alloc(sizeof *l);

    pthread_mutex_init(&l->mutex, NULL);
    pthread_cond_init(&l->cond, NULL);
    return l;
}

void thread_lock_free(struct thread_lock *l) {
    if (!l)
        return;
    pthread_cond_destroy(&l->cond);
    pthread_mutex_destroy(&l->mutex);
    mem_free(l);
}

void thread_enter(struct thread_lock *l) {
    pthread_mutex_lock(&l->mutex);
}

void thread_leave(struct thread_lock *l) {
    pthread_mutex_unlock(&l->mutex);
}

void thread_wait(struct thread_lock *l) {
    pthread_cond_wait(&l->cond, &l->mutex);
}

void thread_wake_all(struct thread_lock *l) {
    pthread_cond_broadcast(&l->cond);
}

struct crew { /* threads that share a list of numbered tasks */
    struct thread_lock *lock;
    size_t next, n;
    int (*fn)(void *ctx, size_t i, struct err *e);
    void *ctx;
    size_t failed; /* smallest index that failed, n while none did */
    struct err err;
};

/* Tasks start in order and a failure stops new ones, so every index below the smallest failing one
 * has run. */
static void work(void *arg) {
    struct crew *c = arg;

    for (;;) {
        struct err e = {0};
        size_t i;

        thread_enter(c->lock);
        i = c->failed < c->n ? c->n : c->next;
        if (i < c->n)
            c->next++;
        thread_leave(c->lock);
        if (i >= c->n)
            return;
        if (!c->fn(c->ctx, i, &e))
            continue;
        thread_enter(c->lock);
        if (i < c->failed) {
            c->failed = i;
            c->err = e;
        }
        thread_leave(c->lock);
    }
}

int thread_each(unsigned jobs, size_t n, int (*fn)(void *ctx, size_t i, struct err *e), void *ctx,
                struct err *e) {
    struct crew c = {.n = n, .fn = fn, .ctx = ctx, .failed = n};
    struct thread **t;
    size_t extra, started = 0;

    if (!n)
        return OK;
    c.lock = thread_lock_new();
    extra = jobs > 1 ? (jobs - 1 < n - 1 ? jobs - 1 : n - 1) : 0;
    t = mem_alloc((extra + 1) * sizeof *t);
    while (started < extra) {
        struct err ignored = {0};

        if (thread_start(&t[started], work, &c, &ignored))
            break; /* fewer hands, same work */
        started++;
    }
    work(&c);
    while (started)
        thread_join(t[--started]);
    mem_free(t);
    thread_lock_free(c.lock);
    if (c.failed == n)
        return OK;
    *e = c.err;
    return (int)e->code;
}
