/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/revoked.h"

#include "base/arena.h"
#include "base/log.h"
#include "crypto/ossl.h"
#include "os/clock.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

static int64_t seconds_of(const ASN1_TIME *t) {
    int64_t when;

    return ossl_seconds(t, &when) ? when : 0;
}

/* Takes the list over. */
static void add(struct revoked *r, X509_CRL *x, const char *path, int64_t now) {
    const ASN1_TIME *next = X509_CRL_get0_nextUpdate(x);
    AUTO(arena) mem = {0};

    if (next && seconds_of(next) < now)
        log_warn("%s: what was revoked after " STR_F " is not in it", path,
                 STR_A(clock_rfc3339(&mem, seconds_of(X509_CRL_get0_lastUpdate(x)))));
    if (r->n == r->room) {
        r->room = r->room ? 2 * r->room : 8;
        r->v = mem_resize(r->v, r->room * sizeof(X509_CRL *));
    }
    r->v[r->n++] = x;
}

int revoked_add(struct revoked *r, struct str bytes, const char *path, int64_t now, size_t *found,
                struct err *e) {
    const unsigned char *p = (const unsigned char *)bytes.p;
    X509_CRL *x = bytes.n && bytes.n <= INT32_MAX ? d2i_X509_CRL(NULL, &p, (long)bytes.n) : NULL;
    BIO *in = ossl_bytes(bytes);
    int rc = OK;

    *found = 0;
    while (in && (x || (x = PEM_read_bio_X509_CRL(in, NULL, NULL, NULL)))) {
        add(r, x, path, now);
        ++*found;
        x = NULL;
    }
    if (str_has(bytes, "-----BEGIN X509 CRL") &&
        ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        rc = err_set(e, E_INPUT, "%s: damaged revocation list: %s", path, ossl_why());
    BIO_free(in);
    ERR_clear_error();
    return rc;
}

void revoked_drop(struct revoked *r) {
    for (size_t i = 0; i < r->n; i++)
        X509_CRL_free(r->v[i]);
    mem_free(r->v);
    *r = (struct revoked){0};
}

/* RFC 3161, section 4: after these reasons the stamps of before stay good. */
static bool was_stolen(X509_REVOKED *row) {
    ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i(row, NID_crl_reason, NULL, NULL);
    long why = reason ? ASN1_ENUMERATED_get(reason) : -1;

    ASN1_ENUMERATED_free(reason);
    return why != CRL_REASON_UNSPECIFIED && why != CRL_REASON_AFFILIATION_CHANGED &&
           why != CRL_REASON_SUPERSEDED && why != CRL_REASON_CESSATION_OF_OPERATION;
}

/* By name, and by key where it tells that: authorities get new keys under old names. */
static bool is_by(const X509_CRL *list, X509 *issuer) {
    AUTHORITY_KEYID *key = X509_CRL_get_ext_d2i(list, NID_authority_key_identifier, NULL, NULL);
    bool same = !X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_subject_name(issuer)) &&
                (!key || X509_check_akid(issuer, key) == X509_V_OK);

    AUTHORITY_KEYID_free(key);
    return same;
}

static int judge(X509_CRL *list, X509 *x, X509 *issuer, enum chain_use use, int64_t when,
                 struct err *e) {
    AUTO(arena) mem = {0};
    struct str name = ossl_name(X509_get_subject_name(x), &mem);
    X509_REVOKED *row = NULL;
    int64_t since;

    if (X509_CRL_verify(list, X509_get0_pubkey(issuer)) != 1)
        return err_set(e, E_WRONG,
                       "the revocation list of who issued " STR_F " is not signed by it",
                       STR_A(name));
    if (X509_CRL_get0_by_cert(list, &row, x) != 1) /* 2: taken back, and given again */
        return OK;
    since = seconds_of(X509_REVOKED_get0_revocationDate(row));
    if (when < since && (use == CHAIN_CODE || !was_stolen(row)))
        return OK;
    return err_set(e, E_WRONG, "the certificate of " STR_F " was revoked, from " STR_F " on",
                   STR_A(name), STR_A(clock_rfc3339(&mem, since)));
}

int revoked_check(const struct revoked *r, const STACK_OF(X509) * chain, enum chain_use use,
                  int64_t when, struct err *e) {
    bool told = false;
    int rc = OK;

    for (int i = 0; r->n && i + 1 < sk_X509_num(chain) && !rc; i++) {
        X509 *x = sk_X509_value(chain, i), *issuer = sk_X509_value(chain, i + 1);

        for (size_t k = 0; k < r->n && !rc; k++) {
            if (!is_by(r->v[k], issuer))
                continue;
            told = told || !i;
            rc = judge(r->v[k], x, issuer, use, when, e);
        }
    }
    if (r->n && !told && !rc && sk_X509_num(chain) > 1) {
        AUTO(arena) mem = {0};

        log_warn("no revocation list is of " STR_F,
                 STR_A(ossl_name(X509_get_issuer_name(sk_X509_value(chain, 0)), &mem)));
    }
    ERR_clear_error();
    return rc;
}
