/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "crypto/digest.h"
#include "crypto/secret.h"

/* A key that signs digests, and the certificates that speak for it: from files, in a PKCS#11 token,
 * or behind a command. */
struct signkey;

struct signkey_spec {        /* empty: not given */
    struct str certificates; /* bytes: PEM, DER, PKCS#7 or PKCS#12; of a token those in it */
    struct str key;          /* bytes: PEM, DER or PKCS#12; what `certificates` is without it */
    struct str passphrase;   /* of the key or of a PKCS#12 file; of a token its PIN */
    struct str token;        /* a URI of RFC 7512, with or without "pkcs11:" */
    const char *module;      /* the token's library; NULL: what the system or environment says */
    /* Asks a person for the PIN of a token that wants one and got none; NULL: nobody is asked. */
    bool (*ask)(void *self, const char *what, struct buf *secret);
    void *ask_self;
    /* A program that gets the digest, raw, on its standard input, its kind in SLIPWAY_DIGEST, and
     * prints the signature, raw or in base64 (PKCS#1 v1.5 for RSA; for ECDSA DER, or r and s one
     * behind the other). */
    struct str command;
    const char *dir;       /* where the command runs */
    bool certificate_only; /* no key at all: what is to be signed leaves for another place */
};

/* E_SIGN with the reason: no key or certificate in it, they do not belong together, a wrong
 * passphrase or PIN. */
int signkey_open(struct signkey **k, const struct signkey_spec *s, struct err *e) MUST_USE;
void signkey_close(struct signkey *k); /* NULL is fine */

/* Can OpenSSL use keys in tokens here? E_SIGN says what is missing. */
int signkey_tokens(struct err *e) MUST_USE;

/* The certificates as DER: the key's own, then the one that issued it, and so on, as far as they
 * were given and without the root. */
size_t signkey_certs(const struct signkey *k, const struct str **certs);
struct str signkey_name(const struct signkey *k); /* whom the certificate names, for people */
int64_t signkey_expires(const struct signkey *k); /* seconds since 1970 */

/* The AlgorithmIdentifier that SignerInfos have for this key. */
struct str signkey_algorithm(const struct signkey *k, enum digest_kind kind, struct arena *mem);

/* Signs a digest; what comes out is what the certificate accepts, else E_SIGN. RSA gives the same
 * bytes each time. From any thread. */
int signkey_sign(struct signkey *k, enum digest_kind kind, struct str digest, struct arena *mem,
                 struct str *signature, struct err *e) MUST_USE;

/* Does the certificate accept it? A signature in base64 or base64url becomes a raw one, and one of
 * ECDSA that is r and s becomes DER. */
bool signkey_accepts(const struct signkey *k, enum digest_kind kind, struct str digest,
                     struct arena *mem, struct str *signature);
