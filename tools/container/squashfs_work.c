/* SPDX-License-Identifier: Apache-2.0 */
#include "container/squashfs_work.h"

#include "container/squashfs_disk.h"
#include "crypto/digest.h"

#include <string.h>

struct squashfs_hand { /* what one thread has */
    struct blockcodec *codec;
    struct digest *sum;
    unsigned char *spare; /* compressed into, then changed for the block's */
    struct err err;
};

static void *hand_open(const void *arg) {
    const struct squashfs_work_config *config = arg;
    struct squashfs_hand *h = mem_alloc(sizeof *h);

    if (!blockcodec_new(&h->codec, &config->codec, &h->err))
        (void)!digest_new(&h->sum, DIGEST_SHA256, &h->err);
    h->spare = mem_alloc(config->codec.block);
    return h;
}

static void hand_close(void *arg) {
    struct squashfs_hand *h = arg;

    blockcodec_free(h->codec);
    digest_free(h->sum);
    mem_free(h->spare);
    mem_free(h);
}

static int sum_up(struct squashfs_hand *h, struct squashfs_work *w) {
    struct digest_set set;

    digest_put(h->sum, w->p, w->n);
    if (digest_next(h->sum, &set, &w->err))
        return (int)w->err.code;
    memcpy(w->sum, set.sha256, sizeof w->sum);
    return OK;
}

static void hand_turn(void *arg, void *task) {
    struct squashfs_hand *h = arg;
    struct squashfs_work *w = task;

    w->err = h->err;
    if (w->err.code || (w->digest && sum_up(h, w)))
        return;
    w->zero = !w->fragment && !w->p[0] && !memcmp(w->p, w->p + 1, w->n - 1);
    if (w->zero || blockcodec_pack(h->codec, w->p, w->n, h->spare, &w->packed, &w->err))
        return;
    if (w->packed) {
        unsigned char *p = w->p;

        w->p = h->spare;
        h->spare = p;
    }
}

struct squashfs_hand *squashfs_work_hand(const struct squashfs_work_config *config) {
    return hand_open(config);
}

void squashfs_work_turn(struct squashfs_hand *h, struct squashfs_work *w) {
    hand_turn(h, w);
}

void squashfs_work_let_go(struct squashfs_hand *h) {
    if (h)
        hand_close(h);
}

int squashfs_work_open(struct relay **r, const struct squashfs_work_config *config, unsigned jobs,
                       struct err *e) {
    static const struct relay_ops ops = {hand_open, hand_close, hand_turn};

    return relay_open(r, &ops, config, jobs, e);
}

void squashfs_work_clear(struct squashfs_work *w) {
    *w = (struct squashfs_work){.p = w->p};
}

size_t squashfs_work_size(const struct squashfs_work *w) {
    return w->packed ? w->packed : w->n;
}

uint32_t squashfs_work_word(const struct squashfs_work *w) {
    return (uint32_t)(w->packed ? w->packed : w->n | SQUASHFS_DISK_STORED);
}
