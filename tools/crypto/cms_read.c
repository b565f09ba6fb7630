/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/cms.h"
#include "crypto/ossl.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>
#include <string.h>

enum { MADE = DER_CONTEXT | DER_MADE };

static int damaged(const char *what, struct err *e) {
    return err_set(e, E_INPUT, "damaged signature: %s", what);
}

static enum digest_kind kind_of(struct str algorithm) {
    struct der seq, oid;

    return der_take(&algorithm, DER_SEQ, &seq) && der_take(&seq.body, DER_OID, &oid)
               ? ossl_digest_kind(oid.body)
               : (enum digest_kind)0;
}

int cms_parse_signer(struct str der, struct cms_signer *s, struct err *e) {
    struct der seq, d;
    struct str rest;

    *s = (struct cms_signer){0};
    if (!der_take(&der, DER_SEQ, &seq))
        return damaged("no signer", e);
    rest = seq.body;
    if (!der_take(&rest, DER_INT, &d))
        return damaged("its signer has no version", e);
    s->version = d.all;
    if (!der_next(&rest, &d) || (d.tag != DER_SEQ && d.tag != DER_CONTEXT && d.tag != MADE))
        return damaged("its signer has no name", e);
    s->id = d.all;
    if (!der_take(&rest, DER_SEQ, &d))
        return damaged("its signer has no digest algorithm", e);
    s->digest_algorithm = d.all;
    s->kind = kind_of(d.all);
    if (der_take(&rest, MADE, &d))
        s->signed_attrs = d.body;
    if (!der_take(&rest, DER_SEQ, &d))
        return damaged("its signer has no signature algorithm", e);
    s->signature_algorithm = d.all;
    if (!der_take(&rest, DER_OCTETS, &d))
        return damaged("its signer has no signature", e);
    s->signature = d.body;
    if (der_take(&rest, MADE | 1, &d))
        s->unsigned_attrs = d.body;
    return rest.n ? damaged("its signer does not end where it should", e) : OK;
}

static int parse_content(struct str body, struct cms *c, struct err *e) {
    struct der oid, wrapped, content;

    if (!der_take(&body, DER_OID, &oid))
        return damaged("its content has no type", e);
    c->content_type = oid.body;
    if (!body.n)
        return OK;
    if (!der_take(&body, MADE, &wrapped) || !der_next(&wrapped.body, &content) || wrapped.body.n)
        return damaged("its content cannot be read", e);
    c->content = content.all;
    return OK;
}

static int parse_certs(struct str body, struct cms *c, struct err *e) {
    struct der d;

    while (body.n) {
        if (!der_next(&body, &d))
            return damaged("a certificate in it cannot be read", e);
        if (d.tag != DER_SEQ) /* attribute certificates and the like say nothing to us */
            continue;
        if (c->n_certs == CMS_CERTS_MAX)
            return damaged("it has too many certificates", e);
        c->cert[c->n_certs++] = d.all;
    }
    return OK;
}

/* Of the parts that no signature covers and nothing here reads, others read some: what they would
 * not take is not good. */
static bool reads_elsewhere(struct str all) {
    const unsigned char *p = (const unsigned char *)all.p, *q = p;
    PKCS7 *old = d2i_PKCS7(NULL, &p, (long)all.n);
    CMS_ContentInfo *cms = old ? NULL : d2i_CMS_ContentInfo(NULL, &q, (long)all.n);
    bool good = old || cms;

    PKCS7_free(old);
    CMS_ContentInfo_free(cms);
    ERR_clear_error();
    return good;
}

/* The digests that whoever reads it as a stream has to make: that of the signer is one of them. */
static bool digest_foretold(const struct cms *c) {
    struct str rest = c->digest_algorithms;
    struct der set, d;

    if (!c->signer.kind) /* said when it is checked */
        return true;
    if (!der_take(&rest, DER_SET, &set))
        return false;
    for (rest = set.body; der_take(&rest, DER_SEQ, &d);)
        if (kind_of(d.all) == c->signer.kind)
            return true;
    return false;
}

static int parse(struct str bytes, struct cms *c, struct err *e) {
    struct der info, oid, wrapped, data, d, signers;
    struct str rest;

    *c = (struct cms){0};
    if (!der_take(&bytes, DER_SEQ, &info) || info.all.n > CMS_MAX)
        return damaged("not DER", e);
    c->all = info.all;
    if (!der_take(&info.body, DER_OID, &oid) || !der_oid_is(oid.body, CMS_SIGNED_DATA) ||
        !der_take(&info.body, MADE, &wrapped) || !der_take(&wrapped.body, DER_SEQ, &data))
        return damaged("it is no CMS SignedData", e);
    rest = data.body;
    if (!der_take(&rest, DER_INT, &d))
        return damaged("it has no version", e);
    c->version = d.all;
    if (!der_take(&rest, DER_SET, &d))
        return damaged("it has no digest algorithms", e);
    c->digest_algorithms = d.all;
    if (!der_take(&rest, DER_SEQ, &d))
        return damaged("it has no content", e);
    if (parse_content(d.body, c, e))
        return (int)e->code;
    if (der_take(&rest, MADE, &d) && parse_certs(d.body, c, e))
        return (int)e->code;
    if (der_take(&rest, MADE | 1, &d))
        c->crls = d.all;
    if (!der_take(&rest, DER_SET, &signers) || !der_take(&signers.body, DER_SEQ, &d))
        return damaged("nobody signed it", e);
    if (rest.n || wrapped.body.n || info.body.n) /* nothing would cover it */
        return damaged("it does not end where it should", e);
    if (signers.body.n)
        return damaged("it has several signers, where one is expected", e);
    return cms_parse_signer(d.all, &c->signer, e);
}

