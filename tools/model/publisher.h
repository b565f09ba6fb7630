/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/report.h"
#include "model/release.h"
#include "model/schema.h"

/* What a publisher is to the rest of slipway: part of model/contracts.h. */

/* A published folder which has the release's files already, before the switch that shows them. */
struct publish_place {
    int root;
    const char *where; /* its path, for messages */
    const char *next; /* folder below root that the switch brings in: a copy of the present one made
                         of hard links, edited by replacing files */
    struct str latest; /* the version that people get who ask for none */
};

/* Where a release goes. */
struct publish_job {
    const struct release *release;
    const char *dist;            /* folder of the artifacts */
    const struct value *section; /* its row of publish:, checked */
    const char *base;            /* relative paths of the section start here */
    unsigned jobs;
    bool dry_run;
    struct arena *mem;
    void (*tick)(void *self, uint64_t bytes);
    void *tick_self;
    /* Makes what the place shows beside releases (repositories, pages); *changed: there is
     * something to switch in. NULL: nothing. */
    int (*compose)(void *self, const struct publish_place *p, bool *changed, struct err *e);
    /* The version is published with packages that `release` lacks, by another job: brings them into
     * it from that folder, and makes anew what describes them all. NULL: they are not kept. */
    int (*merge)(void *self, int dir, const char *folder, struct err *e);
    void *self;
    struct str summary; /* out: one line for people, "out/site: 12 files, 3 new" */
};

struct publisher {
    const char *name; /* the word after `to:` */
    const struct schema *schema;
    int (*check)(const struct publish_job *j, struct err *e); /* before anything is built */
    /* Idempotent; payloads first, pointers last, one switch. */
    int (*run)(struct publish_job *j, struct err *e);
    /* Walks a published place; may be NULL. */
    int (*verify)(const char *where, struct report *bad, struct arena *mem, struct err *e);
    const char *(*folder)(const struct publish_job *j); /* the row publishes into; may be NULL */
};
