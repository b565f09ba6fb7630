/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "crypto/der.h"
#include "crypto/signkey.h"

/* CMS SignedData (RFC 5652, and PKCS #7 1.5 where the content is not wrapped in an OCTET STRING, as
 * Authenticode has it) of one signer. */
#define CMS_SIGNED_DATA "1.2.840.113549.1.7.2"
#define CMS_CONTENT_TYPE "1.2.840.113549.1.9.3"
#define CMS_MESSAGE_DIGEST "1.2.840.113549.1.9.4"
#define CMS_SIGNING_TIME "1.2.840.113549.1.9.5"
enum { CMS_MAX = 8 * 1024 * 1024, CMS_CERTS_MAX = 64 };

/* --- making one ------------------------------------------------------------------------------- */

struct cms_attr {
    const char *oid;
    struct str value; /* DER of its one value */
};

struct cms_make {
    enum digest_kind kind;
    const char *content_type;
    struct str content;          /* DER; what is digested is its body */
    const struct cms_attr *attr; /* signed ones, beside content type and message digest */
    size_t n_attr;
};

/* The signed attributes as they are digested and signed: a SET. */
int cms_attributes(const struct cms_make *m, struct arena *mem, struct str *set,
                   struct err *e) MUST_USE;

/* The digest that the body of an OID names, 0: unknown; and the AlgorithmIdentifier of one. */
enum digest_kind cms_digest_kind(struct str oid);
struct str cms_digest_algorithm(enum digest_kind k, struct arena *mem);

/* The SignedData with a signature over these attributes, which has been checked. */
struct str cms_assemble(const struct cms_make *m, const struct signkey *k, struct str set,
                        struct str signature, struct arena *mem);

/* Both, signed by the key. */
int cms_sign(const struct cms_make *m, struct signkey *k, struct arena *mem, struct str *der,
             struct err *e) MUST_USE;

/* --- reading one ------------------------------------------------------------------------------ */

struct cms_signer {
    struct str version, id;                           /* elements: the id names the certificate */
    struct str digest_algorithm, signature_algorithm; /* elements */
    enum digest_kind kind;                            /* 0: unknown */
    struct str signed_attrs, unsigned_attrs;          /* bodies of the SETs */
    struct str signature;
};

struct cms {
    struct str all;
    struct str version, digest_algorithms, crls; /* elements */
    struct str content_type;                     /* body of its OID */
    struct str content;                          /* element; empty: detached */
    struct str cert[CMS_CERTS_MAX];
    size_t n_certs;
    struct cms_signer signer;
};

/* Reads the first element of the bytes; what is behind it is left alone. E_INPUT with the reason.
 * All points into `bytes`. */
int cms_parse(struct str bytes, struct cms *c, struct err *e) MUST_USE;
/* A SignerInfo by itself, as an old countersignature is. */
int cms_parse_signer(struct str der, struct cms_signer *s, struct err *e) MUST_USE;

/* The element of an attribute's nth value; false: there is none. */
bool cms_attribute(struct str attrs, const char *oid, size_t nth, struct der *value);

/* Does the signer's signature cover this content (digested as it is), and which of the certificates
 * made it? E_WRONG with the reason if not; *which is n then when that is not to be told. */
int cms_check(const struct cms_signer *s, struct str content, const struct str *certs, size_t n,
              size_t *which, struct err *e) MUST_USE;

/* The same SignedData with one more value of an unsigned attribute, behind those it has. */
struct str cms_add_unsigned(const struct cms *c, const char *oid, struct str value,
                            struct arena *mem);
