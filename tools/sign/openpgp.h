/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "crypto/secret.h"
#include "model/contracts.h"

/* The recipe's section `sign: openpgp:`. */
extern const struct schema openpgp_schema[];

/* Opens the section's key: relative paths of its references start at `base_dir`, `when` is the time
 * of the signatures (0: now). E_SIGN with the reason when the key or its passphrase is not there or
 * not good. A signer that could not be opened needs no close. */
int openpgp_open(const struct value *section, const char *base_dir, int64_t when, struct arena *mem,
                 struct signer *out, struct err *e) MUST_USE;
void openpgp_close(struct signer *s); /* a signer of kind NULL is fine */

/* Appends the public key, armored. */
int openpgp_public(struct signer *s, struct buf *armored, struct err *e) MUST_USE;

/* Notes, before anything is opened, what env: and file: references of the section lead to, and
 * names in hide[] the variables; returns how many. Nothing is run, nothing fails: what is not there
 * yet is not known. */
enum { OPENPGP_HIDE = 2 };
size_t openpgp_foresee(const struct value *section, const char *base_dir, struct secret_set *known,
                       struct str hide[OPENPGP_HIDE]);

/* Whether a reference is to what a program prints, so that only opening tells it. */
bool openpgp_runs(const struct value *section);

/* The secrets that were read to open it, for redaction (crypto/secret.h). */
const struct secret_set *openpgp_secrets(const struct signer *s);
