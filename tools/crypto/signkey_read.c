/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/signkey.h"
#include "crypto/signkey_parts.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/provider.h>
#include <string.h>

static const char unlike[] = "neither PEM, DER nor PKCS#12, or damaged";

void signkey_found_drop(struct signkey_found *f) {
    EVP_PKEY_free(f->key);
    for (size_t i = 0; i < f->n; i++)
        X509_free(f->cert[i]);
    *f = (struct signkey_found){0};
}

/* Takes a certificate over, twins once. */
static int add(struct signkey_found *f, X509 *x, struct err *e) {
    for (size_t i = 0; i < f->n; i++)
        if (!X509_cmp(f->cert[i], x)) {
            X509_free(x);
            return OK;
        }
    if (f->n == SIGNKEY_CERTS) {
        X509_free(x);
        return err_set(e, E_SIGN, "more than %d certificates", SIGNKEY_CERTS);
    }
    f->cert[f->n++] = x;
    return OK;
}

static int add_all(struct signkey_found *f, const STACK_OF(X509) * all, struct err *e) {
    for (int i = 0; i < sk_X509_num(all); i++) {
        X509 *x = sk_X509_value(all, i);

        X509_up_ref(x);
        if (add(f, x, e))
            return (int)e->code;
    }
    return OK;
}

static int add_pkcs7(struct signkey_found *f, PKCS7 *p7, struct err *e) {
    int rc = OK;

    if (PKCS7_type_is_signed(p7) && p7->d.sign)
        rc = add_all(f, p7->d.sign->cert, e);
    PKCS7_free(p7);
    return rc;
}

/* Never asks anybody: without a passphrase there is none. */
static int give_pass(char *to, int room, int writing, void *self) {
    const struct str *pass = self;

    (void)writing;
    if (!pass->n || pass->n > (size_t)room)
        return -1;
    memcpy(to, pass->p, pass->n);
    return (int)pass->n;
}

static int wrong_pass(struct str pass, const char *what, struct err *e) {
    ERR_clear_error();
    if (!pass.n)
        return err_set(e, E_SIGN, "%s: it is encrypted; a passphrase is needed", what);
    return err_set(e, E_SIGN, "%s: the passphrase does not open it", what);
}

/* --- PKCS#12 ---------------------------------------------------------------------------------- */

/* Files of old tools are encrypted by RC2, which OpenSSL 3 keeps apart. */
static int parse_pkcs12(PKCS12 *p12, const char *pass, EVP_PKEY **key, X509 **cert,
                        STACK_OF(X509) * *others, const char *what, struct err *e) {
    OSSL_PROVIDER *legacy;
    int ok = PKCS12_parse(p12, pass, key, cert, others);

    if (ok)
        return OK;
    ERR_clear_error();
    legacy = OSSL_PROVIDER_try_load(NULL, "legacy", 1);
    if (!legacy) {
        ERR_clear_error();
        return err_set(e, E_SIGN,
                       "%s: it is encrypted in an old way and OpenSSL's legacy provider, which "
                       "knows it, is not installed",
                       what);
    }
    ok = PKCS12_parse(p12, pass, key, cert, others);
    OSSL_PROVIDER_unload(legacy);
    return ok ? OK : err_set(e, E_SIGN, "%s: damaged PKCS#12: %s", what, ossl_why());
}

static int take_pkcs12(PKCS12 *p12, struct str pass, const char *what, struct signkey_found *f,
                       struct err *e) {
    AUTO(buf) z = BUF_NONE;
    EVP_PKEY *key = NULL;
    X509 *cert = NULL;
    STACK_OF(X509) *others = NULL;
    bool none;
    int rc;

    buf_init(&z, SECRET_MAX);
    z.secret = true;
    buf_str(&z, pass);
    buf_c(&z, 0);
    if (!PKCS12_mac_present(p12))
        return err_set(e, E_SIGN,
                       "%s: a PKCS#12 file with no checksum (MAC) that would tell whether the "
                       "passphrase is right; openssl pkcs12 makes one that has",
                       what);
    none = !pass.n && PKCS12_verify_mac(p12, NULL, 0); /* not the same as an empty one */
    if (!none && !PKCS12_verify_mac(p12, z.p, (int)pass.n))
        return wrong_pass(pass, what, e);
    signkey_old_unlock(p12, none ? NULL : z.p);
    if (parse_pkcs12(p12, z.p, &key, &cert, &others, what, e))
        return (int)e->code;
    if (!f->key)
        f->key = key;
    else
        EVP_PKEY_free(key);
    rc = cert ? add(f, cert, e) : OK;
    if (!rc)
        rc = add_all(f, others, e);
    sk_X509_pop_free(others, X509_free);
    return rc;
}

