/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/pgp.h"
#include "crypto/pgp_home.h"
#include "os/clock.h"

/* The fingerprint of the key that a signing subkey belongs to, as pgp_fingerprint tells it. */
static void tell_signer(struct pgp_home *h, const char *fpr, struct arena *a,
                        struct pgp_verdict *v) {
    gpgme_key_t key = NULL;

    v->signer = str_dup(a, str_of(fpr));
    if (gpgme_get_key(h->ctx, fpr, &key, 0) || !key)
        return;
    if (key->fpr)
        v->signer = str_dup(a, str_of(key->fpr));
    if (key->uids)
        v->uid = str_dup(a, str_of(key->uids->uid));
    gpgme_key_unref(key);
}

static void judge(struct pgp_home *h, const struct _gpgme_signature *s, struct arena *a,
                  struct pgp_verdict *v) {
    char text[200];

    v->good = false;
    v->when = (int64_t)s->timestamp;
    switch (gpgme_err_code(s->status)) {
    case GPG_ERR_NO_ERROR:
        v->good = true;
        v->why = (struct str){0};
        break;
    case GPG_ERR_BAD_SIGNATURE:
        v->why = STR("BAD signature");
        break;
    case GPG_ERR_NO_PUBKEY:
        v->why = str_fmt(a, "key %s is not among the keys given", s->fpr ? s->fpr : "?");
        break;
    case GPG_ERR_KEY_EXPIRED:
        v->why = STR("key expired");
        break;
    case GPG_ERR_SIG_EXPIRED:
        v->why = STR("signature expired");
        break;
    case GPG_ERR_CERT_REVOKED:
        v->why = STR("key revoked");
        break;
    default:
        gpgme_strerror_r(s->status, text, sizeof text);
        v->why = str_fmt(a, "signature refused: %s", text);
        break;
    }
    if (s->fpr)
        tell_signer(h, s->fpr, a, v);
}

/* Every signature has to hold, apart from those of keys that nobody asked about, and at least one
 * has to be there. */
static void judge_all(struct pgp_home *h, gpgme_verify_result_t r, struct arena *a,
                      struct pgp_verdict *v) {
    v->why = STR("not an OpenPGP signature");
    for (const struct _gpgme_signature *s = r ? r->signatures : NULL; s; s = s->next) {
        bool stranger = gpgme_err_code(s->status) == GPG_ERR_NO_PUBKEY;

        if (stranger && v->good)
            continue;
        judge(h, s, a, v);
        if (!v->good && !stranger)
            return;
    }
}

static int check(struct pgp_home *h, struct source *in, struct str sig, struct arena *a,
                 struct pgp_verdict *v, struct err *e) {
    gpgme_data_t text = NULL, d = NULL;
    gpgme_error_t why;
    int rc = OK;

    if (pgp_home_source(in, &text, e))
        return (int)e->code;
    why = gpgme_data_new_from_mem(&d, sig.n ? sig.p : "", sig.n, 0);
    if (!why)
        why = gpgme_op_verify(h->ctx, d, text, NULL);
    if (in->err.code) {
        *e = in->err;
        rc = (int)e->code;
    } else if (gpgme_err_code(why) == GPG_ERR_INV_ENGINE || gpgme_err_code(why) == GPG_ERR_ENOMEM) {
        rc = pgp_home_fail(h, why, "the signature cannot be checked", e);
    } else {
        /* Damage that gpg cannot even parse comes as an error of the whole call. */
        judge_all(h, why ? NULL : gpgme_op_verify_result(h->ctx), a, v);
    }
    gpgme_data_release(text);
    if (d)
        gpgme_data_release(d);
    return rc;
}

/* A home with nothing but these keys in it. */
static int open_home(struct pgp_home *h, struct str keys, struct err *e) {
    gpgme_import_result_t found;

    if (pgp_home_open(h, STR(""), false, e))
        return (int)e->code;
    if (!pgp_home_import(h, keys, "the public keys", &found, e))
        return OK;
    pgp_home_drop(h);
    return (int)e->code;
}

int pgp_verify(struct source *in, struct str sig, struct str keys, struct arena *a,
               struct pgp_verdict *v, struct err *e) {
    struct pgp_home h;
    int rc;

    *v = (struct pgp_verdict){0};
    if (open_home(&h, keys, e))
        return (int)e->code;
    rc = check(&h, in, sig, a, v, e);
    pgp_home_drop(&h);
    return rc;
}

static int check_clear(struct pgp_home *h, struct str in, struct arena *a, struct str *text,
                       struct pgp_verdict *v, struct err *e) {
    gpgme_data_t d = NULL, plain = NULL;
    AUTO(buf) out = BUF_NONE;
    gpgme_error_t why = gpgme_data_new_from_mem(&d, in.n ? in.p : "", in.n, 0);
    int rc = OK;

    buf_init(&out, in.n + 4096);
    if (!why)
        why = gpgme_data_new(&plain);
    if (!why)
        why = gpgme_op_verify(h->ctx, d, NULL, plain);
    if (gpgme_err_code(why) == GPG_ERR_INV_ENGINE || gpgme_err_code(why) == GPG_ERR_ENOMEM) {
        rc = pgp_home_fail(h, why, "the signature cannot be checked", e);
    } else {
        judge_all(h, why ? NULL : gpgme_op_verify_result(h->ctx), a, v);
        if (v->good && !(rc = pgp_home_take(plain, &out, e)))
            *text = str_dup(a, buf_get(&out));
    }
    if (d)
        gpgme_data_release(d);
    if (plain)
        gpgme_data_release(plain);
    return rc;
}

int pgp_verify_clear(struct str signed_text, struct str keys, struct arena *a, struct str *text,
                     struct pgp_verdict *v, struct err *e) {
    struct pgp_home h;
    int rc;

    *v = (struct pgp_verdict){0};
    *text = (struct str){0};
    if (open_home(&h, keys, e))
        return (int)e->code;
    rc = check_clear(&h, signed_text, a, text, v, e);
    pgp_home_drop(&h);
    return rc;
}
