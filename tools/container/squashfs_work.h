/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "io/blockcodec.h"
#include "io/relay.h"

/* A block on its way through the threads that compress. */
struct squashfs_work {
    unsigned char *p; /* room for a block: in it goes what a file holds, out comes the disk's */
    size_t n;         /* bytes that went in */
    size_t file;      /* whose they are: a node's index */
    uint64_t index;   /* which of its blocks */
    bool fragment;    /* many files', instead */
    bool last;        /* of the file */
    bool digest;      /* is wanted, in sum */
    size_t packed;    /* out: bytes; 0: they did not become less and are as they were */
    bool zero;        /* out: nothing but zeros, left as it was */
    unsigned char sum[32];
    struct err err;
};

struct squashfs_hand;
struct squashfs_work_config {
    struct blockcodec_opts codec;
};

/* Threads for blocks; `config` must stay. relay_close ends them. */
int squashfs_work_open(struct relay **r, const struct squashfs_work_config *config, unsigned jobs,
                       struct err *e) MUST_USE;

/* The same by the caller's own hand, for what costs less than to pass it on. */
struct squashfs_hand *squashfs_work_hand(const struct squashfs_work_config *config);
void squashfs_work_turn(struct squashfs_hand *h, struct squashfs_work *w);
void squashfs_work_let_go(struct squashfs_hand *h); /* NULL is fine */

void squashfs_work_clear(struct squashfs_work *w);          /* all but its memory */
size_t squashfs_work_size(const struct squashfs_work *w);   /* bytes on the disk */
uint32_t squashfs_work_word(const struct squashfs_work *w); /* the same as the disk says it */
