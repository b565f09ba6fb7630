/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/signkey.h"

#include "base/arena.h"
#include "crypto/der.h"
#include "crypto/signkey_parts.h"
#include "os/thread.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

enum { SIGNATURE_MAX = 4096, SAID_MAX = 64 * 1024 };

struct signkey {
    struct arena mem;
    struct signkey_found own; /* certificates in order */
    struct signkey_token *token;
    struct str *der;
    const char *command, *dir;
    struct thread_lock *lock; /* tokens and commands are asked one thing at a time */
};

/* --- which certificates ----------------------------------------------------------------------- */

static bool issued(X509 *by, X509 *x) {
    return X509_check_issued(by, x) == X509_V_OK;
}

/* May it be the one that signs? It has the key; where there is none here, it issued none of the
 * others. */
static bool may_sign(const struct signkey_found *f, size_t i) {
    if (f->key)
        return EVP_PKEY_eq(X509_get0_pubkey(f->cert[i]), f->key) == 1;
    for (size_t k = 0; k < f->n; k++)
        if (k != i && issued(f->cert[i], f->cert[k]))
            return false;
    return true;
}

/* Of two that may sign: one that is no authority before one that is; of those for the same key,
 * since it was renewed, the one that is valid longer. */
static bool is_better(X509 *x, X509 *than) {
    bool authority = X509_check_ca(x) == 1, other = X509_check_ca(than) == 1;

    if (authority != other)
        return other;
    return EVP_PKEY_eq(X509_get0_pubkey(x), X509_get0_pubkey(than)) == 1 &&
           ASN1_TIME_compare(X509_get0_notAfter(x), X509_get0_notAfter(than)) > 0;
}

static int find_own(const struct signkey_found *f, size_t *at, struct err *e) {
    *at = f->n;
    for (size_t i = 0; i < f->n; i++)
        if (may_sign(f, i) && (*at == f->n || is_better(f->cert[i], f->cert[*at])))
            *at = i;
    ERR_clear_error();
    if (*at < f->n)
        return OK;
    return err_set(e, E_SIGN,
                   f->n ? "none of the certificates belongs to the key"
                        : "there is no certificate; its file goes with the key");
}

/* Puts the chain first, in order, and gives up what is not part of it; so the root, which who
 * verifies has to have anyway. */
static int order(struct signkey_found *f, struct err *e) {
    struct signkey_found rest = {0};
    size_t at = 0, n = 0;

    if (find_own(f, &at, e))
        return (int)e->code;
    do {
        X509 *x = f->cert[at];

        f->cert[at] = f->cert[n];
        f->cert[n++] = x;
        if (issued(x, x))
            break;
        for (at = n; at < f->n; at++)
            if (issued(f->cert[at], x) && !issued(f->cert[at], f->cert[at]))
                break;
    } while (at < f->n);
    for (size_t i = n; i < f->n; i++)
        rest.cert[rest.n++] = f->cert[i];
    f->n = n;
    signkey_found_drop(&rest);
    ERR_clear_error();
    return OK;
}

static int check_kind(const struct signkey_found *f, struct err *e) {
    EVP_PKEY *key = X509_get0_pubkey(f->cert[0]);
    int id = key ? EVP_PKEY_get_base_id(key) : 0;

    if (id == EVP_PKEY_RSA || id == EVP_PKEY_EC)
        return OK;
    return err_set(e, E_SIGN, "the certificate's key is neither RSA nor ECDSA");
}

static int find_all(struct signkey *k, const struct signkey_spec *s, struct err *e) {
    struct signkey_found *f = &k->own;

    if (s->certificates.n &&
        signkey_read_certs(s->certificates, s->passphrase, "certificate", f, e))
        return (int)e->code;
    if (s->certificate_only || s->command.n) {
        EVP_PKEY_free(f->key);
        f->key = NULL;
    } else if (s->token.n) {
        EVP_PKEY_free(f->key);
        f->key = NULL;
        if (signkey_token_open(&k->token, s, f, e))
            return (int)e->code;
    } else if (s->key.n) {
        EVP_PKEY_free(f->key);
        f->key = NULL;
        if (signkey_read_key(s->key, s->passphrase, f, e))
            return (int)e->code;
    } else if (!f->key && signkey_read_key(s->certificates, s->passphrase, f, e)) {
        if (str_has(s->certificates, "PRIVATE KEY-----")) /* it does have one */
            return (int)e->code;
        return err_set(e, E_SIGN,
                       "the certificate's file has no private key in it; key: or command: says "
                       "where it is, or it signs in two steps");
    }
    if (order(f, e)) {
        if (!s->token.n || s->certificates.n)
            return (int)e->code;
        return err_set(e, E_SIGN,
                       "the token has no certificate of this key; certificate: says where it is");
    }
    return check_kind(f, e);
}

