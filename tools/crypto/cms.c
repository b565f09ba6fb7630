/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/cms.h"

#include "crypto/ossl.h"

#include <string.h>

struct str cms_digest_algorithm(enum digest_kind k, struct arena *mem) {
    return DER(mem, DER_SEQ, der_oid(mem, ossl_digest_oid(k)), STR("\5\0"));
}

enum digest_kind cms_digest_kind(struct str oid) {
    return ossl_digest_kind(oid);
}

static struct str attribute(const char *oid, struct str value, struct arena *mem) {
    return DER(mem, DER_SEQ, der_oid(mem, oid), DER(mem, DER_SET, value));
}

static int digest(struct str bytes, enum digest_kind k, struct arena *mem, struct str *out,
                  struct err *e) {
    struct digest_set set;
    const unsigned char *p;
    size_t n;

    if (digest_bytes(bytes, (unsigned)k, &set, e))
        return (int)e->code;
    p = digest_of(&set, k, &n);
    *out = (struct str){arena_dup(mem, p, n), n};
    return OK;
}

int cms_attributes(const struct cms_make *m, struct arena *mem, struct str *set, struct err *e) {
    struct str *v = arena_array(mem, m->n_attr + 2, sizeof *v), rest = m->content, sum;
    struct der content;

    if (!der_next(&rest, &content))
        return err_set(e, E_BUG, "cms: the content is no DER");
    if (digest(content.body, m->kind, mem, &sum, e))
        return (int)e->code;
    v[0] = attribute(CMS_CONTENT_TYPE, der_oid(mem, m->content_type), mem);
    v[1] = attribute(CMS_MESSAGE_DIGEST, DER(mem, DER_OCTETS, sum), mem);
    for (size_t i = 0; i < m->n_attr; i++)
        v[i + 2] = attribute(m->attr[i].oid, m->attr[i].value, mem);
    *set = der_set_of(mem, v, m->n_attr + 2);
    return OK;
}

/* IssuerAndSerialNumber, cut out of the certificate: version, serial, signature, issuer. */
static struct str issuer_and_serial(struct str cert, struct arena *mem) {
    struct der x, tbs, d, serial, issuer;

    if (!der_take(&cert, DER_SEQ, &x) || !der_take(&x.body, DER_SEQ, &tbs))
        return (struct str){0};
    der_take(&tbs.body, DER_CONTEXT | DER_MADE, &d);
    if (!der_take(&tbs.body, DER_INT, &serial) || !der_take(&tbs.body, DER_SEQ, &d) ||
        !der_take(&tbs.body, DER_SEQ, &issuer))
        return (struct str){0};
    return DER(mem, DER_SEQ, issuer.all, serial.all);
}

/* The same bytes under another tag: of [0] IMPLICIT SET OF. */
static struct str retag(struct str element, unsigned tag, struct arena *mem) {
    struct der d;

    return der_next(&element, &d) ? DER(mem, tag, d.body) : (struct str){0};
}

static struct str wrap(struct str version, struct str algorithms, struct str content,
                       struct str certs, struct str crls, struct str signers, struct arena *mem) {
    return DER(mem, DER_SEQ, der_oid(mem, CMS_SIGNED_DATA),
               DER(mem, DER_CONTEXT | DER_MADE,
                   DER(mem, DER_SEQ, version, algorithms, content, certs, crls, signers)));
}

struct str cms_assemble(const struct cms_make *m, const struct signkey *k, struct str set,
                        struct str signature, struct arena *mem) {
    const struct str *certs;
    size_t n = signkey_certs(k, &certs);
    struct str signer =
        DER(mem, DER_SEQ, der_int(mem, 1), issuer_and_serial(certs[0], mem),
            cms_digest_algorithm(m->kind, mem), retag(set, DER_CONTEXT | DER_MADE, mem),
            signkey_algorithm(k, m->kind, mem), DER(mem, DER_OCTETS, signature));

    return wrap(der_int(mem, 1), DER(mem, DER_SET, cms_digest_algorithm(m->kind, mem)),
                DER(mem, DER_SEQ, der_oid(mem, m->content_type),
                    DER(mem, DER_CONTEXT | DER_MADE, m->content)),
                der_of(mem, DER_CONTEXT | DER_MADE, certs, n), (struct str){0},
                DER(mem, DER_SET, signer), mem);
}

int cms_sign(const struct cms_make *m, struct signkey *k, struct arena *mem, struct str *der,
             struct err *e) {
    struct str set, sum, signature;

    *der = (struct str){0};
    if (cms_attributes(m, mem, &set, e) || digest(set, m->kind, mem, &sum, e) ||
        signkey_sign(k, m->kind, sum, mem, &signature, e))
        return (int)e->code;
    *der = cms_assemble(m, k, set, signature, mem);
    return OK;
}

static struct str joined(struct str a, struct str b, struct arena *mem) {
    char *p = arena_alloc(mem, a.n + b.n);

    if (a.n)
        memcpy(p, a.p, a.n);
    if (b.n)
        memcpy(p + a.n, b.p, b.n);
    return (struct str){p, a.n + b.n};
}

struct str cms_add_unsigned(const struct cms *c, const char *oid, struct str value,
                            struct arena *mem) {
    const struct cms_signer *s = &c->signer;
    struct str rest = s->unsigned_attrs, attrs = {0}, signer;
    struct der attr, name, values;
    bool added = false;

    while (der_next(&rest, &attr)) {
        struct str in = attr.body, one = attr.all;

        if (!added && der_take(&in, DER_OID, &name) && der_oid_is(name.body, oid) &&
            der_take(&in, DER_SET, &values)) {
            one = DER(mem, DER_SEQ, name.all, DER(mem, DER_SET, values.body, value));
            added = true;
        }
        attrs = joined(attrs, one, mem);
    }
    if (!added)
        attrs = joined(attrs, attribute(oid, value, mem), mem);
    signer =
        DER(mem, DER_SEQ, s->version, s->id, s->digest_algorithm,
            s->signed_attrs.n ? DER(mem, DER_CONTEXT | DER_MADE, s->signed_attrs) : (struct str){0},
            s->signature_algorithm, DER(mem, DER_OCTETS, s->signature),
            DER(mem, DER_CONTEXT | DER_MADE | 1, attrs));
    return wrap(c->version, c->digest_algorithms,
                DER(mem, DER_SEQ, DER(mem, DER_OID, c->content_type),
                    c->content.n ? DER(mem, DER_CONTEXT | DER_MADE, c->content) : (struct str){0}),
                der_of(mem, DER_CONTEXT | DER_MADE, c->cert, c->n_certs), c->crls,
                DER(mem, DER_SET, signer), mem);
}
