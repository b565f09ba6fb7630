/* SPDX-License-Identifier: Apache-2.0 */
#include "container/squashfs_bytes.h"

#include <string.h>

void squashfs_bytes_init(struct squashfs_bytes *b, struct squashfs_table *t) {
    *b = (struct squashfs_bytes){.t = t};
    b->packed = mem_alloc(t->s.block);
    b->block = mem_alloc(t->s.block);
}

void squashfs_bytes_drop(struct squashfs_bytes *b) {
    mem_free(b->packed);
    mem_free(b->block);
    for (size_t i = 0; i < SQUASHFS_BYTES_KEPT; i++)
        mem_free(b->kept[i].p);
}

static int fill_fragment(struct squashfs_bytes *b, struct squashfs_bytes_kept *k, struct err *e) {
    struct squashfs_table *t = b->t;
    unsigned char row[SQUASHFS_DISK_FRAGMENT];

    if (b->x.fragment >= t->s.fragments)
        return squashfs_table_bad(t, e, "fragment %u of %u", (unsigned)b->x.fragment,
                                  (unsigned)t->s.fragments);
    if (squashfs_table_row(t, t->s.fragment_table, b->x.fragment, row, sizeof row, e))
        return (int)e->code;
    if (!k->p)
        k->p = mem_alloc(t->s.block);
    if (squashfs_table_data(t, bytes_le64(row), bytes_le32(row + 8), b->packed, k->p, t->s.block,
                            &k->n, e))
        return (int)e->code;
    k->index = b->x.fragment;
    k->filled = true;
    return OK;
}

static int get_fragment(struct squashfs_bytes *b, struct err *e) {
    struct squashfs_bytes_kept *oldest = &b->kept[0];
    size_t n = (size_t)b->left;

    for (size_t i = 0; i < SQUASHFS_BYTES_KEPT; i++) {
        struct squashfs_bytes_kept *k = &b->kept[i];

        if (k->filled && k->index == b->x.fragment) {
            oldest = k;
            break;
        }
        if (k->used < oldest->used)
            oldest = k;
    }
    if (!oldest->filled || oldest->index != b->x.fragment) {
        oldest->filled = false;
        if (fill_fragment(b, oldest, e))
            return (int)e->code;
    }
    oldest->used = ++b->clock;
    if (b->x.offset > oldest->n || n > oldest->n - b->x.offset)
        return squashfs_table_bad(b->t, e, "a file that reaches beyond its fragment");
    b->p = oldest->p + b->x.offset;
    b->n = n;
    b->left = 0;
    return OK;
}

static int get_block(struct squashfs_bytes *b, struct err *e) {
    struct squashfs_table *t = b->t;
    size_t want = b->left < t->s.block ? (size_t)b->left : t->s.block;
    unsigned char p[4];
    uint32_t word;

    if (want < t->s.block && b->x.fragment != SQUASHFS_DISK_NONE32)
        return get_fragment(b, e);
    if (squashfs_table_get(t, &b->x.more, p, sizeof p, e))
        return (int)e->code;
    word = bytes_le32(p);
    b->n = want;
    if (!word)
        memset(b->block, 0, want);
    else if (squashfs_table_data(t, b->next, word, b->packed, b->block, want, &b->n, e))
        return (int)e->code;
    if (b->n != want)
        return squashfs_table_bad(t, e, "a data block that stands for %zu bytes instead of %zu",
                                  b->n, want);
    b->next += word & (SQUASHFS_DISK_STORED - 1);
    b->p = b->block;
    b->left -= want;
    return OK;
}

static int get(struct source *s, void *p, size_t n, size_t *got, struct err *e) {
    struct squashfs_bytes *b = s->self;

    *got = 0;
    if (!b->n && b->left && get_block(b, e))
        return (int)e->code;
    *got = n < b->n ? n : b->n;
    memcpy(p, b->p, *got);
    b->p += *got;
    b->n -= *got;
    return OK;
}

void squashfs_bytes_source(struct squashfs_bytes *b, const struct squashfs_inode *x,
                           struct source *s) {
    static const struct source_ops ops = {get, NULL};

    b->x = *x;
    b->left = x->type == SQUASHFS_DISK_FILE ? x->size : 0;
    b->next = x->start;
    b->p = b->block;
    b->n = 0;
    source_init(s, &ops, b);
}
