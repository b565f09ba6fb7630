/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/report.h"
#include "model/contracts.h"
#include "model/recipe.h"
#include "model/release.h"

/* From a recipe to a published release: the steps of docs/architecture.md, in order. One struct
 * flow is one run over one recipe and one dist folder; the folder is locked while it works.
 *
 * What a run makes is kept in DIST/.slipway until everything it was asked for is there; only then
 * do the files and the ledger DIST/release.json appear together. A run that failed or was killed
 * goes on where it stopped. */

/* What the caller wants to see; every function may be NULL. `tick` comes from any thread, the
 * others from one. */
struct flow_watch {
    void *self;
    void (*begin)(void *self, const char *what, uint64_t bytes); /* bytes to read, 0: unknown */
    void (*tick)(void *self, uint64_t bytes);
    void (*line)(void *self, struct str text); /* a line of a build step's output */
    /* outcome: "made", "unchanged", "signed", "published", "skipped", "failed" */
    void (*end)(void *self, const char *what, const char *outcome, uint64_t size, double seconds);
};

struct flow_opts {
    const char *recipe; /* path of the recipe */
    const char *dist;
    const char *const *targets; /* "linux/x86_64" or "linux"; none: all */
    size_t n_targets;
    const char *const *formats; /* none: all of the recipe */
    size_t n_formats;
    const char *version;    /* instead of the recipe's; NULL: the recipe's */
    const char *const *set; /* "key.sub=value" over the recipe */
    size_t n_set;
    unsigned jobs;                  /* 0: one a processor */
    bool strict;                    /* warnings are errors */
    bool dry_run;                   /* nothing is written */
    bool force;                     /* nothing is taken as unchanged */
    const struct flow_watch *watch; /* NULL: silent */
    /* Asks a person for the PIN of a token; false: nobody is there. NULL: nobody is asked. */
    bool (*ask)(void *self, const char *what, struct buf *secret);
};

struct flow_item { /* one artifact to make */
    const struct packager *packager;
    const struct recipe *recipe; /* with the format's overrides */
    const struct target *target;
    const struct value *section;
    size_t variant;
    struct str file_name;
};

struct flow;

/* Loads and checks the recipe and every chosen format's view of it; nothing is written, dist need
 * not exist. All mistakes are in `problems`, the return is E_RECIPE then. *f is NULL after a
 * failure. */
int flow_open(struct flow **f, const struct flow_opts *o, struct arena *mem,
              struct report *problems, struct err *e) MUST_USE;
void flow_close(struct flow *f); /* NULL is fine */

const struct recipe *flow_recipe(const struct flow *f);
const struct flow_item *flow_items(const struct flow *f, size_t *n);
const struct release *
flow_ledger(const struct flow *f); /* after a run: what DIST/release.json says */

int flow_build(struct flow *f, struct err *e) MUST_USE; /* build: stages */
int flow_pack(struct flow *f,
              struct err *e) MUST_USE; /* gather, layout, write, inner signature, seal */
int flow_sign(struct flow *f, struct err *e) MUST_USE; /* checksums and detached signatures */
/* The packages of other jobs' dist folders come into this one: flow/merge.h. */
int flow_merge(struct flow *f, const char *const *dists, size_t n, struct err *e) MUST_USE;
int flow_publish(struct flow *f, struct err *e) MUST_USE; /* every row of publish: */
int flow_release(struct flow *f, struct err *e) MUST_USE; /* all of these, as one */
