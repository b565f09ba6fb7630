/* SPDX-License-Identifier: MIT */
#pragma once

#include "runtime/sqcodec.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

/* Decompressed blocks of an image, kept while there is room: many threads ask, each block is
 * decompressed once. */
struct sqblocks_slot {
    uint64_t at;     /* where the block lies in the file */
    uint32_t n;      /* how much came out */
    uint32_t stored; /* how long it is in the file, without its two bytes */
    int state;       /* one of sqblocks.c's */
    int users;
    uint64_t used; /* for the least recently used */
    unsigned char *data;
};

enum { SQBLOCKS_WORKERS = 4, SQBLOCKS_SLOTS = 64 };

struct sqblocks_worker {
    int busy;
    struct sqcodec codec;
    unsigned char *in;
};

struct sqblocks {
    int fd;
    size_t most; /* a block's size when decompressed */
    size_t n_slots;
    uint64_t clock;
    pthread_mutex_t lock;
    pthread_cond_t change;
    struct sqblocks_slot slots[SQBLOCKS_SLOTS];
    struct sqblocks_worker workers[SQBLOCKS_WORKERS];
};

/* Room for n blocks of `most` bytes each, which is taken when a block comes. */
void sqblocks_init(struct sqblocks *b, int fd, enum sqcodec_kind kind, size_t most, size_t n);

/* How a block lies there: as it is, compressed, or behind two bytes that say which and how long
 * it is (as metadata does; the size that is asked for is 0 then). */
enum sqblocks_form { SQBLOCKS_PLAIN, SQBLOCKS_PACKED, SQBLOCKS_FRAMED };

/* The block of `stored` bytes at `at` in the file; it stays until it is put back. 0, -EIO,
 * -ENOMEM. */
int sqblocks_get(struct sqblocks *b, uint64_t at, uint32_t stored, enum sqblocks_form form,
                 struct sqblocks_slot **slot);
void sqblocks_put(struct sqblocks *b, struct sqblocks_slot *slot);

void sqblocks_drop(struct sqblocks *b);
