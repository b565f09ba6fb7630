/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/chain.h"

#include "crypto/der.h"
#include "crypto/revoked.h"
#include "crypto/signkey_parts.h"
#include "os/clock.h"
#include "os/fsys.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum {
    ROOTS_FILE_MAX = 64 * 1024 * 1024 /* lists of what was revoked are long */,
    SECURITY_BITS = 80 /* RSA 1024 */
};

struct chain {
    X509_STORE *store;
    struct revoked revoked;
    bool known; /* roots that are known by their digests count too */
};

/* SHA-256 of the root of Microsoft's service for signing (2020). */
static const char known_root[] = "5367f20c7ade0e2bca790915056d086b720c33c1fa2a2661acf787e3292e1270";

static int add_file(struct chain *c, const char *path, size_t *roots, struct err *e) {
    AUTO(arena) mem = {0};
    struct str bytes;
    BIO *in;
    X509 *x = NULL;
    size_t n = 0, lists;

    if (fsys_read(FSYS_HERE, path, ROOTS_FILE_MAX, &mem, &bytes, e) ||
        revoked_add(&c->revoked, bytes, path, clock_now(), &lists, e))
        return (int)e->code;
    x = ossl_cert(bytes);
    in = ossl_bytes(bytes);
    for (; in && (x || (x = PEM_read_bio_X509_AUX(in, NULL, NULL, NULL))); n++) {
        X509_STORE_add_cert(c->store, x);
        X509_free(x);
        x = NULL;
    }
    BIO_free(in);
    ERR_clear_error();
    *roots += n;
    return n || lists ? OK : err_set(e, E_INPUT, "%s: no certificate in it", path);
}

int chain_is_list(const char *path, struct err *e) {
    AUTO(arena) mem = {0};
    struct revoked r = {0};
    struct str bytes;
    size_t n;
    int rc = fsys_read(FSYS_HERE, path, ROOTS_FILE_MAX, &mem, &bytes, e);

    rc = rc ? rc : revoked_add(&r, bytes, path, 0, &n, e);
    if (!rc && (!n || str_has(bytes, "-----BEGIN CERT")))
        rc = err_set(e, E_INPUT, "%s: not a revocation list", path);
    revoked_drop(&r);
    return rc;
}

int chain_open(struct chain **out, const char *const *files, size_t n, struct err *e) {
    struct chain *c = mem_alloc(sizeof *c);
    size_t roots = 0;
    int rc = OK;

    *out = NULL;
    c->store = X509_STORE_new();
    for (size_t i = 0; i < n && !rc && c->store; i++)
        rc = add_file(c, files[i], &roots, e);
    c->known = !roots;
    if (!rc && (!c->store || (!roots && X509_STORE_set_default_paths(c->store) != 1)))
        rc = err_set(e, E_BUG, "OpenSSL has no store of certificates: %s", ossl_why());
    if (rc)
        chain_close(c);
    else
        *out = c;
    return rc;
}

void chain_close(struct chain *c) {
    if (!c)
        return;
    X509_STORE_free(c->store);
    revoked_drop(&c->revoked);
    mem_free(c);
}

/* Time stamps are made by certificates for nothing else: RFC 3161, 2.3. That this is marked as
 * critical, as it says too, would rule out those that Microsoft's servers used for years. */
static bool good_for(X509 *x, enum chain_use use) {
    uint32_t has = X509_get_extended_key_usage(x);

    if (use == CHAIN_STAMP)
        return has == XKU_TIMESTAMP &&
               X509_get_key_usage(x) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION);
    if (!(X509_get_key_usage(x) & KU_DIGITAL_SIGNATURE)) /* all bits, where it says nothing */
        return false;
    return has == UINT32_MAX || has & XKU_CODE_SIGN; /* old ones say nothing of it */
}

/* Authorities that are bound to other uses, servers' certificates for instance, vouch for none of
 * this. */
