/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "flow/flow.h"
#include "flow/store.h"
#include "sign/authenticode.h"
#include "sign/openpgp.h"

#include <stdatomic.h>

/* One run, as the steps of flow/ see it. */
struct run_tree { /* an application's tree, gathered once for all formats that see the same recipe
                   */
    const struct recipe *recipe;
    const struct target *target;
    unsigned want;
    struct tree tree;
    struct run_tree *next;
};

struct flow {
    struct flow_opts o;
    struct arena *mem;
    struct recipe *recipe;
    struct flow_item *items;
    size_t n_items;
    struct run_tree *trees;
    struct store store;
    bool store_open;
    struct signer signer; /* kind NULL: the recipe has no key */
    bool signer_open;
    struct secret_set known; /* what the signer's references lead to, as far as known beforehand */
    struct str hide[OPENPGP_HIDE + AUTHENTICODE_HIDE];
    size_t n_hide;
    struct authenticode authenticode; /* its key is NULL until run_authenticode */
    struct fsys_dir held;             /* with a key in another place: flow/apart.h */
    struct str signing;     /* what decides the bytes of its signatures; empty: none are made */
    struct str certificate; /* SHA-256 of the one that signs, hex */
    atomic_bool stop;       /* packing has failed: who works aside may leave it */
    struct map programs;    /* names of the copies in use: flow/programs.h */
};

void run_begin(const struct flow *f, const char *what, uint64_t bytes);
void run_end(const struct flow *f, const char *what, const char *outcome, uint64_t size,
             uint64_t since); /* since: clock_monotonic at the beginning */
void run_tick(void *flow, uint64_t bytes);

/* Opens DIST when it is not open yet. */
int run_store(struct flow *f, struct err *e) MUST_USE;

/* Opens the recipe's OpenPGP key when it has one; f->signer.kind stays NULL otherwise. */
int run_signer(struct flow *f, struct err *e) MUST_USE;

bool run_for_windows(const struct flow *f); /* is anything of the plan? */

/* What Authenticode signatures say where the recipe's section says nothing: before opening a key.
 */
void run_call_it(struct flow *f);

/* Opens the recipe's Authenticode key, once, when it has one and anything is for Windows. */
int run_authenticode(struct flow *f, struct err *e) MUST_USE;

/* The text without the signer's secrets: for everything that leaves flow/. */
struct str run_redact(void *flow, struct str text, struct arena *a);
int run_told(struct flow *f, struct err *e); /* the same for a message; returns e->code */

/* The job that a packager sees for an item; `mem` is the artifact's scratch. */
struct pack_job run_job(struct flow *f, const struct flow_item *item, struct arena *mem);
