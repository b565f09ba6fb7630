/* SPDX-License-Identifier: MIT */
#include "runtime/sqblocks.h"

#include "runtime/lebytes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EMPTY, LOADING, READY };

void sqblocks_init(struct sqblocks *b, int fd, enum sqcodec_kind kind, size_t most, size_t n) {
    memset(b, 0, sizeof *b);
    b->fd = fd;
    b->most = most;
    b->n_slots = n < SQBLOCKS_SLOTS ? n : SQBLOCKS_SLOTS;
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->change, NULL);
    for (size_t i = 0; i < SQBLOCKS_WORKERS; i++)
        b->workers[i].codec.kind = kind;
}

void sqblocks_drop(struct sqblocks *b) {
    for (size_t i = 0; i < b->n_slots; i++)
        free(b->slots[i].data);
    for (size_t i = 0; i < SQBLOCKS_WORKERS; i++) {
        sqcodec_drop(&b->workers[i].codec);
        free(b->workers[i].in);
    }
    pthread_cond_destroy(&b->change);
    pthread_mutex_destroy(&b->lock);
    memset(b, 0, sizeof *b);
}

/* How many of n bytes there are. */
static ssize_t read_some(int fd, unsigned char *p, size_t n, uint64_t at) {
    size_t done = 0;
    while (done < n) {
        ssize_t got = pread(fd, p + done, n - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -EIO;
        if (!got)
            break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

static int unpack(struct sqblocks *b, struct sqblocks_worker *w, struct sqblocks_slot *s,
                  const unsigned char *in) {
    int rc = sqcodec_decode(&w->codec, in, s->stored, s->data, b->most);
    s->n = rc < 0 ? 0 : (uint32_t)rc;
    return rc < 0 ? rc : 0;
}

enum { FRAME = 2, FRAME_PLAIN = 0x8000 };

static int load_framed(struct sqblocks *b, struct sqblocks_worker *w, struct sqblocks_slot *s) {
    ssize_t got = read_some(b->fd, w->in, b->most + FRAME, s->at);
    if (got <= FRAME)
        return -EIO;
    uint16_t head = lebytes_16(w->in);
    s->stored = head & (FRAME_PLAIN - 1);
    if (!s->stored || s->stored > b->most || s->stored > (size_t)got - FRAME)
        return -EIO;
    if (!(head & FRAME_PLAIN))
        return unpack(b, w, s, w->in + FRAME);
    memcpy(s->data, w->in + FRAME, s->stored);
    s->n = s->stored;
    return 0;
}

/* Without the lock: the slot is LOADING and the worker busy, so both are this thread's. */
static int load(struct sqblocks *b, struct sqblocks_worker *w, struct sqblocks_slot *s,
                enum sqblocks_form form) {
    if (!s->data && !(s->data = malloc(b->most)))
        return -ENOMEM;
    if (form != SQBLOCKS_PLAIN && !w->in && !(w->in = malloc(b->most + FRAME)))
        return -ENOMEM;
    if (form == SQBLOCKS_FRAMED)
        return load_framed(b, w, s);
    unsigned char *to = form == SQBLOCKS_PACKED ? w->in : s->data;
    if (read_some(b->fd, to, s->stored, s->at) != (ssize_t)s->stored)
        return -EIO;
    if (form == SQBLOCKS_PACKED)
        return unpack(b, w, s, w->in);
    s->n = s->stored;
    return 0;
}

static struct sqblocks_slot *find(struct sqblocks *b, uint64_t at) {
    for (size_t i = 0; i < b->n_slots; i++)
        if (b->slots[i].state != EMPTY && b->slots[i].at == at)
            return &b->slots[i];
    return NULL;
}

static struct sqblocks_slot *oldest(struct sqblocks *b) {
    struct sqblocks_slot *best = NULL;
    for (size_t i = 0; i < b->n_slots; i++) {
        struct sqblocks_slot *s = &b->slots[i];
        if (s->state != LOADING && !s->users && (!best || s->used < best->used))
            best = s;
    }
    return best;
}

static struct sqblocks_worker *idle(struct sqblocks *b) {
    for (size_t i = 0; i < SQBLOCKS_WORKERS; i++)
        if (!b->workers[i].busy)
            return &b->workers[i];
    return NULL;
}

/* With the lock held: loads the block into s by w. */
static int fetch(struct sqblocks *b, struct sqblocks_slot *s, struct sqblocks_worker *w,
                 uint64_t at, uint32_t stored, enum sqblocks_form form) {
    s->state = LOADING;
    s->at = at;
    s->stored = stored;
    w->busy = 1;
    pthread_mutex_unlock(&b->lock);
    int rc = load(b, w, s, form);
    pthread_mutex_lock(&b->lock);
    w->busy = 0;
    s->state = rc ? EMPTY : READY;
    s->used = rc ? 0 : ++b->clock;
    s->users = rc ? 0 : 1;
    pthread_cond_broadcast(&b->change);
    return rc;
}

int sqblocks_get(struct sqblocks *b, uint64_t at, uint32_t stored, enum sqblocks_form form,
                 struct sqblocks_slot **slot) {
    *slot = NULL;
    if (stored > b->most)
        return -EIO;
    pthread_mutex_lock(&b->lock);
    int rc = 0;
    for (;;) {
        struct sqblocks_slot *s = find(b, at);
        if (s && s->state == READY) {
            /* Two sizes for one place: one of them is a lie. */
            rc = form == SQBLOCKS_FRAMED || s->stored == stored ? 0 : -EIO;
            if (!rc) {
                s->used = ++b->clock;
                s->users++;
                *slot = s;
            }
            break;
        }
        struct sqblocks_worker *w = idle(b);
        if (!s && w && (s = oldest(b)) != NULL) {
            rc = fetch(b, s, w, at, stored, form);
            if (!rc)
                *slot = s;
            break;
        }
        pthread_cond_wait(&b->change, &b->lock);
    }
    pthread_mutex_unlock(&b->lock);
    return rc;
}

void sqblocks_put(struct sqblocks *b, struct sqblocks_slot *slot) {
    if (!slot)
        return;
    pthread_mutex_lock(&b->lock);
    if (!--slot->users)
        pthread_cond_broadcast(&b->change);
    pthread_mutex_unlock(&b->lock);
}
