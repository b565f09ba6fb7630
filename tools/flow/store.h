/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/map.h"
#include "model/release.h"
#include "os/fsys.h"
#include "os/outfile.h"

/* The dist folder and what is being made for it. Finished artifacts wait in DIST/.slipway/stage;
 * store_settle brings them and the ledger into DIST together, or leaves DIST as it was. A run that
 * was killed while it settled is finished by the next store_open; one that was killed before goes
 * on with what is staged. */
struct store {
    struct fsys_dir dist, state, stage;
    struct fsys_lock lock;
    const char *path; /* of the dist folder, for messages */
    struct arena *mem;
    struct release next;    /* the ledger as it will be */
    struct release settled; /* the ledger as it is */
    struct map made;        /* name -> struct store_made */
    struct store_made *made_list;
    bool force; /* nothing counts as made */
};
#define STORE_NONE                                                                                 \
    ((struct store){.dist = FSYS_DIR_NONE,                                                         \
                    .state = FSYS_DIR_NONE,                                                        \
                    .stage = FSYS_DIR_NONE,                                                        \
                    .lock = FSYS_LOCK_NONE})

/* Makes the folders, takes the lock (E_INPUT when another run holds it), reads what is there. */
int store_open(struct store *s, const char *path, struct arena *mem, struct err *e) MUST_USE;
void store_drop(struct store *s);

/* The release that this run is about. A ledger of another name or version starts anew; its files
 * stay. */
void store_begin(struct store *s, struct str name, struct str title, struct str version,
                 struct str channel, int64_t time);

/* The artifact when it was made from the same `key` (hex digest of all that goes in) and its file
 * is still the one that was sealed; else NULL. */
const struct artifact *store_have(struct store *s, struct str name, struct str key);

/* A new file that will be staged under `name` when committed. */
int store_file(struct store *s, struct str name, struct outfile *f, struct err *e) MUST_USE;

/* Notes a committed, staged file in the coming ledger and what it was made from. What described or
 * signed an earlier artifact of this name is forgotten. */
int store_put(struct store *s, const struct artifact *a, struct str key, struct err *e) MUST_USE;

/* What the artifact was made from, as store_put had it; empty: not known. */
struct str store_key(const struct store *s, struct str name);
/* It is to be made anew, as what is in it changed; store_spoilt until then. */
int store_spoil(struct store *s, struct str name, struct err *e) MUST_USE;
bool store_spoilt(const struct store *s, struct str name);

/* An artifact's file, staged or settled. E_WRONG when its size is not the ledger's. */
int store_read(struct store *s, const struct artifact *a, struct infile *f, struct err *e) MUST_USE;

/* Everything staged becomes visible, the ledger last; on failure nothing has changed. */
int store_settle(struct store *s, struct err *e) MUST_USE;
