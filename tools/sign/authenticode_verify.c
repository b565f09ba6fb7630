/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf16.h"
#include "crypto/tsp.h"
#include "os/clock.h"
#include "sign/authenticode_form.h"

enum { MADE = DER_CONTEXT | DER_MADE, SIGNATURES_MAX = 16 };
enum { SHA1_END = 1451606400 }; /* 2016, from when on Windows does not take it */

struct signature { /* one of a file's */
    struct cms cms;
    enum digest_kind kind;   /* of the file's digest in it */
    struct str digest, what; /* what: the kind of file, an OID's body */
    bool loose;              /* bytes that are no zeros lie behind it */
    struct value *facts;
    size_t which; /* of its certificates */
    size_t in;    /* 1 + the signature that this one is nested in; 0: none */
    int64_t when;
    bool stamped;
};

struct judge {
    const struct chain *roots;
    int64_t now;
    struct arena *mem;
    struct report *bad;
    const char *name;
    struct signature *v[SIGNATURES_MAX];
    size_t n;
};

static void finding(struct judge *j, size_t i, struct err *why) {
    report_add(j->bad, "%s: signature %zu: %s", j->name, i + 1, why->msg);
    *why = (struct err){0};
}

static void fact(struct judge *j, struct signature *s, const char *key, struct str text) {
    if (text.n)
        value_set(j->mem, s->facts, key, value_str(j->mem, text));
}

/* --- what is in them -------------------------------------------------------------------------- */

/* The digest of the file in SpcIndirectDataContent. */
static bool read_digest(struct signature *s) {
    struct str rest = s->cms.content;
    struct der all, d, digest, algorithm, oid, what;

    if (!der_oid_is(s->cms.content_type, AUTHENTICODE_INDIRECT) ||
        !der_take(&rest, DER_SEQ, &all) || !der_take(&all.body, DER_SEQ, &d) ||
        !der_take(&d.body, DER_OID, &what) || !der_take(&all.body, DER_SEQ, &digest) ||
        !der_take(&digest.body, DER_SEQ, &algorithm) || !der_take(&algorithm.body, DER_OID, &oid) ||
        !der_take(&digest.body, DER_OCTETS, &d))
        return false;
    s->digest = d.body;
    s->what = what.body;
    s->kind = cms_digest_kind(oid.body);
    return true;
}

static bool only_zeros(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i])
            return false;
    return true;
}

/* Reads one and those nested in it. */
static int add(struct judge *j, struct str der, size_t in, struct err *e) {
    struct signature *s = arena_alloc(j->mem, sizeof *s);
    size_t number = j->n + 1;
    struct der nested;

    if (j->n == SIGNATURES_MAX)
        return err_set(e, E_INPUT, "%s: more than %d signatures", j->name, SIGNATURES_MAX);
    if (cms_parse(der, &s->cms, e))
        return err_in(e, "%s: signature %zu", j->name, j->n + 1);
    if (!read_digest(s))
        return err_set(e, E_INPUT, "%s: signature %zu: it is not of a file", j->name, j->n + 1);
    s->loose = !only_zeros(str_cut(der, s->cms.all.n, der.n));
    s->facts = value_new(j->mem, VALUE_MAP);
    s->in = in;
    s->which = s->cms.n_certs;
    j->v[j->n++] = s;
    for (size_t i = 0; cms_attribute(s->cms.signer.unsigned_attrs, AUTHENTICODE_NESTED, i, &nested);
         i++)
        if (add(j, nested.all, number, e))
            return (int)e->code;
    return OK;
}

static void read_opus(struct judge *j, struct signature *s) {
    struct der opus, part, text;

    if (!cms_attribute(s->cms.signer.signed_attrs, AUTHENTICODE_OPUS, 0, &opus))
        return;
    while (der_next(&opus.body, &part)) {
        if (!der_next(&part.body, &text))
            continue;
        if (part.tag == MADE)
            fact(j, s, "name",
                 text.tag == DER_CONTEXT ? utf16_text(j->mem, text.body, true) : text.body);
        else if (part.tag == (MADE | 1) && text.tag == DER_CONTEXT)
            fact(j, s, "url", text.body);
    }
}

/* --- are they good ---------------------------------------------------------------------------- */

static void check_digest(struct judge *j, size_t i, const struct digest_set *sums) {
    struct signature *s = j->v[i];
    struct err why = {0};
    size_t n;
    const unsigned char *p = s->kind ? digest_of(sums, s->kind, &n) : NULL;

    fact(j, s, "digest", s->kind ? str_of(digest_name(s->kind)) : STR("unknown"));
    fact(j, s, "file", digest_hex(j->mem, s->digest.p, s->digest.n));
    if (!s->kind)
        err_set(&why, E_WRONG, "its digest algorithm is not known here");
    else if (p && !str_eq(s->digest, (struct str){(const char *)p, n}))
        err_set(&why, E_WRONG, "the file was changed after it was signed");
    if (why.code)
        finding(j, i, &why);
}

