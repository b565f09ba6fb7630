/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/arena.h"
#include "container/squashfs.h"
#include "io/blockcodec.h"

/* An image in the making, as the writer's parts share it. */

struct squashfs_node { /* what is known of an entry beside what it says itself */
    uint64_t start;    /* of its first block, from where the image begins */
    uint64_t sparse;   /* bytes in holes */
    uint64_t ref;      /* its inode: metadata block << 16 | offset */
    uint32_t *size;    /* words of the block list */
    uint32_t fragment, offset;
    uint32_t same;        /* 1 + index of an earlier file with the same bytes; 0: none */
    uint32_t number;      /* of the inode */
    uint32_t links;       /* names of a file; folders in a folder */
    uint32_t xattr;       /* index in the table */
    uint32_t child, next; /* 1 + index: the first in this folder, the next in the same one */
    uint16_t uid, gid;    /* indices in the table of ids */
};

struct squashfs_image {
    const struct squashfs_opts *o;
    const struct squashfs_files *files;
    struct outfile *f;
    uint64_t base; /* where the image begins in it */
    uint32_t block;
    struct blockcodec_opts codec;
    struct arena mem;
    struct squashfs_entry root; /* stands for the root when the files do not name it */
    bool own_root;
    struct squashfs_node *node;
    size_t n;           /* nodes; node 0 is the root */
    uint32_t inodes;    /* hard links count once */
    uint32_t *fragment; /* words: the size of each fragment block, which lie one behind the other */
    uint64_t fragment_at;
    size_t n_fragments, fragments_room;
};

static inline const struct squashfs_entry *squashfs_image_entry(const struct squashfs_image *m,
                                                                size_t i) {
    return m->own_root ? i ? &m->files->v[i - 1] : &m->root : &m->files->v[i];
}

/* 1 + index of the node that entry i is a hard link to; 0: none. */
static inline size_t squashfs_image_link(const struct squashfs_image *m, size_t i) {
    size_t link = squashfs_image_entry(m, i)->link;

    return link ? link + m->own_root : 0;
}

/* The bytes that a file's blocks, all but the fragment, hold: m->block each, the last perhaps
 * less. */
static inline bool squashfs_image_small(const struct squashfs_image *m,
                                        const struct squashfs_entry *x) {
    return x->size < m->block && !m->o->no_fragments;
}

static inline uint64_t squashfs_image_blocks(const struct squashfs_image *m,
                                             const struct squashfs_entry *x) {
    return squashfs_image_small(m, x) ? 0 : x->size / m->block + (x->size % m->block != 0);
}
