/* SPDX-License-Identifier: Apache-2.0 */
#include "container/pe.h"
#include "sign/authenticode_form.h"

struct subject {
    struct pe pe;
    uint64_t sum;
};

static int open_pe(struct authenticode_file *f, struct arena *mem, struct err *e) {
    struct subject *s = arena_alloc(mem, sizeof *s);
    struct pe_cert *cert;
    size_t n;

    f->self = s;
    if (pe_open(&s->pe, f->in, mem, e) || pe_certs(&s->pe, mem, &cert, &n, e))
        return (int)e->code;
    if (s->pe.n_dirs <= PE_DIR_SECURITY)
        f->never = "its headers have no room for a signature";
    f->signature = arena_array(mem, n, sizeof *f->signature);
    for (size_t i = 0; i < n; i++)
        if (cert[i].type == PE_CERT_PKCS7 && cert[i].revision == PE_CERT_REVISION)
            f->signature[f->n++] = cert[i].bytes;
        else
            f->loose = "its certificate table has entries that are no signatures";
    return OK;
}

static int digest_pe(struct authenticode_file *f, unsigned kinds, struct digest_set *out,
                     struct err *e) {
    struct subject *s = f->self;
    struct digest *d;
    struct sink to;
    int rc;

    if (digest_new(&d, kinds, e))
        return (int)e->code;
    digest_sink(&to, d);
    rc = pe_digested(&s->pe, &to, &s->sum, e);
    if (rc) {
        digest_free(d);
        return rc;
    }
    return digest_end(d, out, e);
}

/* SpcPeImageData: no flags, and no file. */
static struct str data_pe(struct arena *mem) {
    return DER(mem, DER_SEQ, der_oid(mem, "1.3.6.1.4.1.311.2.1.15"),
               DER(mem, DER_SEQ, STR("\3\1\0"),
                   DER(mem, DER_CONTEXT | DER_MADE, authenticode_obsolete(mem))));
}

static int put_pe(struct authenticode_file *f, struct outfile *to, struct str der, struct err *e) {
    struct subject *s = f->self;

    return pe_put_signature(&s->pe, to, s->sum, der, e);
}

const struct authenticode_form authenticode_pe = {"PE",      pe_sniff, open_pe,
                                                  digest_pe, data_pe,  put_pe};
