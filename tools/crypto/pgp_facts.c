/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/pgp.h"
#include "crypto/pgp_home.h"

static void tell(gpgme_key_t key, bool secret, struct arena *a, struct pgp_facts *f) {
    *f = (struct pgp_facts){
        .fingerprint = str_dup(a, str_of(key->fpr ? key->fpr : key->subkeys->fpr)),
        .uid = str_dup(a, str_of(key->uids ? key->uids->uid : "")),
        .created = key->subkeys->timestamp,
        .expires = key->subkeys->expires,
        .secret = secret,
        .expired = key->expired,
        .revoked = key->revoked,
        .algorithm = pgp_home_algorithm(key->subkeys->pubkey_algo),
    };
}

int pgp_facts(struct str keys, struct arena *a, struct pgp_facts *f, struct err *e) {
    struct pgp_home h;
    gpgme_import_result_t found;
    gpgme_key_t key = NULL;
    int rc;

    *f = (struct pgp_facts){0};
    if (pgp_home_open(&h, STR(""), false, e))
        return (int)e->code;
    rc = pgp_home_import(&h, keys, "the key", &found, e);
    if (!rc) {
        bool secret = found->secret_read > 0;
        gpgme_error_t why = gpgme_op_keylist_start(h.ctx, NULL, 0);

        if (!why)
            why = gpgme_op_keylist_next(h.ctx, &key);
        if (why)
            rc = pgp_home_fail(&h, why, "the key", e);
        else
            tell(key, secret, a, f);
        if (key)
            gpgme_key_unref(key);
    }
    pgp_home_drop(&h);
    return rc;
}
