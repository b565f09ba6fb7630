/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "crypto/chain.h"
#include "flow/place.h"
#include "flow/verify.h"

/* What the parts of a verification share. */
struct verify {
    const struct place *place;
    const struct verify_opts *o;
    struct str keys;           /* the keys to trust; empty: those beside what they sign */
    const struct chain *roots; /* of o->roots; NULL: none are given */
    struct report *bad;
    struct verify_counts *n;
    struct arena *mem;
};

/* The text of o->keys, one behind the other. */
int verify_keys(const struct verify_opts *o, struct arena *mem, struct str *keys,
                struct err *e) MUST_USE;

/* Trouble with the network or this machine ends the run; all else is what was looked for. */
bool verify_is_finding(const struct err *why);

/* A ledger of the place. *there is false, with a finding, when it is damaged; without one when
 * there is none. */
int verify_ledger(const struct verify *v, const char *path, struct release *r, struct str *text,
                  bool *there, struct err *e) MUST_USE;

/* Size and digests of the files that a ledger names, relative to the ledger's folder, packages to
 * their ends, signatures, checksum lists and feeds. A server that lets a file be kept for longer
 * than the ledger says is warned about. */
int verify_artifacts(const struct verify *v, const char *folder, const struct release *r,
                     struct err *e) MUST_USE;

/* FOLDER/release.json and all it names. A missing ledger is a finding. */
int verify_release(const struct verify *v, const char *folder, struct release *r,
                   struct err *e) MUST_USE;

/* The signature SIG over an open file; findings begin with `name`. */
void verify_signature(struct infile *in, struct str sig, struct str keys, struct str signer,
                      const char *name, struct report *bad);

/* What a client would be given for longer than the ledger allows, as a warning. */
void verify_lifetime(const char *name, const struct place_file *f, uint64_t allowed);
