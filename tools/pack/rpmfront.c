/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/rpmfront.h"

#include "container/rpmhdr.h"
#include "container/rpmtags.h"
#include "crypto/digest.h"
#include "crypto/pgp.h"

enum { SIGNATURE_SIZE = RPMFRONT_SIZE - RPMHDR_LEAD_SIZE, SIGNATURE_MAX = 64 * 1024, RSA = 1 };

static void add_size(struct rpmhdr *h, uint32_t small, uint32_t large, uint64_t n) {
    if (n > UINT32_MAX)
        rpmhdr_add_u64(h, large, &n, 1);
    else
        rpmhdr_add_one(h, small, (uint32_t)n);
}

/* No MD5 of header and payload: the header tells the payload's digest, so it would take a second
 * read of the payload, and rpm has not needed it since 4.14. */
static int add_tags(struct rpmhdr *h, const struct rpmfront *x, struct err *e) {
    struct digest_set d;

    if (digest_bytes(x->header, DIGEST_SHA1 | DIGEST_SHA256, &d, e))
        return (int)e->code;
    if (x->signature.n)
        rpmhdr_add_bin(h, x->algorithm == RSA ? RPMSIG_RSA : RPMSIG_DSA, x->signature);
    rpmhdr_add_text(h, RPMSIG_SHA1, digest_hex(h->mem, d.sha1, sizeof d.sha1));
    rpmhdr_add_text(h, RPMSIG_SHA256, digest_hex(h->mem, d.sha256, sizeof d.sha256));
    add_size(h, RPMSIG_SIZE, RPMSIG_LONGSIZE, x->header.n + x->payload);
    add_size(h, RPMSIG_PAYLOADSIZE, RPMSIG_LONGARCHIVESIZE, x->archive);
    return OK;
}

int rpmfront_write(const struct rpmfront *x, struct buf *out, struct err *e) {
    AUTO(arena) mem = {0};
    struct rpmhdr h = {.mem = &mem};
    AUTO(buf) trial = BUF_NONE;
    char *reserved;

    buf_init(&trial, SIGNATURE_MAX);
    if (add_tags(&h, x, e))
        return (int)e->code;
    rpmhdr_add_bin(&h, RPMSIG_RESERVED, STR("\0"));
    if (rpmhdr_write(&h, RPMHDR_SIGNATURES, &trial, e))
        return (int)e->code;
    if (trial.n > SIGNATURE_SIZE)
        return err_set(e, E_SIGN, "rpm: a signature of %zu bytes has no room in the package",
                       x->signature.n);
    /* The reserved space is the last tag: whatever the others take, the whole keeps its size. */
    reserved = arena_alloc(&mem, SIGNATURE_SIZE);
    h.v[h.n - 1].count = (uint32_t)(SIGNATURE_SIZE - trial.n) + 1;
    h.v[h.n - 1].bytes = (struct str){reserved, h.v[h.n - 1].count};
    rpmhdr_lead(out, x->name, x->machine);
    return rpmhdr_write(&h, RPMHDR_SIGNATURES, out, e);
}

static int sign_header(const struct signer *s, struct infile *in, struct rpmfront *x,
                       struct arena *mem, struct err *e) {
    struct rpmhdr old, head;
    struct str raw;
    uint64_t end;
    AUTO(buf) sig = BUF_NONE;

    buf_init(&sig, SIGNATURE_MAX);
    if (rpmhdr_read(in, RPMHDR_LEAD_SIZE, RPMHDR_SIGNATURES, mem, &old, NULL, &end, e))
        return (int)e->code;
    if (end != RPMFRONT_SIZE)
        return err_set(e, E_BUG, "rpm: the signature header is not ours");
    if (rpmhdr_read(in, end, RPMHDR_IMMUTABLE, mem, &head, &raw, &end, e) ||
        s->sign_bytes(s->self, raw, PGP_DETACHED, s->when, &sig, e))
        return (int)e->code;
    *x = (struct rpmfront){
        .name = str_fmt(mem, STR_F "-" STR_F "-" STR_F, STR_A(rpmhdr_text(&head, RPMTAGS_NAME)),
                        STR_A(rpmhdr_text(&head, RPMTAGS_VERSION)),
                        STR_A(rpmhdr_text(&head, RPMTAGS_RELEASE))),
        .machine = x->machine,
        .header = raw,
        .payload = in->size - end,
        .archive = rpmhdr_number(&old, RPMSIG_LONGARCHIVESIZE, 0,
                                 rpmhdr_number(&old, RPMSIG_PAYLOADSIZE, 0, 0)),
        .signature = str_dup(mem, buf_get(&sig)),
        .algorithm = s->algorithm,
    };
    return OK;
}

int rpmfront_embed(const struct signer *s, struct outfile *f, struct err *e) {
    AUTO(arena) mem = {0};
    AUTO(infile) in = INFILE_NONE;
    struct rpmfront x = {0};
    unsigned char lead[RPMHDR_LEAD_SIZE];
    AUTO(buf) front = BUF_NONE;

    buf_init(&front, RPMFRONT_SIZE);
    if (outfile_view(f, &in, e) || infile_read(&in, 0, lead, sizeof lead, e))
        return (int)e->code;
    x.machine = (unsigned)lead[8] << 8 | lead[9];
    if (sign_header(s, &in, &x, &mem, e) || rpmfront_write(&x, &front, e))
        return (int)e->code;
    return outfile_pwrite(f, 0, front.p, front.n, e);
}
