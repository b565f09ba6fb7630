/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "crypto/ossl.h"
#include "crypto/signkey.h"

#include <openssl/pkcs12.h>

/* Where keys and certificates come from. */
enum { SIGNKEY_CERTS = 32 };

struct signkey_found { /* empty: {0} */
    EVP_PKEY *key;
    X509 *cert[SIGNKEY_CERTS];
    size_t n;
};
void signkey_found_drop(struct signkey_found *f);

/* Adds the certificates in a file's bytes, and of a PKCS#12 file its key where there is none yet.
 * `what` names them in messages. */
int signkey_read_certs(struct str bytes, struct str pass, const char *what, struct signkey_found *f,
                       struct err *e) MUST_USE;
int signkey_read_key(struct str bytes, struct str pass, struct signkey_found *f,
                     struct err *e) MUST_USE;

/* Opens what is encrypted by RC2 in a PKCS#12 file whose checksum the passphrase fits. */
void signkey_old_unlock(PKCS12 *p12, const char *pass);

/* A key in a token, by OpenSSL's engine or provider for PKCS#11. */
struct signkey_token;
int signkey_token_open(struct signkey_token **t, const struct signkey_spec *s,
                       struct signkey_found *f, struct err *e) MUST_USE;
/* Where its key works; NULL is the main one. */
OSSL_LIB_CTX *signkey_token_context(const struct signkey_token *t);
void signkey_token_close(struct signkey_token *t); /* NULL is fine */