int cms_parse(struct str bytes, struct cms *c, struct err *e) {
    if (parse(bytes, c, e))
        return (int)e->code;
    if (!digest_foretold(c))
        return damaged("its list of digests lacks the one that was signed", e);
    return reads_elsewhere(c->all) ? OK : damaged("OpenSSL does not read it", e);
}

bool cms_attribute(struct str attrs, const char *oid, size_t nth, struct der *value) {
    struct der attr, name, values;

    while (der_take(&attrs, DER_SEQ, &attr)) {
        if (!der_take(&attr.body, DER_OID, &name) || !der_take(&attr.body, DER_SET, &values))
            return false;
        if (!der_oid_is(name.body, oid))
            continue;
        while (der_next(&values.body, value))
            if (nth-- == 0)
                return true;
    }
    return false;
}

/* --- checking --------------------------------------------------------------------------------- */

static bool names(struct str id, X509 *x) {
    struct der d, issuer, serial;
    const ASN1_OCTET_STRING *key_id;
    const unsigned char *p;
    X509_NAME *name;
    bool same;
    ASN1_INTEGER *number;

    if (!der_next(&id, &d))
        return false;
    if (d.tag != DER_SEQ) { /* the key's own identifier */
        key_id = X509_get0_subject_key_id(x);
        return key_id && (size_t)ASN1_STRING_length(key_id) == d.body.n &&
               !memcmp(ASN1_STRING_get0_data(key_id), d.body.p, d.body.n);
    }
    if (!der_take(&d.body, DER_SEQ, &issuer) || !der_take(&d.body, DER_INT, &serial))
        return false;
    p = (const unsigned char *)issuer.all.p;
    name = d2i_X509_NAME(NULL, &p, (long)issuer.all.n);
    p = (const unsigned char *)serial.all.p;
    number = d2i_ASN1_INTEGER(NULL, &p, (long)serial.all.n);
    same = name && number && !X509_NAME_cmp(name, X509_get_issuer_name(x)) &&
           !ASN1_INTEGER_cmp(number, X509_get0_serialNumber(x));
    X509_NAME_free(name);
    ASN1_INTEGER_free(number);
    return same;
}

static X509 *find_signer(const struct cms_signer *s, const struct str *certs, size_t n,
                         size_t *which) {
    for (size_t i = 0; i < n; i++) {
        X509 *x = ossl_cert(certs[i]);

        *which = i;
        if (x && names(s->id, x))
            return x;
        X509_free(x);
    }
    *which = n;
    ossl_why();
    return NULL;
}

static int sum_of(struct str bytes, enum digest_kind k, struct digest_set *set, struct str *out,
                  struct err *e) {
    if (digest_bytes(bytes, (unsigned)k, set, e))
        return (int)e->code;
    out->p = (const char *)digest_of(set, k, &out->n);
    return OK;
}

static bool is_pss(struct str algorithm) {
    struct der seq, oid;

    return der_take(&algorithm, DER_SEQ, &seq) && der_take(&seq.body, DER_OID, &oid) &&
           der_oid_is(oid.body, "1.2.840.113549.1.1.10");
}

/* Is the signature said to be of this key and digest? */
static bool algorithm_fits(const struct cms_signer *s, X509 *x) {
    struct str rest = s->signature_algorithm;
    const EVP_PKEY *key = X509_get0_pubkey(x);
    const unsigned char *p;
    int nid, digest = NID_undef, kind = NID_undef;
    struct der seq, oid;
    ASN1_OBJECT *o;

    if (!key || !der_take(&rest, DER_SEQ, &seq) || !der_take(&seq.body, DER_OID, &oid))
        return false;
    p = (const unsigned char *)oid.all.p;
    o = d2i_ASN1_OBJECT(NULL, &p, (long)oid.all.n);
    nid = o ? OBJ_obj2nid(o) : NID_undef;
    ASN1_OBJECT_free(o);
    ERR_clear_error();
    if (!OBJ_find_sigid_algs(nid, &digest, &kind))
        kind = nid; /* of the key alone */
    if (digest != NID_undef && digest != EVP_MD_get_type(ossl_md(s->kind)))
        return false;
    return kind == EVP_PKEY_get_base_id(key) ||
           (kind == NID_rsassaPss && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA);
}

static int covers(const struct cms_signer *s, struct str content, X509 *x, struct err *e) {
    struct digest_set set, over;
    AUTO(arena) mem = {0};
    struct str sum, covered;
    struct der said;

    if (!s->kind)
        return err_set(e, E_WRONG, "its digest algorithm is not known here");
    if (sum_of(content, s->kind, &set, &sum, e))
        return (int)e->code;
    covered = sum;
    if (s->signed_attrs.n) {
        if (!cms_attribute(s->signed_attrs, CMS_MESSAGE_DIGEST, 0, &said) ||
            said.tag != DER_OCTETS || !str_eq(said.body, sum))
            return err_set(e, E_WRONG, "the signed digest is not that of its content");
        if (sum_of(DER(&mem, DER_SET, s->signed_attrs), s->kind, &over, &covered, e))
            return (int)e->code;
    }
    if (!algorithm_fits(s, x))
        return err_set(e, E_WRONG, "its signature algorithm is not that of the certificate's key");
    if (!ossl_fits(x, s->kind, covered, s->signature, is_pss(s->signature_algorithm)))
        return err_set(e, E_WRONG, "the signature does not fit its certificate's key");
    return OK;
}

int cms_check(const struct cms_signer *s, struct str content, const struct str *certs, size_t n,
              size_t *which, struct err *e) {
    X509 *x = find_signer(s, certs, n, which);
    int rc;

    if (!x)
        return err_set(e, E_WRONG, "the certificate that it was signed with is not in it");
    rc = covers(s, content, x, e);
    X509_free(x);
    return rc;
}
