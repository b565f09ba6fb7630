/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "flow/feeding.h"
#include "flow/place.h"

/* The releases before this one, where they were published. */
struct earlier_release {
    struct str version;
    struct place place; /* the release's own folder */
    struct release ledger;
};

struct earlier {
    struct earlier_release *v; /* newest first, each version once */
    size_t n, room;
    struct place *places; /* what they are parts of */
    size_t n_places;
};

/* All that the recipe's published folders and o->previous hold of this program with a version
 * before now's. A folder that nothing was published into yet holds none. */
int earlier_find(struct flow *f, const struct feeding_opts *o, const struct release *now,
                 struct earlier *all, struct err *e) MUST_USE;
void earlier_drop(struct earlier *all);
