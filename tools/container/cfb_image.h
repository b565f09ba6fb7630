/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/cfb.h"

/* A compound file that is being written, new or changed: its tables in memory, its sectors in the
 * file. Shared by the files of cfb. */
enum {
    CFB_IMAGE_HEADER = 512,
    CFB_IMAGE_ENTRY = 128,
    CFB_IMAGE_MINI_SHIFT = 6,
    CFB_IMAGE_MINI = 64,      /* bytes of a small stream's sector */
    CFB_IMAGE_CUTOFF = 4096,  /* smaller streams lie in such sectors */
    CFB_IMAGE_DIFAT = 109,    /* sectors of the table that the header names itself */
    CFB_IMAGE_LOCK = 0x7fffe, /* the sector at 2 GiB of version 4, which Windows locks */
};
#define CFB_IMAGE_SECTOR_MAX 0xfffffffau
#define CFB_IMAGE_DIFSECT 0xfffffffcu
#define CFB_IMAGE_FATSECT 0xfffffffdu
#define CFB_IMAGE_END 0xfffffffeu
#define CFB_IMAGE_FREE 0xffffffffu

struct cfb_image {
    struct outfile *f;
    struct arena mem;
    unsigned version, shift;
    uint32_t *fat, *mini, *mini_at; /* sectors, small sectors, the sectors those lie in */
    size_t n_fat, n_mini, n_mini_at, fat_room, mini_room, mini_at_room;
    size_t fat_low, mini_low; /* none is free below */
    struct cfb_entry *entry;
    size_t n_entries, entry_room;
};

/* Where a sector lies in the file. */
static inline uint64_t cfb_image_at(const struct cfb_image *m, uint32_t sector) {
    return ((uint64_t)sector + 1) << m->shift;
}

/* Takes the lowest free sector, or a new one at the end, as the end of a chain; `last` (or
 * CFB_IMAGE_END) becomes the one before it. */
int cfb_image_take(struct cfb_image *m, uint32_t last, uint32_t *sector, struct err *e) MUST_USE;

/* Writes whole sectors behind `last` in a chain; *first is set when there was none. The bytes of
 * the last sector beyond n are zero. *last is where the chain ends now. */
int cfb_image_put(struct cfb_image *m, const void *p, size_t n, uint32_t *first, uint32_t *last,
                  struct err *e) MUST_USE;

/* The same for a small stream, all of it. */
int cfb_image_put_small(struct cfb_image *m, const void *p, size_t n, uint32_t *first,
                        struct err *e) MUST_USE;

/* Adds an entry and gives its index. */
size_t cfb_image_add(struct cfb_image *m, const struct cfb_entry *x);

/* Writes directory, tables and header. */
int cfb_image_finish(struct cfb_image *m, struct err *e) MUST_USE;

/* Where an entry stands in its storage's tree; CFB_IMAGE_FREE: nowhere. */
struct cfb_image_tree {
    uint32_t left, right, child;
    bool red;
};
/* Makes the trees of all storages: tree[i] for entry[i]. E_INPUT for a name that is there twice. */
int cfb_image_trees(struct cfb_image *m, struct cfb_image_tree *tree, struct err *e) MUST_USE;
