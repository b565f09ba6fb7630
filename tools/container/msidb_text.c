/* SPDX-License-Identifier: Apache-2.0 */
#include "container/msidb_text.h"

#include <string.h>

enum { SLOTS_FIRST = 256 };

static size_t hash(struct str s) { /* FNV-1a */
    uint64_t h = 14695981039346656037u;

    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
    return (size_t)(h ^ h >> 32);
}

/* The slot of a text, or the one that it may take: 1 + its number, or 0. */
static uint32_t *find(const struct msidb *db, struct str s) {
    size_t i = hash(s) & (db->n_slots - 1);

    while (db->slot[i] && !str_eq(db->text[db->slot[i] - 1].s, s))
        i = (i + 1) & (db->n_slots - 1);
    return &db->slot[i];
}

static void enlarge(struct msidb *db) {
    size_t want = db->n_slots ? db->n_slots * 2 : SLOTS_FIRST;

    db->slot = arena_regrow(db->mem, db->slot, 0, want, sizeof *db->slot, &db->n_slots);
    memset(db->slot, 0, db->n_slots * sizeof *db->slot);
    for (size_t i = 0; i < db->n_texts; i++)
        *find(db, db->text[i].s) = (uint32_t)i + 1;
}

size_t msidb_text_add(struct msidb *db, struct str s) {
    uint32_t *slot;

    if (db->n_texts * 3 >= db->n_slots * 2)
        enlarge(db);
    slot = find(db, s);
    if (*slot)
        return *slot - 1;
    if (db->n_texts == db->text_room)
        db->text = arena_regrow(db->mem, db->text, db->n_texts, db->n_texts + 1, sizeof *db->text,
                                &db->text_room);
    db->text[db->n_texts] = (struct msidb_text){.s = s};
    *slot = (uint32_t)++db->n_texts;
    return db->n_texts - 1;
}