/* Who made it, and by whom that is vouched for as far as the file's own certificates tell. */
static void tell_signer(struct judge *j, struct signature *s) {
    struct value *chain = value_new(j->mem, VALUE_LIST);
    size_t at = s->which;
    struct chain_facts f;

    if (at >= s->cms.n_certs || !chain_facts(s->cms.cert[at], j->mem, &f))
        return;
    fact(j, s, "signer", f.subject);
    fact(j, s, "subject", f.subject_dn);
    fact(j, s, "issuer", f.issuer);
    fact(j, s, "serial", f.serial);
    fact(j, s, "certificate", f.sha256);
    fact(j, s, "from", clock_rfc3339(j->mem, f.from));
    fact(j, s, "until", clock_rfc3339(j->mem, f.until));
    for (size_t steps = 0; !f.root && steps < s->cms.n_certs; steps++) {
        value_add(chain, value_str(j->mem, f.issuer));
        at = chain_issuer(s->cms.cert, s->cms.n_certs, at);
        if (at == s->cms.n_certs || !chain_facts(s->cms.cert[at], j->mem, &f))
            break;
    }
    value_set(j->mem, s->facts, "chain", chain);
}

/* Nothing may lie beside what is covered: it could be changed, and programs have read it. And what
 * was signed as a file of one kind is none of another. */
static void check_place(struct judge *j, size_t i, const struct authenticode_file *f) {
    struct str own = f->form->data(j->mem);
    struct err why = {0};
    struct der seq, oid;

    if (j->v[i]->loose) {
        err_set(&why, E_WRONG, "bytes that nobody signed lie behind it");
        finding(j, i, &why);
    }
    if (f->form == &authenticode_cab && der_oid_is(j->v[i]->what, AUTHENTICODE_LINK))
        return; /* as signtool has it today */
    if (!der_take(&own, DER_SEQ, &seq) || !der_take(&seq.body, DER_OID, &oid) ||
        !str_eq(oid.body, j->v[i]->what)) {
        err_set(&why, E_WRONG, "it was made for another kind of file");
        finding(j, i, &why);
    }
}

static void check_signature(struct judge *j, size_t i) {
    struct signature *s = j->v[i];
    struct str rest = s->cms.content;
    struct der content, type;
    struct err why = {0};
    int rc;

    if (!der_next(&rest, &content))
        return;
    if (!cms_attribute(s->cms.signer.signed_attrs, CMS_CONTENT_TYPE, 0, &type) ||
        !der_oid_is(type.body, AUTHENTICODE_INDIRECT))
        rc = err_set(&why, E_WRONG, "it is signed as something else");
    else
        rc = cms_check(&s->cms.signer, content.body, s->cms.cert, s->cms.n_certs, &s->which, &why);
    if (rc)
        finding(j, i, &why);
    tell_signer(j, s);
}

/* A countersignature of PKCS #9 has the file's own certificates and a signed time. */
static int check_old_stamp(struct judge *j, struct signature *s, struct str der, struct err *why) {
    struct cms_signer counter;
    struct chain_facts f;
    struct der time;
    size_t which;

    if (cms_parse_signer(der, &counter, why) ||
        cms_check(&counter, s->cms.signer.signature, s->cms.cert, s->cms.n_certs, &which, why))
        return err_in(why, "its time stamp");
    if (!cms_attribute(counter.signed_attrs, CMS_SIGNING_TIME, 0, &time) ||
        !der_time(&time, &s->when))
        return err_set(why, E_WRONG, "its time stamp has no time");
    s->stamped = true;
    if (chain_facts(s->cms.cert[which], j->mem, &f))
        fact(j, s, "stamped-by", f.subject);
    if (j->roots &&
        chain_check(j->roots, s->cms.cert, s->cms.n_certs, which, CHAIN_STAMP, s->when, true, why))
        return err_in(why, "its time stamp");
    return OK;
}

static int check_stamp(struct judge *j, struct signature *s, struct str token, struct err *why) {
    struct tsp *t = arena_alloc(j->mem, sizeof *t);
    struct chain_facts f;
    struct str *certs;
    size_t which, n;

    if (tsp_parse(token, t, why) || tsp_check(t, s->cms.signer.signature, &which, why))
        return (int)why->code;
    s->when = t->when;
    s->stamped = true;
    if (chain_facts(t->cms.cert[which], j->mem, &f))
        fact(j, s, "stamped-by", f.subject);
    if (!j->roots)
        return OK;
    n = t->cms.n_certs + s->cms.n_certs; /* the way to the root may be in either */
    certs = arena_array(j->mem, n, sizeof *certs);
    for (size_t i = 0; i < n; i++)
        certs[i] = i < t->cms.n_certs ? t->cms.cert[i] : s->cms.cert[i - t->cms.n_certs];
    if (chain_check(j->roots, certs, n, which, CHAIN_STAMP, s->when, true, why))
        return err_in(why, "its time stamp");
    return OK;
}

