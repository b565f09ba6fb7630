/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/report.h"
#include "model/contracts.h"
#include "model/place.h"

/* How a client that updates by a feed gets a package. */
enum feeder_way {
    FEEDER_NOT,   /* it is in no manifest */
    FEEDER_WHOLE, /* always whole */
    FEEDER_PARTS, /* by its block map, inside or beside it; whole without one */
};

/* What an update feed (latest-linux.yml …) is to the rest of slipway: made from the ledger alone,
 * again and again, so that the ledgers of two jobs merged give the feed of both. */
struct feeder_job {
    const struct recipe *recipe;
    const struct release *release; /* sealed packages and their block maps */
    const struct value *section;   /* the recipe's `feed:` map, checked; NULL: none */
    struct arena *mem;
    /* Takes a finished feed file of the dist folder. */
    int (*put)(void *self, struct str name, struct str bytes, uint64_t cache_seconds,
               struct err *e);
    void *self;
};

struct feeder {
    const char *name;
    const struct schema *schema; /* of the recipe's `feed:` */
    int (*make)(const struct feeder_job *j, struct err *e);
    /* Compares a feed file's text with the ledger it lies beside. Not this feeder's file: OK. */
    int (*verify)(struct str name, struct str text, const struct release *r, struct report *bad,
                  const char *where, struct arena *mem, struct err *e);
    enum feeder_way (*way)(const struct artifact *a);
};
