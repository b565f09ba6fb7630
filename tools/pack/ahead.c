/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/ahead.h"

#include "base/mem.h"
#include "os/thread.h"
#include "pack/pour.h"

enum { AHEAD_SLOT = 256 * 1024, AHEAD_SLOTS = 6, AHEAD_LEAST = 32 * 1024 };

struct slot {
    char *p;
    size_t n;
};

struct ahead {
    struct thread_lock *lock;
    struct thread *thread;
    const struct tree_entry *const *v;
    size_t n;
    struct pour pour;
    /* Slots go round: the thread fills one while those between taken and given wait. */
    struct slot slot[AHEAD_SLOTS];
    uint64_t given, taken;
    bool ended, stop; /* the thread has given all it could; nobody takes more */
    struct err err;   /* of the thread; read after it ended */
    /* The thread's own. */
    size_t fill;
    bool unwanted;
    /* The taker's own. */
    size_t at;
};

/* The thread waits until the slot behind the given ones is free; false: nobody takes more. */
static bool wait_free(struct ahead *a) {
    bool go;

    thread_enter(a->lock);
    while (a->given - a->taken == AHEAD_SLOTS && !a->stop)
        thread_wait(a->lock);
    go = !a->stop;
    thread_leave(a->lock);
    return go;
}

static void give(struct ahead *a, bool end) {
    thread_enter(a->lock);
    if (a->fill)
        a->slot[a->given++ % AHEAD_SLOTS].n = a->fill;
    a->ended = end;
    thread_wake_all(a->lock);
    thread_leave(a->lock);
    a->fill = 0;
}

/* A small file is not torn in two where the slot is nearly full: that would cost another read. */
static void *room(void *self, uint64_t want, size_t *n) {
    struct ahead *a = self;
    size_t left = AHEAD_SLOT - a->fill;

    if (!left || (left < want && left < AHEAD_LEAST)) {
        give(a, false);
        left = AHEAD_SLOT;
    }
    if (!a->fill && !wait_free(a)) {
        a->unwanted = true;
        return NULL;
    }
    *n = want < left ? (size_t)want : left;
    return a->slot[a->given % AHEAD_SLOTS].p + a->fill;
}

static void filled(void *self, size_t n) {
    ((struct ahead *)self)->fill += n;
}

static void work(void *arg) {
    struct ahead *a = arg;
    const struct pour_to to = {room, filled, a};
    struct err e = {0};

    for (size_t i = 0; i < a->n && !a->unwanted && !a->err.code; i++)
        if (pour_file(&a->pour, a->v[i], &to, &e))
            a->err = e;
    give(a, true);
}

static void give_back(struct ahead *a) {
    for (size_t i = 0; i < AHEAD_SLOTS; i++)
        mem_free(a->slot[i].p);
    thread_lock_free(a->lock);
    pour_drop(&a->pour);
    mem_free(a);
}

int ahead_open(struct ahead **out, const struct tree_entry *const *v, size_t n, unsigned kinds,
               struct err *e) {
    struct ahead *a = mem_alloc(sizeof *a);

    *out = NULL;
    a->lock = thread_lock_new();
    a->v = v;
    a->n = n;
    a->pour.kinds = kinds;
    for (size_t i = 0; i < AHEAD_SLOTS; i++)
        a->slot[i].p = mem_alloc(AHEAD_SLOT);
    if (thread_start(&a->thread, work, a, e)) {
        give_back(a);
        return (int)e->code;
    }
    *out = a;
    return OK;
}

/* The slot in hand goes back when all of it was taken. */
static void give_slot_back(struct ahead *a) {
    if (a->taken < a->given && a->at == a->slot[a->taken % AHEAD_SLOTS].n) {
        a->taken++;
        a->at = 0;
        thread_wake_all(a->lock);
    }
}

int ahead_take(struct ahead *a, uint64_t most, const void **p, size_t *n, struct err *e) {
    const struct slot *s = &a->slot[a->taken % AHEAD_SLOTS];
    bool more;

    *n = 0;
    if (!a->at || a->at == s->n) {
        thread_enter(a->lock);
        give_slot_back(a);
        while (a->given == a->taken && !a->ended)
            thread_wait(a->lock);
        more = a->given != a->taken;
        thread_leave(a->lock);
        if (!more && a->err.code) {
            *e = a->err;
            return (int)e->code;
        }
        if (!more)
            return err_set(e, E_BUG, "more bytes were wanted than the files have");
        s = &a->slot[a->taken % AHEAD_SLOTS];
    }
    *p = s->p + a->at;
    *n = most < s->n - a->at ? (size_t)most : s->n - a->at;
    a->at += *n;
    return OK;
}

int ahead_close(struct ahead *a, struct err *e) {
    if (!a)
        return OK;
    thread_enter(a->lock);
    a->stop = true;
    thread_wake_all(a->lock);
    thread_leave(a->lock);
    thread_join(a->thread);
    if (a->err.code)
        *e = a->err;
    give_back(a);
    return (int)e->code;
}
