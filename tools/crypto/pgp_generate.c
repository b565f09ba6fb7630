/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/pgp.h"
#include "crypto/pgp_home.h"

static bool uid_ok(struct str uid) {
    for (size_t i = 0; i < uid.n; i++)
        if ((unsigned char)uid.p[i] < 32 || uid.p[i] == 127)
            return false;
    return uid.n > 0 && uid.n < 500 && str_utf8(uid);
}

static int export_to(struct pgp_home *h, const char *fpr, gpgme_export_mode_t mode, struct buf *out,
                     struct err *e) {
    gpgme_data_t d = NULL;
    gpgme_error_t why = gpgme_data_new(&d);
    int rc;

    if (!why)
        why = gpgme_op_export(h->ctx, fpr, mode, d);
    rc = why ? pgp_home_fail(h, why, "the new key", e) : pgp_home_take(d, out, e);
    if (d)
        gpgme_data_release(d);
    if (!rc && !out->n)
        return err_set(e, E_SIGN, "the new key cannot be exported by gpg");
    return rc;
}

static int create(struct pgp_home *h, const char *kind, const char *uid, unsigned days,
                  struct arena *a, struct str *fingerprint, struct err *e) {
    unsigned flags = GPGME_CREATE_SIGN | GPGME_CREATE_CERT | GPGME_CREATE_NOPASSWD;
    gpgme_genkey_result_t made;
    gpgme_error_t why;

    if (!days)
        flags |= GPGME_CREATE_NOEXPIRE;
    why = gpgme_op_createkey(h->ctx, uid, kind, 0, days * 86400ul, NULL, flags);
    if (why)
        return pgp_home_fail(h, why, "a new key", e);
    made = gpgme_op_genkey_result(h->ctx);
    if (!made || !made->fpr)
        return err_set(e, E_SIGN, "gpg made no key");
    *fingerprint = str_dup(a, str_of(made->fpr));
    return OK;
}

int pgp_generate(const char *kind, const char *uid, unsigned days_valid, struct buf *secret,
                 struct buf *pub, struct arena *a, struct str *fingerprint, struct err *e) {
    struct pgp_home h;
    const char *fpr;
    int rc;

    *fingerprint = (struct str){0};
    if (!str_is(STR("ed25519"), kind) && !str_is(STR("rsa4096"), kind))
        return err_set(e, E_USAGE, "no key kind '%s' (have: ed25519, rsa4096)", kind);
    if (!uid_ok(str_of(uid)))
        return err_set(e, E_USAGE, "a key's user id must be one line of UTF-8, 1 to 499 bytes");
    if (days_valid > 36500)
        return err_set(e, E_USAGE, "a key cannot be valid for more than 36500 days");
    if (pgp_home_open(&h, STR(""), false, e))
        return (int)e->code;
    gpgme_set_armor(h.ctx, 1);
    rc = create(&h, kind, uid, days_valid, a, fingerprint, e);
    fpr = str_z(a, *fingerprint);
    if (!rc)
        rc = export_to(&h, fpr, GPGME_EXPORT_MODE_SECRET, secret, e);
    if (!rc)
        rc = export_to(&h, fpr, 0, pub, e);
    pgp_home_drop(&h);
    return rc;
}
