/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/tsp.h"

#include "base/log.h"
#include "crypto/chain.h"
#include "crypto/ossl.h"
#include "io/url.h"
#include "os/clock.h"

#include <openssl/rand.h>
#include <string.h>

#define TST_INFO "1.2.840.113549.1.9.16.1.4"
enum { ANSWER_MAX = 256 * 1024, CONNECT_MS = 8000, STALL_S = 8, TRY_MS = 12000 };
enum { ROUNDS = 2, PAUSE_MS = 1000, PATIENCE_S = 45 };
enum { GRANTED = 0, GRANTED_WITH_MODS = 1, SAYING_MAX = 200 };

static int sum_of(struct str bytes, enum digest_kind kind, struct digest_set *set, struct str *out,
                  struct err *e) {
    if (digest_bytes(bytes, (unsigned)kind, set, e))
        return (int)e->code;
    out->p = (const char *)digest_of(set, kind, &out->n);
    return OK;
}

/* A nonce as an INTEGER: positive, and without zeros in front. */
static struct str nonce_int(const unsigned char nonce[TSP_NONCE], struct arena *mem) {
    uint64_t v = 0;

    for (size_t i = 0; i < TSP_NONCE; i++)
        v = v << 8 | nonce[i];
    return der_int(mem, v);
}

int tsp_request(struct str bytes, enum digest_kind kind, const unsigned char nonce[TSP_NONCE],
                struct arena *mem, struct str *der, struct err *e) {
    struct digest_set set;
    struct str sum;

    if (sum_of(bytes, kind, &set, &sum, e))
        return (int)e->code;
    *der =
        DER(mem, DER_SEQ, der_int(mem, 1),
            DER(mem, DER_SEQ, DER(mem, DER_SEQ, der_oid(mem, ossl_digest_oid(kind)), STR("\5\0")),
                DER(mem, DER_OCTETS, sum)),
            nonce_int(nonce, mem), DER(mem, DER_BOOL, STR("\xff")));
    return OK;
}

static int damaged(struct err *e) {
    return err_set(e, E_INPUT, "damaged time stamp");
}

int tsp_parse(struct str token, struct tsp *t, struct err *e) {
    struct der content, info, d, imprint, algorithm, oid;
    struct str rest;

    *t = (struct tsp){0};
    if (cms_parse(token, &t->cms, e))
        return err_in(e, "time stamp");
    rest = t->cms.content;
    if (!der_oid_is(t->cms.content_type, TST_INFO) || !der_take(&rest, DER_OCTETS, &content) ||
        !der_take(&content.body, DER_SEQ, &info))
        return damaged(e);
    rest = info.body;
    if (!der_take(&rest, DER_INT, &d) || !der_take(&rest, DER_OID, &d) ||
        !der_take(&rest, DER_SEQ, &imprint) || !der_take(&imprint.body, DER_SEQ, &algorithm) ||
        !der_take(&algorithm.body, DER_OID, &oid) || !der_take(&imprint.body, DER_OCTETS, &d))
        return damaged(e);
    t->kind = ossl_digest_kind(oid.body);
    t->imprint = d.body;
    if (!der_take(&rest, DER_INT, &d) || !der_take(&rest, DER_TIME, &d) || !der_time(&d, &t->when))
        return damaged(e);
    while (der_next(&rest, &d))
        if (d.tag == DER_INT)
            t->nonce = d.body;
    return OK;
}

int tsp_check(const struct tsp *t, struct str bytes, size_t *which, struct err *e) {
    struct str rest = t->cms.content, sum;
    struct digest_set set;
    struct der content, type;

    *which = 0;
    if (!t->kind || !der_next(&rest, &content))
        return err_set(e, E_WRONG, "the time stamp's digest algorithm is not known here");
    if (sum_of(bytes, t->kind, &set, &sum, e))
        return (int)e->code;
    if (!str_eq(sum, t->imprint))
        return err_set(e, E_WRONG, "the time stamp is of another signature");
    if (!cms_attribute(t->cms.signer.signed_attrs, CMS_CONTENT_TYPE, 0, &type) ||
        !der_oid_is(type.body, TST_INFO))
        return err_set(e, E_WRONG, "the time stamp is signed as something else");
    if (cms_check(&t->cms.signer, content.body, t->cms.cert, t->cms.n_certs, which, e))
        return err_in(e, "the time stamp");
    return OK;
}

/* What a server says that gives no stamp: PKIStatusInfo. */
static int refused(uint64_t status, struct str rest, struct err *e) {
    struct der list, text;
    size_t n = 0;

    if (der_take(&rest, DER_SEQ, &list) && der_next(&list.body, &text)) {
        while (n < text.body.n && n < SAYING_MAX && (unsigned char)text.body.p[n] >= ' ')
            n++;
        text.body.n = n;
        return err_set(e, E_NET, "the server refused: " STR_F, STR_A(text.body));
    }
    return err_set(e, E_NET, "the server refused, status %u", (unsigned)status);
}

