/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/str.h"

/* Whom certificates lead to. */
struct chain; /* trusted roots */
enum chain_use { CHAIN_CODE, CHAIN_STAMP };

/* The certificates in these files (PEM or DER), and the revocation lists, which count for all that
 * are checked; without certificates those that the system trusts, and the root of Microsoft's own
 * signing service where a file brings it along: Windows has it, the lists of other systems, which
 * are made for the web, do not. */
int chain_open(struct chain **c, const char *const *files, size_t n, struct err *e) MUST_USE;
void chain_close(struct chain *c); /* NULL is fine */

/* E_INPUT when the file has no revocation list, or certificates too. */
int chain_is_list(const char *path, struct err *e) MUST_USE;

/* Does certs[leaf] lead to a root by way of the others, and was it good for this use at `when`?
 * `proven`, by a time stamp: what was revoked later does not count. E_WRONG with the reason if not.
 * Revocation lists are never fetched. */
int chain_check(const struct chain *c, const struct str *certs, size_t n, size_t leaf,
                enum chain_use use, int64_t when, bool proven, struct err *e) MUST_USE;

/* The same of one certificate alone, whoever issued it. */
int chain_alone(struct str cert, enum chain_use use, int64_t when, struct err *e) MUST_USE;

/* Does it say that what it signed ends with it, whatever the time stamp? */
bool chain_mortal(struct str cert);

struct chain_facts { /* of one certificate, for people */
    struct str subject, issuer, serial, sha256;
    struct str subject_dn; /* all of its subject, "CN=Lab,O=Example" */
    int64_t from, until;
    bool root; /* it was issued by itself */
};
bool chain_facts(struct str cert, struct arena *mem, struct chain_facts *f);

/* Which of the certificates issued certs[i]; n: none of them, or it did so itself. */
size_t chain_issuer(const struct str *certs, size_t n, size_t i);