static PKCS12 *open_pkcs12(struct str bytes) {
    const unsigned char *p = (const unsigned char *)bytes.p;
    PKCS12 *p12 = bytes.n <= INT32_MAX ? d2i_PKCS12(NULL, &p, (long)bytes.n) : NULL;

    ERR_clear_error();
    return p12;
}

/* --- certificates ----------------------------------------------------------------------------- */

static int read_pem_certs(struct str bytes, const char *what, struct signkey_found *f,
                          struct err *e) {
    BIO *in = ossl_bytes(bytes);
    char *name = NULL, *head = NULL;
    unsigned char *data = NULL;
    long n;
    int rc = OK;

    while (in && !rc && PEM_read_bio(in, &name, &head, &data, &n)) {
        const unsigned char *p = data;
        bool single = !strcmp(name, PEM_STRING_X509) || !strcmp(name, PEM_STRING_X509_OLD);
        X509 *x = single ? d2i_X509(NULL, &p, n) : NULL;
        PKCS7 *p7 = !strcmp(name, PEM_STRING_PKCS7) ? d2i_PKCS7(NULL, &p, n) : NULL;

        if (x)
            rc = add(f, x, e);
        else if (p7)
            rc = add_pkcs7(f, p7, e);
        else if (single)
            rc = err_set(e, E_SIGN, "%s: damaged certificate: %s", what, ossl_why());
        OPENSSL_free(name);
        OPENSSL_free(head);
        OPENSSL_clear_free(data, (size_t)n);
    }
    BIO_free(in);
    ERR_clear_error();
    return rc;
}

int signkey_read_certs(struct str bytes, struct str pass, const char *what, struct signkey_found *f,
                       struct err *e) {
    const unsigned char *p = (const unsigned char *)bytes.p;
    PKCS12 *p12;
    PKCS7 *p7;
    X509 *x;
    int rc;

    if (str_has(bytes, "-----BEGIN "))
        return read_pem_certs(bytes, what, f, e);
    x = ossl_cert(bytes);
    if (x)
        return add(f, x, e);
    p12 = open_pkcs12(bytes);
    if (p12) {
        rc = take_pkcs12(p12, pass, what, f, e);
        PKCS12_free(p12);
        return rc;
    }
    p7 = bytes.n <= INT32_MAX ? d2i_PKCS7(NULL, &p, (long)bytes.n) : NULL;
    ERR_clear_error();
    return p7 ? add_pkcs7(f, p7, e) : err_set(e, E_SIGN, "%s: %s", what, unlike);
}

/* --- keys ------------------------------------------------------------------------------------- */

/* *locked: it is encrypted, and the passphrase may be why it cannot be read. */
static EVP_PKEY *read_key(struct str bytes, struct str *pass, bool pem, bool *locked) {
    BIO *in = ossl_bytes(bytes);
    EVP_PKEY *key = NULL;

    *locked = str_has(bytes, "ENCRYPTED"); /* both PEM kinds say so in words */
    if (in && pem)
        key = PEM_read_bio_PrivateKey(in, NULL, give_pass, pass);
    else if (in) {
        key = d2i_PrivateKey_bio(in, NULL);
        if (!key && BIO_reset(in) == 1) {
            key = d2i_PKCS8PrivateKey_bio(in, NULL, give_pass, pass);
            *locked = ERR_GET_LIB(ERR_peek_last_error()) != ERR_LIB_ASN1;
        }
    }
    BIO_free(in);
    ERR_clear_error();
    return key;
}

int signkey_read_key(struct str bytes, struct str pass, struct signkey_found *f, struct err *e) {
    bool pem = str_has(bytes, "-----BEGIN "), locked;
    PKCS12 *p12 = pem ? NULL : open_pkcs12(bytes);
    OSSL_PROVIDER *legacy;
    int rc;

    if (p12) {
        rc = take_pkcs12(p12, pass, "key", f, e);
        PKCS12_free(p12);
        return rc;
    }
    f->key = read_key(bytes, &pass, pem, &locked);
    if (!f->key && locked && pass.n) { /* by DES, as twenty years ago? */
        legacy = OSSL_PROVIDER_try_load(NULL, "legacy", 1);
        if (legacy) {
            f->key = read_key(bytes, &pass, pem, &locked);
            OSSL_PROVIDER_unload(legacy);
        }
        ERR_clear_error();
    }
    if (f->key)
        return OK;
    if (locked)
        return wrong_pass(pass, "key", e);
    return err_set(e, E_SIGN, "key: %s", pem ? "no private key in it, or damaged" : unlike);
}
