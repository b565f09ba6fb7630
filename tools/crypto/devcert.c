/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/devcert.h"

#include "crypto/ossl.h"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

enum { BITS = 3072, SERIAL = 16, DAY = 86400 };

static const struct extension {
    int nid;
    const char *text;
} extensions[] = {
    {NID_basic_constraints, "critical,CA:FALSE"},
    {NID_key_usage, "critical,digitalSignature"},
    {NID_ext_key_usage, "codeSigning"},
    {NID_subject_key_identifier, "hash"},
};

static bool add_extensions(X509 *x) {
    X509V3_CTX c = {0};

    X509V3_set_ctx(&c, x, x, NULL, NULL, 0);
    for (size_t i = 0; i < COUNT(extensions); i++) {
        X509_EXTENSION *add = X509V3_EXT_conf_nid(NULL, &c, extensions[i].nid, extensions[i].text);
        bool good = add && X509_add_ext(x, add, -1) == 1;

        X509_EXTENSION_free(add);
        if (!good)
            return false;
    }
    return true;
}

static bool set_serial(X509 *x) {
    unsigned char b[SERIAL];
    BIGNUM *n = NULL;
    bool good;

    if (RAND_bytes(b, sizeof b) != 1)
        return false;
    b[0] = (unsigned char)((b[0] & 0x7f) | 0x40); /* positive, and always as long */
    n = BN_bin2bn(b, sizeof b, NULL);
    good = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x));
    BN_free(n);
    return good;
}

static bool fill(X509 *x, EVP_PKEY *key, const char *name, unsigned days) {
    X509_NAME *n = X509_get_subject_name(x);

    return X509_set_version(x, X509_VERSION_3) == 1 && set_serial(x) &&
           X509_gmtime_adj(X509_getm_notBefore(x), -DAY) && /* clocks differ */
           X509_gmtime_adj(X509_getm_notAfter(x), (long)days * DAY) &&
           X509_set_pubkey(x, key) == 1 &&
           X509_NAME_add_entry_by_NID(n, NID_commonName, MBSTRING_UTF8, (const unsigned char *)name,
                                      -1, -1, 0) == 1 &&
           X509_set_issuer_name(x, n) == 1 && add_extensions(x) &&
           X509_sign(x, key, EVP_sha256()) > 0;
}

static void take(BIO *b, struct buf *out) {
    char *p;
    long n = BIO_get_mem_data(b, &p);

    if (n > 0)
        buf_put(out, p, (size_t)n);
}

int devcert_make(const char *name, unsigned days, struct buf *secret, struct buf *pub,
                 struct err *e) {
    EVP_PKEY *key = EVP_RSA_gen(BITS);
    X509 *x = X509_new();
    BIO *s = BIO_new(BIO_s_secmem()), *p = BIO_new(BIO_s_mem());
    bool good = key && x && s && p && fill(x, key, name, days) &&
                PEM_write_bio_PKCS8PrivateKey(s, key, NULL, NULL, 0, NULL, NULL) == 1 &&
                PEM_write_bio_X509(s, x) == 1 && PEM_write_bio_X509(p, x) == 1;

    if (good) {
        take(s, secret);
        take(p, pub);
    }
    BIO_free(s);
    BIO_free(p);
    X509_free(x);
    EVP_PKEY_free(key);
    return good ? OK : err_set(e, E_SIGN, "a certificate for %s: %s", name, ossl_why());
}

int devcert_facts(struct str pem, struct arena *a, struct devcert_facts *f, struct err *e) {
    BIO *b = ossl_bytes(pem);
    X509 *x = b ? PEM_read_bio_X509(b, NULL, NULL, NULL) : NULL;
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    bool good = x && X509_digest(x, EVP_sha256(), sum, &n) == 1 &&
                ossl_seconds(X509_get0_notBefore(x), &f->begins) &&
                ossl_seconds(X509_get0_notAfter(x), &f->ends);

    if (good) {
        f->fingerprint = digest_hex(a, sum, n);
        f->name = ossl_name(X509_get_subject_name(x), a);
    }
    X509_free(x);
    BIO_free(b);
    return good ? OK : err_set(e, E_INPUT, "no certificate in it: %s", ossl_why());
}
