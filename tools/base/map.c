/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

struct map_slot {
    struct str key;
    void *value;
};

static size_t hash(struct str s) { /* FNV-1a */
    uint64_t h = 14695981039346656037u;

    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
    return (size_t)(h ^ h >> 32);
}

static struct map_slot *find(const struct map *m, struct str key) {
    size_t i = hash(key) & (m->room - 1);

    while (m->slot[i].value && !str_eq(m->slot[i].key, key))
        i = (i + 1) & (m->room - 1);
    return &m->slot[i];
}

void *map_get(const struct map *m, struct str key) {
    return m->room ? find(m, key)->value : NULL;
}

static void enlarge(struct map *m) {
    struct map old = *m;

    m->room = old.room ? old.room * 2 : 16;
    m->slot = arena_array(m->mem, m->room, sizeof *m->slot);
    for (size_t i = 0; i < old.room; i++)
        if (old.slot[i].value)
            *find(m, old.slot[i].key) = old.slot[i];
}

void *map_put(struct map *m, struct str key, void *value) {
    struct map_slot *s;

    if (m->n * 3 >= m->room * 2)
        enlarge(m);
    s = find(m, key);
    if (s->value)
        return s->value;
    *s = (struct map_slot){key, value};
    m->n++;
    return NULL;
}