static void check_trust(struct judge *j, size_t i) {
    struct signature *s = j->v[i];
    struct str attrs = s->cms.signer.unsigned_attrs;
    struct err why = {0};
    struct der d;
    bool proven;
    int rc = OK;

    s->when = j->now;
    if (cms_attribute(attrs, AUTHENTICODE_STAMP, 0, &d))
        rc = check_stamp(j, s, d.all, &why);
    else if (cms_attribute(attrs, AUTHENTICODE_OLD_STAMP, 0, &d))
        rc = check_old_stamp(j, s, d.all, &why);
    if (s->stamped)
        fact(j, s, "stamped", clock_rfc3339(j->mem, s->when));
    if (rc)
        finding(j, i, &why);
    proven =
        s->stamped && !rc && !(s->which < s->cms.n_certs && chain_mortal(s->cms.cert[s->which]));
    if (!proven)
        s->when = j->now;
    if (j->roots && chain_check(j->roots, s->cms.cert, s->cms.n_certs, s->which, CHAIN_CODE,
                                s->when, proven, &why))
        finding(j, i, &why);
}

/* --- digests that can be forged --------------------------------------------------------------- */

static bool is_weak(const struct signature *s) {
    return ((unsigned)s->kind | (unsigned)s->cms.signer.kind) & (DIGEST_MD5 | DIGEST_SHA1);
}

/* Of SHA-1 and MD5 alone a file is not signed any more: two files can be made that fit them. What
 * was stamped while SHA-1 still held stays signed, and so does a file with another signature. */
static void check_strength(struct judge *j) {
    struct err why = {0};
    bool strong = false;

    for (size_t i = 0; i < j->n; i++)
        strong |= !is_weak(j->v[i]);
    for (size_t i = 0; i < j->n; i++) {
        struct signature *s = j->v[i];
        bool md5 = ((unsigned)s->kind | (unsigned)s->cms.signer.kind) & DIGEST_MD5;

        if (!is_weak(s))
            continue;
        value_set(j->mem, s->facts, "weak", value_str(j->mem, md5 ? STR("md5") : STR("sha1")));
        if (strong || (!md5 && s->stamped && s->when < SHA1_END))
            continue;
        err_set(&why, E_WRONG, "it is of %s, which is no proof: other files can be made that fit",
                md5 ? "MD5" : "SHA-1");
        finding(j, i, &why);
        value_set(j->mem, s->facts, "good", value_bool(j->mem, false));
    }
}

int authenticode_verify(struct infile *in, const struct chain *roots, int64_t now,
                        struct arena *mem, struct value *facts, size_t *signatures,
                        struct report *bad, struct err *e) {
    struct judge j = {roots, now, mem, bad, in->name, {NULL}, 0};
    struct authenticode_file f;
    struct digest_set sums = {0};
    unsigned kinds = 0;
    int rc = OK;

    *signatures = 0;
    if (authenticode_form_open(&f, in, mem, e))
        return (int)e->code;
    for (size_t i = 0; i < f.n; i++)
        if (add(&j, f.signature[i], 0, e))
            return (int)e->code;
    for (size_t i = 0; i < j.n; i++)
        kinds |= (unsigned)j.v[i]->kind;
    f.keep = true;
    if (kinds)
        rc = f.form->digest(&f, kinds, &sums, e);
    if (rc == E_WRONG || rc == E_SIGN) { /* no file that anybody signed: said once, of all */
        report_err(bad, e);
        *e = (struct err){0};
    } else if (rc)
        return rc;
    for (size_t i = 0; i < j.n; i++) {
        size_t before = bad->total;

        check_place(&j, i, &f);
        check_digest(&j, i, &sums);
        check_signature(&j, i);
        if (!rc && bad->total == before) /* else nothing in it can be relied upon */
            check_trust(&j, i);
        read_opus(&j, j.v[i]);
        if (f.free)
            fact(&j, j.v[i], "not-covered", str_of(f.free));
        if (j.v[i]->in)
            value_set(mem, j.v[i]->facts, "nested-in", value_int(mem, (int64_t)j.v[i]->in));
        value_set(mem, j.v[i]->facts, "good", value_bool(mem, !rc && bad->total == before));
        value_add(facts, j.v[i]->facts);
    }
    check_strength(&j);
    if (f.loose)
        report_add(bad, "%s: %s", in->name, f.loose);
    *signatures = j.n;
    return OK;
}
