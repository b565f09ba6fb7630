/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/str.h"

/* A hash map from strings to pointers, in an arena. Never iterate it for output: walk your own
 * ordered list and use the map for look-ups only. Empty: `{.mem = arena}`. */
struct map {
    struct arena *mem;
    struct map_slot *slot;
    size_t n, room;
};

void *map_get(const struct map *m, struct str key); /* NULL when absent */

/* Puts `value` (not NULL) under `key`, whose bytes must outlive the map. Returns the value that was
 * there before, which stays, or NULL when the new one was put. */
void *map_put(struct map *m, struct str key, void *value);
