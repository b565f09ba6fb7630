/* SPDX-License-Identifier: Apache-2.0 */
#include "os/fsys.h"
#include "sign/authenticode.h"
#include "sign/authenticode_make.h"

/* Signing in two steps. */
enum { STATE_MAX = AUTHENTICODE_APART_MAX, SCHEMA = 1 };

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
int authenticode_apart_write(const struct authenticode *a, const struct cms_make *m,
                             const char *file, const char *name, int dir, struct err *e) {
    AUTO(arena) mem = {0};
    AUTO(buf) json = BUF_NONE;
    struct value *v = value_new(&mem, VALUE_MAP), *list = value_new(&mem, VALUE_LIST);
    struct str set, sum;
    struct digest_set sums;
    const struct str *certs;

    if (cms_attributes(m, &mem, &set, e) || sum_of(set, a->kind, &sums, &sum, e))
        return (int)e->code;
    for (size_t i = 0, n = signkey_certs(a->key, &certs); i < n; i++)
        value_add(list, in_base64(certs[i], &mem));
    value_set(&mem, v, "schema", value_int(&mem, SCHEMA));
    value_set(&mem, v, "file", value_str(&mem, str_of(file)));
    value_set(&mem, v, "digest", value_str(&mem, str_of(digest_name(a->kind))));
    value_set(&mem, v, "content", in_base64(m->content, &mem));
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

int authenticode_prepare(const struct authenticode *a, struct infile *in, bool append,
                         const char *name, int dir, struct err *e) {
    AUTO(arena) mem = {0};
    struct authenticode_file f;
    struct cms_make m;

    if (authenticode_form_open(&f, in, &mem, e))
        return (int)e->code;
    f.keep = append && f.n;
    if (authenticode_make(a, &f, &mem, &m, e))
        return (int)e->code;
    return authenticode_apart_write(a, &m, name, name, dir, e);
}

static int read_state(const char *path, struct str text, struct arena *mem,
                      struct authenticode_apart *s, struct err *e) {
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
    s->file = value_text(v, "file");
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
    if (buf_check(&pem, "certificates", e) || signkey_open(&s->key, &spec, e))
        return err_in(e, "%s", path);
    return OK;
}

int authenticode_apart_read(int dir, const char *name, struct arena *mem,
                            struct authenticode_apart *s, struct err *e) {
    const char *path = arena_fmt(mem, "%s.json", name);
    struct str text;

    *s = (struct authenticode_apart){0};
    if (fsys_read(dir, path, STATE_MAX, mem, &text, e))
        return (int)e->code;
    return read_state(path, text, mem, s, e);
}

int authenticode_apart_answer(const struct authenticode_apart *s, int dir, const char *name,
                              struct arena *mem, struct str *der, struct err *e) {
    const char *path = arena_fmt(mem, "%s.signature", name);
    struct cms_make m = {.kind = s->kind,
                         .content_type = AUTHENTICODE_INDIRECT,
                         .content = s->content};
    struct digest_set sums;
    struct str sum, signature;

    if (fsys_read(dir, path, STATE_MAX, mem, &signature, e) ||
        sum_of(s->attributes, s->kind, &sums, &sum, e))
        return (int)e->code;
    if (!signkey_accepts(s->key, s->kind, sum, mem, &signature))
        return err_set(e, E_SIGN,
                       "%s: not a signature of what was prepared by the certificate's key", path);
    *der = cms_assemble(&m, s->key, s->attributes, signature, mem);
    return OK;
}

/* Is what was signed this file? */
static int check_file(struct authenticode_file *f, const struct authenticode_apart *s,
                      struct arena *mem, struct err *e) {
    struct authenticode a = {.kind = s->kind};
    struct cms_make now;

    if (authenticode_make(&a, f, mem, &now, e))
        return (int)e->code;
    if (!str_eq(now.content, s->content))
        return err_set(e, E_WRONG, "%s: the file is not the one that was prepared for signing",
                       f->in->name);
    return OK;
}

int authenticode_attach(const struct authenticode *a, struct outfile *to, const char *name, int dir,
                        bool append, struct err *e) {
    AUTO(arena) mem = {0};
    AUTO(infile) view = INFILE_NONE;
    struct authenticode with = *a;
    struct authenticode_apart s;
    struct authenticode_file f;
    struct str der;
    int rc;

    if (outfile_view(to, &view, e) || authenticode_form_open(&f, &view, &mem, e) ||
        authenticode_apart_read(dir, name, &mem, &s, e))
        return (int)e->code;
    f.keep = append && f.n;
    with.kind = s.kind;
    rc = check_file(&f, &s, &mem, e) || authenticode_apart_answer(&s, dir, name, &mem, &der, e) ||
                 authenticode_put(&with, &f, to, append, der, &mem, e)
             ? (int)e->code
             : OK;
    signkey_close(s.key);
    return rc;
}