int signkey_open(struct signkey **out, const struct signkey_spec *s, struct err *e) {
    struct signkey *k = mem_alloc(sizeof *k);

    *out = NULL;
    k->lock = thread_lock_new();
    if (find_all(k, s, e)) {
        signkey_close(k);
        return (int)e->code;
    }
    k->command = s->command.n ? str_z(&k->mem, s->command) : NULL;
    k->dir = s->dir ? arena_dup(&k->mem, s->dir, strlen(s->dir)) : NULL;
    k->der = arena_array(&k->mem, k->own.n, sizeof *k->der);
    for (size_t i = 0; i < k->own.n; i++)
        k->der[i] = ossl_der(k->own.cert[i], &k->mem);
    *out = k;
    return OK;
}

void signkey_close(struct signkey *k) {
    if (!k)
        return;
    signkey_found_drop(&k->own);
    signkey_token_close(k->token);
    thread_lock_free(k->lock);
    arena_drop(&k->mem);
    mem_free(k);
}

size_t signkey_certs(const struct signkey *k, const struct str **certs) {
    *certs = k->der;
    return k->own.n;
}

struct str signkey_name(const struct signkey *k) {
    struct signkey *own = (struct signkey *)(uintptr_t)k; /* its arena */

    return ossl_name(X509_get_subject_name(k->own.cert[0]), &own->mem);
}

int64_t signkey_expires(const struct signkey *k) {
    struct der d = {0};
    const ASN1_TIME *t = X509_get0_notAfter(k->own.cert[0]);
    int64_t seconds = 0;

    d.tag = ASN1_STRING_type(t) == V_ASN1_UTCTIME ? DER_UTC_TIME : DER_TIME;
    d.body = (struct str){(const char *)ASN1_STRING_get0_data(t), (size_t)ASN1_STRING_length(t)};
    return der_time(&d, &seconds) ? seconds : 0;
}

/* --- signing ---------------------------------------------------------------------------------- */

static bool is_rsa(const struct signkey *k) {
    return EVP_PKEY_get_base_id(X509_get0_pubkey(k->own.cert[0])) == EVP_PKEY_RSA;
}

struct str signkey_algorithm(const struct signkey *k, enum digest_kind kind, struct arena *mem) {
    static const struct {
        enum digest_kind kind;
        const char *oid;
    } ecdsa[] = {{DIGEST_SHA1, "1.2.840.10045.4.1"},
                 {DIGEST_SHA256, "1.2.840.10045.4.3.2"},
                 {DIGEST_SHA384, "1.2.840.10045.4.3.3"},
                 {DIGEST_SHA512, "1.2.840.10045.4.3.4"}};

    /* signtool writes the plain rsaEncryption here, the digest stands beside it */
    if (is_rsa(k))
        return DER(mem, DER_SEQ, der_oid(mem, "1.2.840.113549.1.1.1"), STR("\5\0"));
    for (size_t i = 0; i < COUNT(ecdsa); i++)
        if (ecdsa[i].kind == kind)
            return DER(mem, DER_SEQ, der_oid(mem, ecdsa[i].oid));
    return (struct str){0};
}

/* ECDSA the same each time, as RFC 6979 has it, where this OpenSSL can. */
static void be_steady(EVP_PKEY_CTX *c) {
    unsigned on = 1;
    const OSSL_PARAM *can = EVP_PKEY_CTX_settable_params(c);
    const OSSL_PARAM set[] = {OSSL_PARAM_construct_uint("nonce-type", &on), OSSL_PARAM_END};

    if (can && OSSL_PARAM_locate_const(can, "nonce-type"))
        EVP_PKEY_CTX_set_params(c, set);
    ERR_clear_error();
}

