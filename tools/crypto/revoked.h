/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "crypto/chain.h"

#include <openssl/x509.h>

/* Lists of certificates that their issuers take back (CRLs, RFC 5280). */
struct revoked { /* empty: {0} */
    X509_CRL **v;
    size_t n, room;
};

/* Adds the lists in a file's bytes, PEM or DER; *found of them. One that should have been replaced
 * before `now` is warned of. E_INPUT when one is damaged. */
int revoked_add(struct revoked *r, struct str bytes, const char *path, int64_t now, size_t *found,
                struct err *e) MUST_USE;
void revoked_drop(struct revoked *r);

/* Of a chain, from the leaf on, each issued by the next: does a list that its issuer signed take
 * one of them back, from `when` on or before? E_WRONG with its name. What a time stamp proves is
 * gone altogether when its key was stolen. That the leaf's issuer has no list here is warned of. */
int revoked_check(const struct revoked *r, const STACK_OF(X509) * chain, enum chain_use use,
                  int64_t when, struct err *e) MUST_USE;