static X509 *bound_elsewhere(X509_STORE_CTX *x, enum chain_use use) {
    STACK_OF(X509) *all = X509_STORE_CTX_get0_chain(x);
    const uint32_t want = XKU_ANYEKU | (use == CHAIN_CODE ? XKU_CODE_SIGN : XKU_TIMESTAMP);

    for (int i = 1; i + 1 < sk_X509_num(all); i++) { /* the last one is trusted as it is */
        X509 *at = sk_X509_value(all, i);

        if (!(X509_get_extended_key_usage(at) & want))
            return at;
    }
    return NULL;
}

static const char *used_for(enum chain_use use) {
    return use == CHAIN_CODE ? "signing code" : "time stamps";
}

/* Nothing is wrong with it but that nobody here knows who vouches for it. */
static const char *mend_for(int error) {
    switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return "; it leads to no root that is trusted here";
    default:
        return "";
    }
}

static int judge(const struct chain *c, X509 *leaf, STACK_OF(X509) * others, enum chain_use use,
                 int64_t when, bool proven, struct err *e) {
    X509_STORE_CTX *x = X509_STORE_CTX_new();
    X509_VERIFY_PARAM *param;
    AUTO(arena) mem = {0};
    struct str name;
    X509 *at;
    int rc = OK;

    if (!x || X509_STORE_CTX_init(x, c->store, leaf, others) != 1) {
        X509_STORE_CTX_free(x);
        return err_set(e, E_BUG, "OpenSSL cannot check certificates: %s", ossl_why());
    }
    param = X509_STORE_CTX_get0_param(x);
    X509_VERIFY_PARAM_set_time(param, (time_t)when);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    if (X509_verify_cert(x) != 1) {
        at = X509_STORE_CTX_get_current_cert(x);
        name = ossl_name(X509_get_subject_name(at ? at : leaf), &mem);
        rc = err_set(e, E_WRONG, "the certificate of " STR_F ": %s%s", STR_A(name),
                     X509_verify_cert_error_string(X509_STORE_CTX_get_error(x)),
                     mend_for(X509_STORE_CTX_get_error(x)));
    } else if ((at = bound_elsewhere(x, use))) {
        name = ossl_name(X509_get_subject_name(at), &mem);
        rc = err_set(e, E_WRONG, "the certificate of " STR_F " is not made for %s", STR_A(name),
                     used_for(use));
    } else
        rc = revoked_check(&c->revoked, X509_STORE_CTX_get0_chain(x), use,
                           proven ? when : INT64_MAX, e);
    X509_STORE_CTX_free(x);
    ERR_clear_error();
    return rc;
}

static bool is_known_root(struct str cert) {
    AUTO(arena) mem = {0};
    struct digest_set set;
    struct err ignored = {0};

    return !digest_bytes(cert, DIGEST_SHA256, &set, &ignored) &&
           str_is(digest_hex(&mem, set.sha256, sizeof set.sha256), known_root);
}

static int good_alone(X509 *x, enum chain_use use, struct err *e) {
    if (!x)
        return err_set(e, E_WRONG, "its certificate is damaged");
    if (!good_for(x, use))
        return err_set(e, E_WRONG, "its certificate is not made for %s", used_for(use));
    if (EVP_PKEY_get_security_bits(X509_get0_pubkey(x)) < SECURITY_BITS)
        return err_set(e, E_WRONG,
                       "the key of its certificate is so short that others can find it");
    return OK;
}

int chain_check(const struct chain *c, const struct str *certs, size_t n, size_t leaf,
                enum chain_use use, int64_t when, bool proven, struct err *e) {
    STACK_OF(X509) *others = sk_X509_new_null();
    X509 *own = ossl_cert(certs[leaf]);
    int rc;

    for (size_t i = 0; i < n && others; i++) {
        X509 *x = ossl_cert(certs[i]);

        if (x && c->known && is_known_root(certs[i]))
            X509_STORE_add_cert(c->store, x);
        if (x && !sk_X509_push(others, x))
            X509_free(x);
    }
    if (!others)
        rc = err_set(e, E_BUG, "OpenSSL cannot list certificates");
    else
        rc = good_alone(own, use, e);
    if (!rc)
        rc = judge(c, own, others, use, when, proven, e);
    X509_free(own);
    sk_X509_pop_free(others, X509_free);
    return rc;
}