static int sign_here(struct signkey *k, enum digest_kind kind, struct str digest, struct buf *out,
                     struct err *e) {
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(signkey_token_context(k->token), k->own.key, NULL);
    unsigned char b[SIGNATURE_MAX];
    size_t n = sizeof b;
    bool good = c && EVP_PKEY_sign_init(c) == 1;

    if (good && is_rsa(k))
        good = EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) == 1;
    else if (good)
        be_steady(c);
    good = good && EVP_PKEY_CTX_set_signature_md(c, ossl_md(kind)) == 1 &&
           EVP_PKEY_sign(c, b, &n, (const unsigned char *)digest.p, digest.n) == 1;
    EVP_PKEY_CTX_free(c);
    if (!good)
        return err_set(e, E_SIGN, "the key did not sign: %s", ossl_why());
    buf_put(out, b, n);
    return OK;
}

/* Base64url, as services answer, is written without padding. */
static struct str from_url(struct str s, struct arena *mem) {
    struct str t = str_trim(s);
    char *p = arena_alloc(mem, t.n + 3);

    for (size_t i = 0; i < t.n; i++)
        p[i] = (char)(t.p[i] == '-' ? '+' : t.p[i] == '_' ? '/' : t.p[i]);
    while (t.n % 4 && !memchr(p, '\n', t.n))
        p[t.n++] = '=';
    return (struct str){p, t.n};
}

/* One of the two halves of a signature, which come without a tag, as an INTEGER. */
static struct str half_int(struct str s, struct arena *mem) {
    char *p = arena_alloc(mem, s.n + 1);

    while (s.n > 1 && !s.p[0])
        s = str_cut(s, 1, s.n);
    p[0] = 0;
    memcpy(p + 1, s.p, s.n);
    return s.p[0] & 0x80 ? DER(mem, DER_INT, {p, s.n + 1}) : DER(mem, DER_INT, s);
}

/* ECDSA as Azure and JOSE have it: r and s, one behind the other. */
static bool from_halves(const struct signkey *k, struct arena *mem, struct str *signature) {
    EVP_PKEY *key = X509_get0_pubkey(k->own.cert[0]);
    size_t n = ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;

    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC || !n || signature->n != 2 * n)
        return false;
    *signature = DER(mem, DER_SEQ, half_int(str_cut(*signature, 0, n), mem),
                     half_int(str_cut(*signature, n, 2 * n), mem));
    return true;
}

static bool fits(const struct signkey *k, enum digest_kind kind, struct str digest,
                 struct arena *mem, struct str *signature) {
    struct str der = *signature;
    X509 *own = k->own.cert[0];

    if (!ossl_fits(own, kind, digest, der, false) &&
        (!from_halves(k, mem, &der) || !ossl_fits(own, kind, digest, der, false)))
        return false;
    *signature = der;
    return true;
}

bool signkey_accepts(const struct signkey *k, enum digest_kind kind, struct str digest,
                     struct arena *mem, struct str *signature) {
    struct str raw;

    if (fits(k, kind, digest, mem, signature))
        return true;
    if (!digest_unbase64(mem, from_url(*signature, mem), &raw) || !fits(k, kind, digest, mem, &raw))
        return false;
    *signature = raw;
    return true;
}

static int sign_by_command(struct signkey *k, enum digest_kind kind, struct str digest,
                           struct buf *out, struct err *e) {
    AUTO(arena) mem = {0};
    struct str env = str_fmt(&mem, "SLIPWAY_DIGEST=%s", digest_name(kind));

    if (secret_run(str_of(k->command), k->dir, digest, &env, 1, out, e) ||
        buf_check(out, "what it printed", e))
        return (int)(e->code = e->code == E_RECIPE ? E_RECIPE : E_SIGN);
    return OK;
}

int signkey_sign(struct signkey *k, enum digest_kind kind, struct str digest, struct arena *mem,
                 struct str *signature, struct err *e) {
    AUTO(buf) out = BUF_NONE;
    int rc;

    *signature = (struct str){0};
    buf_init(&out, SAID_MAX);
    if (!k->command && !k->own.key)
        return err_set(e, E_BUG, "signkey: there is no key to sign with");
    thread_enter(k->lock);
    rc = k->command ? sign_by_command(k, kind, digest, &out, e)
                    : sign_here(k, kind, digest, &out, e);
    thread_leave(k->lock);
    if (rc)
        return rc;
    *signature = str_dup(mem, buf_get(&out));
    if (signkey_accepts(k, kind, digest, mem, signature))
        return OK;
    return err_set(e, E_SIGN,
                   k->command ? "what the command printed is no signature of the digest by the "
                                "certificate's key"
                              : "the key's signature does not fit the certificate");
}
