/* SPDX-License-Identifier: Apache-2.0 */
#include "container/cfb_image.h"

#include <stdlib.h>

struct leaf {
    const struct cfb_entry *x;
    uint32_t i;
};

static int by_storage(const void *a, const void *b) {
    const struct cfb_entry *x = ((const struct leaf *)a)->x, *y = ((const struct leaf *)b)->x;

    if (x->parent != y->parent)
        return x->parent < y->parent ? -1 : 1;
    return cfb_name_cmp(&x->name, &y->name);
}

/* The middle one above the halves: all levels but the last are full, so the tree is a red-black one
 * when the nodes of a last level that is not full are red. */
static uint32_t plant(const struct leaf *v, size_t n, struct cfb_image_tree *tree, unsigned depth,
                      unsigned red) {
    struct cfb_image_tree *t;

    if (!n)
        return CFB_IMAGE_FREE;
    t = &tree[v[n / 2].i];
    t->red = red && depth == red;
    t->left = plant(v, n / 2, tree, depth + 1, red);
    t->right = plant(v + n / 2 + 1, n - n / 2 - 1, tree, depth + 1, red);
    return v[n / 2].i;
}

/* The depth whose nodes are red: 0, where the root is, for none. */
static unsigned red_depth(size_t n) {
    unsigned d = 0;

    while (((size_t)2 << d) - 1 < n)
        d++;
    return ((size_t)2 << d) - 1 == n ? 0 : d;
}

int cfb_image_trees(struct cfb_image *m, struct cfb_image_tree *tree, struct err *e) {
    AUTO(arena) mem = {0};
    struct leaf *v = arena_array(&mem, m->n_entries, sizeof *v);
    size_t n = m->n_entries - 1;

    for (size_t i = 0; i < m->n_entries; i++) {
        tree[i] = (struct cfb_image_tree){CFB_IMAGE_FREE, CFB_IMAGE_FREE, CFB_IMAGE_FREE, false};
        if (i)
            v[i - 1] = (struct leaf){&m->entry[i], (uint32_t)i};
    }
    qsort(v, n, sizeof *v, by_storage);
    for (size_t i = 1; i < n; i++)
        if (by_storage(&v[i - 1], &v[i]) == 0) {
            struct str name = cfb_name_str(&mem, &v[i].x->name);

            return err_set(e, E_INPUT, "%s: two streams are called " STR_F, m->f->name,
                           STR_A(name));
        }
    for (size_t i = 0, k; i < n; i = k) {
        for (k = i + 1; k < n && v[k].x->parent == v[i].x->parent;)
            k++;
        tree[v[i].x->parent].child = plant(v + i, k - i, tree, 0, red_depth(k - i));
    }
    return OK;
}
