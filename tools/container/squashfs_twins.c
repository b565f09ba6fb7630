/* SPDX-License-Identifier: Apache-2.0 */
#include "container/squashfs_twins.h"

#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

static int by_size(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

int squashfs_twins_open(struct squashfs_twins *t, struct squashfs_image *m, struct err *e) {
    *t = (struct squashfs_twins){.m = m, .seen = {.mem = &m->mem}};
    if (m->o->no_duplicates)
        return OK;
    t->size = mem_alloc(m->n * sizeof *t->size);
    for (size_t i = 0; i < m->n; i++) {
        const struct squashfs_entry *x = squashfs_image_entry(m, i);

        if (x->kind == SQUASHFS_FILE && x->size && !squashfs_image_link(m, i))
            t->size[t->n++] = x->size;
    }
    qsort(t->size, t->n, sizeof *t->size, by_size);
    if (digest_new(&t->sum[0], DIGEST_SHA256, e) || digest_new(&t->sum[1], DIGEST_SHA256, e))
        return (int)e->code;
    return OK;
}

bool squashfs_twins_wanted(const struct squashfs_twins *t, size_t i) {
    uint64_t size = squashfs_image_entry(t->m, i)->size;
    const uint64_t *at = t->n ? bsearch(&size, t->size, t->n, sizeof size, by_size) : NULL;

    return at && ((at > t->size && at[-1] == size) || (at + 1 < t->size + t->n && at[1] == size));
}

void squashfs_twins_put(struct squashfs_twins *t, bool blocks, const void *p, size_t n) {
    digest_put(t->sum[blocks], p, n);
}

int squashfs_twins_end(struct squashfs_twins *t, bool blocks, size_t i, uint32_t *same,
                       struct err *e) {
    struct digest_set set;
    char key[8 + sizeof set.sha256];
    struct squashfs_node *node;

    *same = 0;
    if (digest_next(t->sum[blocks], &set, e))
        return (int)e->code;
    bytes_put_le64(key, squashfs_image_entry(t->m, i)->size);
    memcpy(key + 8, set.sha256, sizeof set.sha256);
    node = map_get(&t->seen, (struct str){key, sizeof key});
    if (node)
        *same = (uint32_t)(node - t->m->node) + 1;
    else
        map_put(&t->seen, str_dup(t->seen.mem, (struct str){key, sizeof key}), &t->m->node[i]);
    return OK;
}

void squashfs_twins_drop(struct squashfs_twins *t) {
    mem_free(t->size);
    digest_free(t->sum[0]);
    digest_free(t->sum[1]);
}
