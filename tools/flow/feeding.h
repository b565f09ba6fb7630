/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "flow/run.h"
#include "model/feeder.h"

/* The feeds of a dist folder, and what they cost: how many bytes a client downloads that has an
 * earlier release and updates to this one. */

struct feeding_opts {
    const char *const *previous; /* folders and addresses that hold earlier releases, beside those
                                    that the recipe publishes into */
    size_t n_previous;
    unsigned last; /* the newest N of each channel only; 0: all */
};

struct feeding_row { /* an artifact, from one earlier release */
    const struct artifact *artifact;
    struct str from;      /* the earlier version */
    enum feeder_way way;  /* WHOLE: clients never download parts of this format */
    bool parts;           /* they download parts now */
    const char *why;      /* why they do not, or what keeps from knowing; NULL: nothing to say */
    bool unknown;         /* nothing else of this row counts then */
    uint64_t bytes, maps; /* all of them; those of block maps among them */
    size_t ranges;        /* requests where a server answers one range at a time … */
    size_t requests;      /* … and where it answers several at once */
    size_t header;        /* longest Range header then */
};

struct feeding {
    struct feeding_row *v;
    size_t n, room;
    size_t earlier; /* releases that there were to compare with */
};

/* Writes the manifests of the dist folder's packages and, when one is another than before, the
 * checksums and signatures anew; with dry_run nothing. Then compares with every earlier release
 * that can be seen: packages in the ledger's order, releases newest first. A place of --previous
 * without a release is E_INPUT. */
int feeding_run(struct flow *f, const struct feeding_opts *o, struct feeding *out,
                struct err *e) MUST_USE;
