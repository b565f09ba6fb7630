/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "feed/mapread.h"

/* What an update client that follows block maps (electron-updater 6) downloads of a new file when
 * it has an old one: the chunks that the old one does not hold anywhere, neighbours as one range.
 */
struct plan {
    uint64_t fetched, copied; /* bytes; together the size that the new map is of */
    size_t ranges;            /* as many requests where a server answers one range at a time */
    size_t requests; /* where it answers several at once: 1000 steps of the plan, copies too, in
                        each */
    size_t header;   /* bytes of the longest Range header then */
};

struct plan plan_make(const struct mapread *old, const struct mapread *now, struct arena *mem);
