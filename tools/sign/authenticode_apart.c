/* SPDX-License-Identifier: Apache-2.0 */
#include "os/fsys.h"
#include "sign/authenticode.h"
#include "sign/authenticode_make.h"

/* Signing in two steps. */
enum { STATE_MAX = 1024 * 1024, SCHEMA = 1 };

static int write_part(int dir, const char *name, const char *suffix, struct str bytes,
                      struct err *e) {
    AUTO(arena) mem = {0};

    return fsys_write(dir, arena_fmt(&mem, "%s%s", name, suffix), bytes, 0644, e);
}

static int sum_of(struct str bytes, enum digest_kind kind, struct digest_set *set, struct str *out,
                  struct err *e) {
    if (digest_bytes(bytes, (unsigned)kind, set, e))
        return (int)e->code;
    out->p = (const char *)digest_of(set, kind, &out->n);
    return OK;
}

static struct value *in_base64(struct str bytes, struct arena *mem) {
    return value_str(mem, digest_base64(mem, bytes.p, bytes.n));
}

/* The state goes last: with it the rest is whole. */
int authenticode_prepare(const struct authenticode *a, struct infile *in, const char *name, int dir,
                         struct err *e) {
    AUTO(arena) mem = {0};
    AUTO(buf) json = BUF_NONE;
    struct value *v = value_new(&mem, VALUE_MAP), *list = value_new(&mem, VALUE_LIST);
    struct authenticode_file f;
    struct cms_make m;
    struct str set, sum;
    struct digest_set sums;
    const struct str *certs;

    if (authenticode_form_open(&f, in, &mem, e) || authenticode_make(a, &f, &mem, &m, e) ||
        cms_attributes(&m, &mem, &set, e) || sum_of(set, a->kind, &sums, &sum, e))
        return (int)e->code;
    for (size_t i = 0, n = signkey_certs(a->key, &certs); i < n; i++)
        value_add(list, in_base64(certs[i], &mem));
    value_set(&mem, v, "schema", value_int(&mem, SCHEMA));
    value_set(&mem, v, "file", value_str(&mem, str_of(name)));
    value_set(&mem, v, "digest", value_str(&mem, str_of(digest_name(a->kind))));
    value_set(&mem, v, "content", in_base64(m.content, &mem));
    value_set(&mem, v, "attributes", in_base64(set, &mem));
    value_set(&mem, v, "certificates", list);
    buf_init(&json, STATE_MAX);
    value_write_json(v, true, &json);
    if (buf_check(&json, "the state of a signature", e) ||
        write_part(dir, name, ".tosign", set, e) || write_part(dir, name, ".digest", sum, e) ||
        write_part(dir, name, ".json", buf_get(&json), e))
        return (int)e->code;
    return OK;
}

struct state {
    enum digest_kind kind;
    struct str content, attributes;
};

static int read_state(const char *path, struct str text, struct arena *mem, struct state *s,
                      struct signkey **k, struct err *e) {
    static const enum digest_kind kinds[] = {DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512};
    struct signkey_spec spec = {.certificate_only = true};
    const struct value *certs;
    AUTO(buf) pem = BUF_NONE;
    struct value *v;

    if (value_json(text, path, mem, &v, e))
        return (int)e->code;
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (str_is(value_text(v, "digest"), digest_name(kinds[i])))
            s->kind = kinds[i];
    certs = value_get(v, "certificates");
    if (value_number(v, "schema", 0) != SCHEMA || !s->kind || !certs ||
        !digest_unbase64(mem, value_text(v, "content"), &s->content) ||
        !digest_unbase64(mem, value_text(v, "attributes"), &s->attributes))
        return err_set(e, E_INPUT, "%s: not what slipway sign --prepare wrote", path);
    buf_init(&pem, STATE_MAX);
    for (const struct value *c = certs->child; c; c = c->next) {
        buf_z(&pem, "-----BEGIN CERTIFICATE-----\n");
        for (size_t i = 0; i < c->s.n; i += 64) {
            buf_str(&pem, str_cut(c->s, i, i + 64));
            buf_c(&pem, '\n');
        }
        buf_z(&pem, "-----END CERTIFICATE-----\n");
    }
    spec.certificates = buf_get(&pem);
    if (buf_check(&pem, "certificates", e) || signkey_open(k, &spec, e))
        return err_in(e, "%s", path);
    return OK;
}

/* Is what was signed this file, and by the key that was said? */
static int check(struct authenticode_file *f, const struct state *s, const struct signkey *k,
                 const char *path, struct arena *mem, struct str *signature, struct err *e) {
    struct authenticode a = {.kind = s->kind};
    struct digest_set sums;
    struct cms_make now;
    struct str sum;

    if (authenticode_make(&a, f, mem, &now, e))
        return (int)e->code;
    if (!str_eq(now.content, s->content))
        return err_set(e, E_WRONG, "%s: the file is not the one that was prepared for signing",
                       f->in->name);
    if (sum_of(s->attributes, s->kind, &sums, &sum, e))
        return (int)e->code;
    if (!signkey_accepts(k, s->kind, sum, mem, signature))
        return err_set(e, E_SIGN,
                       "%s: not a signature of what was prepared by the certificate's key", path);
    return OK;
}

int authenticode_attach(const struct authenticode *a, struct outfile *to, const char *name, int dir,
                        bool append, struct err *e) {
    AUTO(arena) mem = {0};
    AUTO(infile) view = INFILE_NONE;
    const char *json = arena_fmt(&mem, "%s.json", name),
               *path = arena_fmt(&mem, "%s.signature", name);
    struct str text, signature, der;
    struct authenticode with = *a;
    struct authenticode_file f;
    struct state s = {0};
    struct signkey *k = NULL;
    struct cms_make m;
    int rc;

    if (fsys_read(dir, json, STATE_MAX, &mem, &text, e) ||
        fsys_read(dir, path, STATE_MAX, &mem, &signature, e) || outfile_view(to, &view, e) ||
        authenticode_form_open(&f, &view, &mem, e) || read_state(json, text, &mem, &s, &k, e))
        return (int)e->code;
    rc = check(&f, &s, k, path, &mem, &signature, e);
    if (!rc) {
        m = (struct cms_make){.kind = s.kind,
                              .content_type = AUTHENTICODE_INDIRECT,
                              .content = s.content};
        der = cms_assemble(&m, k, s.attributes, signature, &mem);
        with.kind = s.kind;
        rc = authenticode_put(&with, &f, to, append, der, &mem, e);
    }
    signkey_close(k);
    return rc;
}
