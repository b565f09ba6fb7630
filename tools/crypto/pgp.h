/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "io/source.h"

/* OpenPGP by GPGME, always in a GNUPGHOME of our own: the user's keyring is read only when the
 * recipe names a key in it ("gpg:FINGERPRINT"). */
enum pgp_form { PGP_DETACHED, PGP_DETACHED_ARMOR, PGP_CLEAR };

struct pgp; /* an open key */

/* `key` is an exported secret key (armored or binary); `passphrase` may be empty. The temporary
 * home is 0700 and gone with pgp_close, killed runs' homes are removed by the next run. E_SIGN with
 * the reason: no secret key, expired, wrong passphrase. It makes a trial signature, so that nothing
 * of this comes up in the middle of the work. */
int pgp_open(struct pgp **p, struct str key, struct str passphrase, struct err *e) MUST_USE;
/* A key in the user's own keyring by fingerprint or user id. The user's agent signs; without a
 * passphrase it may ask for one in its own way. */
int pgp_open_user(struct pgp **p, const char *which, struct str passphrase, struct err *e) MUST_USE;
void pgp_close(struct pgp *p); /* NULL is fine */

/* Signs what the source gives, with SHA-512. `when`: the signature's time, 0 = now; a time before
 * the key was made becomes that of the key, which nobody would accept otherwise. The same input,
 * key and time give the same bytes (RSA, EdDSA). One thread at a time. */
int pgp_sign(struct pgp *p, struct source *in, enum pgp_form form, int64_t when, struct buf *sig,
             struct err *e) MUST_USE;

struct str pgp_fingerprint(const struct pgp *p);
struct str pgp_uid(const struct pgp *p);
unsigned
pgp_algorithm(const struct pgp *p); /* RFC 4880/9580 public-key algorithm: 1 RSA, 22 EdDSA … */
int pgp_public(struct pgp *p, struct buf *armored, struct err *e) MUST_USE;

struct pgp_verdict {
    bool good;      /* signature matches and was made by one of the keys */
    struct str why; /* when not good: "BAD signature", "key ABC… is not among the keys given", "key
                       expired" */
    struct str signer; /* fingerprint */
    struct str uid;
    int64_t when;
};
/* Verifies a detached signature against public keys (armored or binary, concatenated). E_SIGN only
 * when it could not be judged; a wrong signature is a verdict. */
int pgp_verify(struct source *in, struct str sig, struct str keys, struct arena *a,
               struct pgp_verdict *v, struct err *e) MUST_USE;

/* The same for a clear-signed text (RFC 4880, 7): `text` is what was signed, in `a`; empty unless
 * the verdict is good. */
int pgp_verify_clear(struct str signed_text, struct str keys, struct arena *a, struct str *text,
                     struct pgp_verdict *v, struct err *e) MUST_USE;

/* Makes a throw-away key pair; both exported armored. Kind "ed25519" or "rsa4096". */
int pgp_generate(const char *kind, const char *uid, unsigned days_valid, struct buf *secret,
                 struct buf *pub, struct arena *a, struct str *fingerprint, struct err *e) MUST_USE;

struct pgp_facts {
    struct str fingerprint, uid;
    int64_t created, expires; /* expires 0: never */
    bool secret, expired, revoked;
    unsigned algorithm; /* of the primary key */
};
/* What the first of some keys (armored or binary) is. */
int pgp_facts(struct str keys, struct arena *a, struct pgp_facts *f, struct err *e) MUST_USE;
