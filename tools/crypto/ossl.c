/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/ossl.h"

#include "crypto/der.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

const EVP_MD *ossl_md(enum digest_kind k) {
    switch (k) {
    case DIGEST_MD5:
        return EVP_md5();
    case DIGEST_SHA1:
        return EVP_sha1();
    case DIGEST_SHA256:
        return EVP_sha256();
    case DIGEST_SHA384:
        return EVP_sha384();
    case DIGEST_SHA512:
        return EVP_sha512();
    }
    return NULL;
}

BIO *ossl_bytes(struct str s) {
    return s.n <= INT32_MAX ? BIO_new_mem_buf(s.n ? s.p : "", (int)s.n) : NULL;
}

const char *ossl_why(void) {
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;

    if (code && ERR_GET_LIB(code) == ERR_LIB_SYS)
        reason = NULL;
    ERR_clear_error();
    return reason ? reason : "no reason given";
}

X509 *ossl_cert(struct str der) {
    const unsigned char *p = (const unsigned char *)der.p, *begin = p;
    X509 *x = der.n && der.n <= INT32_MAX ? d2i_X509(NULL, &p, (long)der.n) : NULL;

    if (x && (size_t)(p - begin) != der.n) {
        X509_free(x);
        x = NULL;
    }
    ERR_clear_error();
    return x;
}

struct str ossl_der(X509 *x, struct arena *mem) {
    int n = i2d_X509(x, NULL);
    unsigned char *out, *p;

    if (n <= 0)
        return (struct str){0};
    p = out = arena_alloc(mem, (size_t)n);
    i2d_X509(x, &p);
    return (struct str){(char *)out, (size_t)n};
}

struct str ossl_name(const X509_NAME *name, struct arena *mem) {
    static const int wanted[] = {NID_commonName, NID_organizationalUnitName, NID_organizationName};

    for (size_t i = 0; i < COUNT(wanted); i++) {
        int at = X509_NAME_get_index_by_NID(name, wanted[i], -1);
        const X509_NAME_ENTRY *entry = at >= 0 ? X509_NAME_get_entry(name, at) : NULL;
        unsigned char *utf8 = NULL;
        int n = entry ? ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry)) : -1;
        struct str s =
            n > 0 ? (struct str){arena_dup(mem, utf8, (size_t)n), (size_t)n} : (struct str){0};

        OPENSSL_free(utf8);
        for (size_t k = 0; k < s.n; k++) /* it goes into messages of one line */
            if ((unsigned char)s.p[k] < ' ' || s.p[k] == 127)
                s.n = 0;
        if (s.n)
            return s;
    }
    ERR_clear_error();
    return STR("(no name)");
}

static const struct {
    enum digest_kind kind;
    const char *oid;
} digest_oids[] = {{DIGEST_MD5, "1.2.840.113549.2.5"},
                   {DIGEST_SHA1, "1.3.14.3.2.26"},
                   {DIGEST_SHA256, "2.16.840.1.101.3.4.2.1"},
                   {DIGEST_SHA384, "2.16.840.1.101.3.4.2.2"},
                   {DIGEST_SHA512, "2.16.840.1.101.3.4.2.3"}};

enum digest_kind ossl_digest_kind(struct str oid) {
    for (size_t i = 0; i < COUNT(digest_oids); i++)
        if (der_oid_is(oid, digest_oids[i].oid))
            return digest_oids[i].kind;
    return (enum digest_kind)0;
}

const char *ossl_digest_oid(enum digest_kind k) {
    for (size_t i = 0; i < COUNT(digest_oids); i++)
        if (digest_oids[i].kind == k)
            return digest_oids[i].oid;
    return "0.0";
}

bool ossl_seconds(const ASN1_TIME *t, int64_t *when) {
    static const int64_t day = 24 * 60 * 60;
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days, rest;
    bool good = epoch && t && ASN1_TIME_diff(&days, &rest, epoch, t) == 1;

    ASN1_TIME_free(epoch);
    *when = good ? days * day + rest : 0;
    return good;
}

bool ossl_fits(X509 *cert, enum digest_kind k, struct str digest, struct str signature, bool pss) {
    EVP_PKEY *key = X509_get0_pubkey(cert);
    EVP_PKEY_CTX *c = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;
    bool rsa = key && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA, good = c;

    good = good && EVP_PKEY_verify_init(c) == 1;
    if (rsa)
        good = good && EVP_PKEY_CTX_set_rsa_padding(c, pss ? RSA_PKCS1_PSS_PADDING
                                                           : RSA_PKCS1_PADDING) == 1;
    good = good && EVP_PKEY_CTX_set_signature_md(c, ossl_md(k)) == 1 &&
           EVP_PKEY_verify(c, (const unsigned char *)signature.p, signature.n,
                           (const unsigned char *)digest.p, digest.n) == 1;
    EVP_PKEY_CTX_free(c);
    ERR_clear_error();
    return good;
}
