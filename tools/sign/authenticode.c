/* SPDX-License-Identifier: Apache-2.0 */
#include "sign/authenticode.h"

#include "base/utf16.h"
#include "crypto/tsp.h"
#include "sign/authenticode_held.h"
#include "sign/authenticode_make.h"

#include <string.h>

enum { HEAD = 1024, MADE = DER_CONTEXT | DER_MADE };

static const struct authenticode_form *const forms[] = {&authenticode_pe, &authenticode_msi,
                                                        &authenticode_cab};

static const struct authenticode_form *find_form(const void *head, size_t n) {
    for (size_t i = 0; i < COUNT(forms); i++)
        if (forms[i]->sniff(head, n))
            return forms[i];
    return NULL;
}

bool authenticode_sniff(const void *head, size_t n) {
    return find_form(head, n);
}

int authenticode_form_open(struct authenticode_file *f, struct infile *in, struct arena *mem,
                           struct err *e) {
    char head[HEAD];
    size_t n;

    *f = (struct authenticode_file){.in = in};
    if (infile_read_some(in, 0, head, sizeof head, &n, e))
        return (int)e->code;
    f->form = find_form(head, n);
    if (!f->form)
        return err_set(e, E_INPUT,
                       "%s: not a PE file, Windows Installer database or cabinet, which is what "
                       "Authenticode signs",
                       in->name);
    return f->form->open(f, mem, e);
}

static int can_not(const struct authenticode_file *f, struct err *e) {
    return err_set(e, E_INPUT, "%s: %s", f->in->name, f->never);
}

int authenticode_count(struct infile *in, size_t *signatures, struct err *e) {
    AUTO(arena) mem = {0};
    struct authenticode_file f;

    *signatures = 0;
    if (authenticode_form_open(&f, in, &mem, e))
        return (int)e->code;
    *signatures = f.n;
    return f.never ? can_not(&f, e) : OK;
}

/* --- what is signed --------------------------------------------------------------------------- */

struct str authenticode_obsolete(struct arena *mem) {
    static const char text[] = "\0<\0<\0<\0O\0b\0s\0o\0l\0e\0t\0e\0>\0>\0>";

    return DER(mem, DER_CONTEXT | DER_MADE | 2, DER(mem, DER_CONTEXT, {text, sizeof text - 1}));
}

/* SpcSpOpusInfo: what the question of Windows shows people. */
static struct str opus(const struct authenticode *a, struct arena *mem) {
    struct str name = {0}, url = {0};

    if (a->name.n)
        name = DER(mem, MADE, DER(mem, DER_CONTEXT, utf16_be(mem, a->name)));
    if (a->url.n)
        url = DER(mem, MADE | 1, DER(mem, DER_CONTEXT, a->url));
    return DER(mem, DER_SEQ, name, url);
}

int authenticode_make(const struct authenticode *a, struct authenticode_file *f, struct arena *mem,
                      struct cms_make *m, struct err *e) {
    struct cms_attr *attr = arena_array(mem, 2, sizeof *attr);
    struct digest_set sums;
    const unsigned char *sum;
    struct str digest;

    if (f->never)
        return can_not(f, e);
    if (f->keep && f->n > 1) /* as UEFI has them; Windows looks at the first */
        return err_set(e, E_INPUT,
                       "%s: it has %zu signatures side by side, and one more can only stand beside "
                       "a single one",
                       f->in->name, f->n);
    if (f->form->digest(f, (unsigned)a->kind, &sums, e))
        return (int)e->code;
    sum = digest_of(&sums, a->kind, &digest.n);
    digest.p = (const char *)sum;
    attr[0] = (struct cms_attr){AUTHENTICODE_OPUS, opus(a, mem)};
    attr[1] = (struct cms_attr){AUTHENTICODE_STATEMENT,
                                DER(mem, DER_SEQ,
                                    der_oid(mem, "1.3.6.1.4.1.311.2.1.21") /* not: a company's */)};
    *m = (struct cms_make){
        .kind = a->kind,
        .content_type = AUTHENTICODE_INDIRECT,
        .content = DER(mem, DER_SEQ, f->form->data(mem),
                       DER(mem, DER_SEQ, cms_digest_algorithm(a->kind, mem),
                           DER(mem, DER_OCTETS, digest))),
        .attr = attr,
        .n_attr = 2,
    };
    return OK;
}

/* --- putting it in ---------------------------------------------------------------------------- */

int authenticode_stamp(const struct authenticode *a, struct arena *mem, struct str *der,
                       struct err *e) {
    struct cms *c = arena_alloc(mem, sizeof *c);
    struct str token;

    if (!a->n_servers)
        return OK;
    if (cms_parse(*der, c, e) ||
        tsp_fetch(a->servers, c->signer.signature, a->kind, mem, &token, e))
        return (int)e->code;
    *der = cms_add_unsigned(c, AUTHENTICODE_STAMP, token, mem);
    return OK;
}

int authenticode_put(const struct authenticode *a, struct authenticode_file *f, struct outfile *to,
                     bool append, struct str der, struct arena *mem, struct err *e) {
    struct cms *first = arena_alloc(mem, sizeof *first);

    if (authenticode_stamp(a, mem, &der, e))
        return (int)e->code;
    if (append && f->n) {
        if (cms_parse(f->signature[0], first, e))
            return err_in(e, "%s: the signature that is there", f->in->name);
        der = cms_add_unsigned(first, AUTHENTICODE_NESTED, der, mem);
    }
    return f->form->put(f, to, der, e);
}

int authenticode_sign_as(struct authenticode *a, struct outfile *to, bool append, const char *name,
                         struct err *e) {
    AUTO(arena) mem = {0};
    AUTO(infile) view = INFILE_NONE;
    struct authenticode_file f;
    struct cms_make m;
    struct str der;

    if (outfile_view(to, &view, e) || authenticode_form_open(&f, &view, &mem, e))
        return (int)e->code;
    f.keep = append && f.n;
    if (authenticode_make(a, &f, &mem, &m, e))
        return (int)e->code;
    if (a->apart) {
        if (authenticode_held_take(a, &m, name, &mem, &der, e))
            return (int)e->code;
        return der.n ? f.form->put(&f, to, der, e) : OK;
    }
    if (cms_sign(&m, a->key, &mem, &der, e))
        return (int)e->code;
    return authenticode_put(a, &f, to, append, der, &mem, e);
}

int authenticode_sign(struct authenticode *a, struct outfile *to, bool append, struct err *e) {
    return authenticode_sign_as(a, to, append, to->name, e);
}

int authenticode_remove(struct outfile *to, size_t *count, struct err *e) {
    AUTO(arena) mem = {0};
    AUTO(infile) view = INFILE_NONE;
    struct authenticode_file f;
    struct digest_set sums;

    *count = 0;
    if (outfile_view(to, &view, e) || authenticode_form_open(&f, &view, &mem, e))
        return (int)e->code;
    *count = f.n;
    if (!f.n)
        return OK;
    if (f.form->digest(&f, DIGEST_SHA256, &sums, e)) /* for the checksum */
        return (int)e->code;
    return f.form->put(&f, to, (struct str){0}, e);
}
