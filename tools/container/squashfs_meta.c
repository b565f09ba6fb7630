/* SPDX-License-Identifier: Apache-2.0 */
#include "container/squashfs_meta.h"

#include <string.h>

enum { META_MOST = 1 << 30, META_HEAD = 2, META_STEP = 64 };

void squashfs_meta_init(struct squashfs_meta *t, struct blockcodec *codec) {
    *t = (struct squashfs_meta){.codec = codec};
    buf_init(&t->out, META_MOST);
}

static void end_block(struct squashfs_meta *t) {
    unsigned char head[META_HEAD];
    size_t k = 0;

    if (t->err.code || !t->fill)
        return;
    if (blockcodec_pack(t->codec, t->raw, t->fill, t->packed, &k, &t->err))
        return;
    if (t->steady)
        blockcodec_round(t->codec, t->packed, &k, t->fill, sizeof t->packed, META_STEP);
    if (t->n == t->room) {
        t->room = t->room ? t->room * 2 : 64;
        t->at = mem_resize(t->at, t->room * sizeof *t->at);
    }
    t->at[t->n++] = t->out.n;
    bytes_put_le16(head, (uint16_t)(k ? k : t->fill | SQUASHFS_DISK_META_STORED));
    buf_put(&t->out, head, sizeof head);
    buf_put(&t->out, k ? t->packed : t->raw, k ? k : t->fill);
    t->fill = 0;
}

void squashfs_meta_put(struct squashfs_meta *t, const void *p, size_t n) {
    const unsigned char *from = p;

    while (n && !t->err.code) {
        size_t k = sizeof t->raw - t->fill;

        k = k < n ? k : n;
        memcpy(t->raw + t->fill, from, k);
        t->fill += k;
        from += k;
        n -= k;
        if (t->fill == sizeof t->raw)
            end_block(t);
    }
}

uint64_t squashfs_meta_ref(const struct squashfs_meta *t) {
    return (uint64_t)t->out.n << 16 | t->fill;
}

uint64_t squashfs_meta_block(const struct squashfs_meta *t, size_t i) {
    return i < t->n ? t->at[i] : t->out.n;
}

int squashfs_meta_end(struct squashfs_meta *t, struct squashfs_image *m, struct err *e) {
    end_block(t);
    if (t->err.code) {
        *e = t->err;
        return (int)e->code;
    }
    if (buf_check(&t->out, "a table of the image", e))
        return (int)e->code;
    return outfile_append(m->f, t->out.p, t->out.n, e);
}

int squashfs_meta_list(struct squashfs_meta *t, struct squashfs_image *m, uint64_t *at,
                       struct err *e) {
    uint64_t begin = m->f->size - m->base;

    if (squashfs_meta_end(t, m, e))
        return (int)e->code;
    *at = m->f->size - m->base;
    for (size_t i = 0; i < t->n; i++) {
        unsigned char place[8];

        bytes_put_le64(place, begin + t->at[i]);
        if (outfile_append(m->f, place, sizeof place, e))
            return (int)e->code;
    }
    return OK;
}

void squashfs_meta_drop(struct squashfs_meta *t) {
    buf_drop(&t->out);
    mem_free(t->at);
    t->at = NULL;
    t->n = t->room = 0;
}