int tsp_answer(struct str answer, struct str bytes, const unsigned char nonce[TSP_NONCE],
               struct str *token, struct err *e) {
    AUTO(arena) mem = {0};
    struct der response, status, code, t;
    struct str want = nonce_int(nonce, &mem);
    struct der wanted;
    struct tsp *read = arena_alloc(&mem, sizeof *read);
    uint64_t v;
    size_t which;

    *token = (struct str){0};
    if (!der_take(&answer, DER_SEQ, &response) || !der_take(&response.body, DER_SEQ, &status) ||
        !der_take(&status.body, DER_INT, &code) || !der_u64(code.body, &v))
        return err_set(e, E_NET, "the answer is no time stamp");
    if (v != GRANTED && v != GRANTED_WITH_MODS)
        return refused(v, status.body, e);
    if (!der_take(&response.body, DER_SEQ, &t) || !der_next(&want, &wanted))
        return err_set(e, E_NET, "the answer has no time stamp in it");
    if (tsp_parse(t.all, read, e) || tsp_check(read, bytes, &which, e) ||
        chain_alone(read->cms.cert[which], CHAIN_STAMP, read->when, e))
        return (int)(e->code = E_NET);
    if (!str_eq(read->nonce, wanted.body))
        return err_set(e, E_NET, "the answer is to another question");
    *token = t.all;
    return OK;
}

/* --- servers ---------------------------------------------------------------------------------- */

static int give_request(void *self, uint64_t at, void *p, size_t n, size_t *got, struct err *e) {
    const struct str *body = self;

    (void)e;
    *got = at < body->n ? body->n - (size_t)at : 0;
    *got = *got < n ? *got : n;
    if (*got)
        memcpy(p, body->p + at, *got);
    return OK;
}

static int ask(struct http *h, const char *url, struct str bytes, enum digest_kind kind,
               struct arena *mem, struct str *token, struct err *e) {
    static const struct str header[] = {{"Content-Type: application/timestamp-query", 41},
                                        {"Accept: application/timestamp-reply", 35}};
    unsigned char nonce[TSP_NONCE];
    struct str request;
    struct http_answer a = {0};
    struct http_request r = {.method = "POST",
                             .url = url,
                             .header = header,
                             .n_header = COUNT(header),
                             .body = give_request,
                             .body_self = &request,
                             .max = ANSWER_MAX};

    if (RAND_bytes(nonce, sizeof nonce) != 1)
        return err_set(e, E_BUG, "OpenSSL gives no random bytes: %s", ossl_why());
    nonce[0] = (unsigned char)((nonce[0] & 0x7f) | 0x40); /* the same length always */
    if (tsp_request(bytes, kind, nonce, mem, &request, e))
        return (int)e->code;
    r.body_size = request.n;
    if (http_send(h, &r, mem, &a, e) || http_expect(&a, url, e))
        return (int)(e->code = E_NET);
    if (tsp_answer(a.body, bytes, nonce, token, e))
        return err_in(e, "%s", url_shown(mem, str_of(url)));
    return OK;
}

/* A server that is slow or busy shall not keep the others waiting: each is asked once, and what may
 * be trouble of the moment again when none of them gave a stamp. */
int tsp_fetch(struct tsp_servers *v, struct str bytes, enum digest_kind kind, struct arena *mem,
              struct str *token, struct err *e) {
    const struct http_opts limits = {
        .connect_ms = CONNECT_MS, .stall_s = STALL_S, .tries = 1, .total_ms = TRY_MS};
    const uint64_t patience = clock_monotonic() + PATIENCE_S * UINT64_C(1000000000);
    size_t first = atomic_load(&v->first);
    struct err last = {0};
    struct http *h;
    int rc = E_NET;

    *token = (struct str){0};
    if (!v->n)
        return err_set(e, E_BUG, "tsp: no server to ask");
    if (http_open(&h, &limits, e))
        return (int)e->code;
    for (size_t i = 0; i < v->n * ROUNDS && rc && (!i || clock_monotonic() < patience); i++) {
        size_t at = (first + i) % v->n;

        if (i == v->n)
            clock_sleep(PAUSE_MS);
        last = (struct err){0};
        rc = ask(h, v->url[at], bytes, kind, mem, token, &last);
        if (!rc)
            atomic_store(&v->first, at);
        else if (i + 1 < v->n)
            log_warn("time stamp: %s; asking the next server", last.msg);
        else if (i + 1 < v->n * ROUNDS)
            log_info("time stamp: %s; asking again", last.msg);
    }
    http_close(h);
    if (!rc)
        return OK;
    *e = last;
    return v->n > 1 ? err_in(e, "none of %zu servers gave a time stamp", v->n)
                    : err_in(e, "no time stamp");
}
