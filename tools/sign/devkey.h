/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* Throw-away development keys in a folder of slipway's own, without passphrases, the secret file
 * 0600: OpenPGP keys as NAME.secret.asc and NAME.asc, and for Authenticode certificates with their
 * keys as NAME.code.pem and NAME.crt. GnuPG's keyring of the user is neither read nor written. */
struct devkey {
    struct str name, fingerprint, uid;
    bool code;                 /* it signs code for Windows */
    int64_t created, expires;  /* expires 0: never */
    struct str secret, public; /* paths */
};

/* The folder: `dir` when not NULL, else $XDG_DATA_HOME/slipway/keys, else
 * ~/.local/share/slipway/keys; not made yet. E_USAGE when there is none of them. */
int devkey_path(const char *dir, struct arena *a, const char **path, struct err *e) MUST_USE;

/* Makes a key of `kind` ("ed25519", "rsa4096" or "authenticode"). `uid` NULL: "NAME (development
 * key)". E_USAGE for a bad name, E_INPUT when a key of that name is there: it is never replaced. */
int devkey_new(const char *dir, const char *name, const char *kind, const char *uid,
               unsigned days_valid, struct arena *a, struct devkey *k, struct err *e) MUST_USE;

/* The keys of the folder, sorted by name; a missing folder has none. */
int devkey_list(const char *dir, struct arena *a, struct devkey **keys, size_t *n,
                struct err *e) MUST_USE;
