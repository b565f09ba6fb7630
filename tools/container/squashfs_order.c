/* SPDX-License-Identifier: Apache-2.0 */
#include "container/squashfs_order.h"

#include "container/squashfs_disk.h"

static bool is_folder(const struct squashfs_image *m, size_t i) {
    return squashfs_image_entry(m, i)->kind == SQUASHFS_DIR;
}

static void put(const struct squashfs_image *m, struct squashfs_order *o, size_t i) {
    if (!squashfs_image_link(m, i))
        o->v[o->n++] = (uint32_t)i;
}

static void walk(const struct squashfs_image *m, struct arena *mem, struct squashfs_order *o) {
    uint32_t *open = arena_array(mem, m->n, sizeof *open); /* folders, one in the other */
    uint32_t *left = arena_array(mem, m->n, sizeof *left); /* 1 + index of what comes next there */
    size_t depth = 1;

    left[0] = m->node[0].child;
    while (depth) {
        uint32_t up = open[depth - 1], k = left[up];

        if (!k) {
            put(m, o, up);
            depth--;
            continue;
        }
        left[up] = m->node[k - 1].next;
        if (is_folder(m, k - 1)) {
            left[k - 1] = m->node[k - 1].child;
            open[depth++] = k - 1;
        } else
            put(m, o, k - 1);
    }
}

void squashfs_order_list(const struct squashfs_image *m, struct arena *mem,
                         struct squashfs_order *o) {
    *o = (struct squashfs_order){.v = arena_array(mem, m->n, sizeof *o->v)};
    if (m->o->as_mksquashfs) {
        walk(m, mem, o);
        return;
    }
    for (size_t i = 0; i < m->n; i++)
        if (!is_folder(m, i))
            put(m, o, i);
    for (size_t i = m->n; i-- > 0;)
        if (is_folder(m, i))
            put(m, o, i);
}

void squashfs_order_number(struct squashfs_image *m) {
    for (size_t i = 1; i < m->n; i++) {
        size_t link = squashfs_image_link(m, i);

        if (link)
            m->node[i].number = m->node[link - 1].number;
        else
            m->node[i].number--;
    }
    m->node[0].number = m->inodes;
}

void squashfs_order_refs(const struct squashfs_image *m, struct arena *mem, struct str *table) {
    char *p = arena_array(mem, m->inodes, 8);

    for (size_t i = 0; i < m->n; i++)
        if (!squashfs_image_link(m, i))
            bytes_put_le64(p + 8 * (size_t)(m->node[i].number - 1), m->node[i].ref);
    *table = (struct str){p, 8 * (size_t)m->inodes};
}
