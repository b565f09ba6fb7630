/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "io/source.h"
#include "os/fsys.h"
#include "os/tmpdir.h"

#include <gpgme.h>

/* A GNUPGHOME of our own: a private folder with its own configuration, keyring and agent. Each
 * holds a locked file, by which the next run knows the homes of killed ones and removes them. */
struct pgp_home {
    struct tmpdir dir;
    struct fsys_lock lock;
    gpgme_ctx_t ctx;
    struct buf passphrase;
    bool given;   /* a passphrase was given */
    bool asked;   /* gpg wanted one */
    bool their;   /* the agent is the user's: it is not ours to stop */
    int64_t when; /* the time that gpg.conf pretends; 0: the real one */
};

/* The folder is made in the first of TMPDIR, /tmp, XDG_RUNTIME_DIR and /dev/shm that can be written
 * and whose path is short enough for the agent's socket. `their`: gpg is made to talk to the user's
 * own agent. A home that could not be opened is empty; the struct must stay where it is. */
int pgp_home_open(struct pgp_home *h, struct str passphrase, bool their, struct err *e) MUST_USE;
void pgp_home_drop(struct pgp_home *h); /* also for a zeroed struct whose dir is TMPDIR_NONE */

/* What gpg takes for the time of the next operations; 0: the real one. */
int pgp_home_clock(struct pgp_home *h, int64_t when, struct err *e) MUST_USE;

/* E_SIGN in our words for a failure of GPGME. */
int pgp_home_fail(const struct pgp_home *h, gpgme_error_t why, const char *what,
                  struct err *e) MUST_USE;

/* Reads keys into the home. `what` names them in messages. */
int pgp_home_import(struct pgp_home *h, struct str keys, const char *what,
                    gpgme_import_result_t *result, struct err *e) MUST_USE;

/* A GPGME context: engine checked, SIGPIPE no longer deadly. `dir` NULL: the user's own home. */
int pgp_home_context(const char *dir, gpgme_ctx_t *ctx, struct err *e) MUST_USE;

/* Appends all of a GPGME data object. */
int pgp_home_take(gpgme_data_t d, struct buf *out, struct err *e) MUST_USE;

/* A data object that reads a source; give it up with gpgme_data_release. */
int pgp_home_source(struct source *s, gpgme_data_t *d, struct err *e) MUST_USE;

/* The number that RFC 4880 and 9580 give an algorithm. */
unsigned pgp_home_algorithm(gpgme_pubkey_algo_t a);
