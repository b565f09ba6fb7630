/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "crypto/digest.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

/* What the files of crypto/ on OpenSSL share. */
const EVP_MD *ossl_md(enum digest_kind k);
BIO *ossl_bytes(struct str s);

/* The reason of the newest failure, "wrong passphrase?" where it is that; the queue is empty then.
 */
const char *ossl_why(void);

X509 *ossl_cert(struct str der); /* NULL when it is none */
struct str ossl_der(X509 *x, struct arena *mem);

/* A name for people: its common name, else its organization, else all of it. */
struct str ossl_name(const X509_NAME *name, struct arena *mem);

bool ossl_seconds(const ASN1_TIME *t, int64_t *when); /* since 1970; false, and 0: it is no time */

/* The identifiers of digests: 0 for those that we do not know. */
enum digest_kind ossl_digest_kind(struct str oid);
const char *ossl_digest_oid(enum digest_kind k);

/* Does the public key of the certificate accept the signature of this digest? `pss`: RSASSA-PSS. */
bool ossl_fits(X509 *cert, enum digest_kind k, struct str digest, struct str signature, bool pss);