/* Microsoft's "lifetime signing": 1.3.6.1.4.1.311.10.3.13. */
bool chain_mortal(struct str cert) {
    X509 *x = ossl_cert(cert);
    EXTENDED_KEY_USAGE *uses = x ? X509_get_ext_d2i(x, NID_ext_key_usage, NULL, NULL) : NULL;
    ASN1_OBJECT *lifetime = OBJ_txt2obj("1.3.6.1.4.1.311.10.3.13", 1);
    bool is = false;

    for (int i = 0; i < sk_ASN1_OBJECT_num(uses) && lifetime; i++)
        is |= !OBJ_cmp(sk_ASN1_OBJECT_value(uses, i), lifetime);
    ASN1_OBJECT_free(lifetime);
    EXTENDED_KEY_USAGE_free(uses);
    X509_free(x);
    ERR_clear_error();
    return is;
}

static int64_t seconds_of(const ASN1_TIME *t) {
    struct der d = {.tag = ASN1_STRING_type(t) == V_ASN1_UTCTIME ? DER_UTC_TIME : DER_TIME,
                    .body = {(const char *)ASN1_STRING_get0_data(t),
                             (size_t)ASN1_STRING_length(t)}};
    int64_t v = 0;

    return der_time(&d, &v) ? v : 0;
}

/* As RFC 2253 writes it, in UTF-8; control characters are escaped. */
static struct str whole_name(const X509_NAME *name, struct arena *mem) {
    BIO *b = BIO_new(BIO_s_mem());
    struct str s = {0};
    char *p;
    long n;

    if (b && X509_NAME_print_ex(b, name, 0,
                                XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0) {
        n = BIO_get_mem_data(b, &p);
        s = str_dup(mem, (struct str){p, n > 0 ? (size_t)n : 0});
    }
    BIO_free(b);
    ERR_clear_error();
    return s;
}

size_t chain_issuer(const struct str *certs, size_t n, size_t i) {
    X509 *x = ossl_cert(certs[i]);
    size_t found = n;

    for (size_t k = 0; x && k < n && found == n; k++) {
        X509 *other = k == i ? NULL : ossl_cert(certs[k]);

        if (other && X509_cmp(x, other) && X509_check_issued(other, x) == X509_V_OK)
            found = k;
        X509_free(other);
    }
    X509_free(x);
    ERR_clear_error();
    return found;
}

int chain_alone(struct str cert, enum chain_use use, int64_t when, struct err *e) {
    X509 *x = ossl_cert(cert);
    AUTO(arena) mem = {0};
    int rc = good_alone(x, use, e);
    int64_t from, until;

    if (!rc) {
        from = seconds_of(X509_get0_notBefore(x));
        until = seconds_of(X509_get0_notAfter(x));
        if (when < from)
            rc = err_set(e, E_WRONG, "its certificate is not valid before " STR_F,
                         STR_A(clock_rfc3339(&mem, from)));
        else if (when > until)
            rc = err_set(e, E_WRONG, "its certificate was valid until " STR_F,
                         STR_A(clock_rfc3339(&mem, until)));
    }
    X509_free(x);
    return rc;
}

bool chain_facts(struct str cert, struct arena *mem, struct chain_facts *f) {
    X509 *x = ossl_cert(cert);
    const ASN1_INTEGER *serial;
    struct digest_set set;
    struct err ignored = {0};

    *f = (struct chain_facts){0};
    if (!x || digest_bytes(cert, DIGEST_SHA256, &set, &ignored)) {
        X509_free(x);
        return false;
    }
    f->subject = ossl_name(X509_get_subject_name(x), mem);
    f->issuer = ossl_name(X509_get_issuer_name(x), mem);
    f->subject_dn = whole_name(X509_get_subject_name(x), mem);
    serial = X509_get0_serialNumber(x);
    f->serial = digest_hex(mem, ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial));
    f->sha256 = digest_hex(mem, set.sha256, sizeof set.sha256);
    f->from = seconds_of(X509_get0_notBefore(x));
    f->until = seconds_of(X509_get0_notAfter(x));
    f->root = X509_check_issued(x, x) == X509_V_OK;
    X509_free(x);
    return true;
}
