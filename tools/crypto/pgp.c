/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/pgp.h"

#include "crypto/pgp_home.h"
#include "os/clock.h"

#include <string.h>

enum { PGP_SIG_MAX = 1024 * 1024, KEY_MAX = 1024 * 1024 };

struct pgp {
    struct pgp_home home;
    struct arena mem;
    gpgme_key_t key;
    struct str fingerprint, uid;
    unsigned algorithm;
    int64_t born; /* of the (sub)key that signs: no signature can be older */
    int64_t dies; /* 0: never */
};

static const char *day(struct arena *a, int64_t seconds) {
    struct clock_utc t = clock_split(seconds);

    return arena_fmt(a, "%04d-%02d-%02d", t.year, t.month, t.day);
}

static int check_usable(struct pgp *p, struct err *e) {
    const struct _gpgme_subkey *primary = p->key->subkeys;

    if (p->key->revoked)
        return err_set(e, E_SIGN, "key " STR_F " is revoked", STR_A(p->fingerprint));
    if (p->key->expired)
        return err_set(e, E_SIGN,
                       "key " STR_F " expired on %s; give it a later date or make another",
                       STR_A(p->fingerprint), day(&p->mem, (uint32_t)primary->expires));
    if (p->key->disabled || p->key->invalid)
        return err_set(e, E_SIGN, "key " STR_F " is disabled or damaged", STR_A(p->fingerprint));
    if (p->key->can_sign)
        return OK;
    for (const struct _gpgme_subkey *s = primary; s; s = s->next)
        if (s->can_sign && s->expired)
            return err_set(e, E_SIGN, "the signing subkey of key " STR_F " expired on %s",
                           STR_A(p->fingerprint), day(&p->mem, (uint32_t)s->expires));
    return err_set(e, E_SIGN, "key " STR_F " cannot sign", STR_A(p->fingerprint));
}

/* The secret keys that match: the first of them and their number. */
static gpgme_error_t find_key(gpgme_ctx_t ctx, const char *which, gpgme_key_t *key, size_t *n) {
    gpgme_key_t k = NULL;
    gpgme_error_t why = gpgme_op_keylist_start(ctx, which, 1);

    *key = NULL;
    *n = 0;
    while (!why && !(why = gpgme_op_keylist_next(ctx, &k))) {
        if (!(*n)++)
            *key = k;
        else
            gpgme_key_unref(k);
    }
    return gpgme_err_code(why) == GPG_ERR_EOF ? 0 : why;
}

/* The only secret key of the home. */
static int pick_key(struct pgp *p, const char *what, struct err *e) {
    size_t n;
    gpgme_error_t why = find_key(p->home.ctx, NULL, &p->key, &n);

    if (why)
        return pgp_home_fail(&p->home, why, what, e);
    if (!n)
        return err_set(e, E_SIGN,
                       "%s: is a public key; signing needs the secret one "
                       "(gpg --export-secret-keys)",
                       what);
    if (n > 1)
        return err_set(e, E_SIGN, "%s: holds %zu secret keys; export the one that is to sign", what,
                       n);
    return OK;
}

static gpgme_sig_mode_t mode_of(enum pgp_form form) {
    return form == PGP_CLEAR ? GPGME_SIG_MODE_CLEAR : GPGME_SIG_MODE_DETACH;
}

static int sign_failed(struct pgp *p, struct source *in, gpgme_error_t why, struct err *e) {
    const char *what = arena_fmt(&p->mem, "key " STR_F, STR_A(p->fingerprint));

    if (in->err.code) {
        *e = in->err;
        return (int)e->code;
    }
    return pgp_home_fail(&p->home, why, what, e);
}

int pgp_sign(struct pgp *p, struct source *in, enum pgp_form form, int64_t when, struct buf *sig,
             struct err *e) {
    gpgme_data_t from = NULL, to = NULL;
    gpgme_sign_result_t made;
    gpgme_error_t why;
    int rc = OK;

    if (when && when < p->born) /* gpg refuses what is older than its key */
        when = p->born;
    if (when && p->dies && when >= p->dies)
        return err_set(e, E_SIGN,
                       "key " STR_F " expires on %s, before the time of the signature, %s",
                       STR_A(p->fingerprint), day(&p->mem, p->dies), day(&p->mem, when));
    if (pgp_home_clock(&p->home, when, e) || pgp_home_source(in, &from, e))
        return (int)e->code;
    gpgme_set_armor(p->home.ctx, form != PGP_DETACHED);
    p->home.asked = false;
    why = gpgme_data_new(&to);
    if (!why)
        why = gpgme_op_sign(p->home.ctx, from, to, mode_of(form));
    if (why || in->err.code)
        rc = sign_failed(p, in, why, e);
    else if (!(made = gpgme_op_sign_result(p->home.ctx)) || !made->signatures)
        rc = err_set(e, E_SIGN, "key " STR_F ": gpg made no signature", STR_A(p->fingerprint));
    else
        rc = pgp_home_take(to, sig, e);
    gpgme_data_release(from);
    if (to)
        gpgme_data_release(to);
    return rc;
}

/* A signature over nothing tells whether the passphrase is right before any work is done, and which
 * subkey gpg signs with. */
static int try_key(struct pgp *p, struct err *e) {
    struct source_bytes none;
    struct source s;
    gpgme_new_signature_t made;
    AUTO(buf) sig = BUF_NONE;

    buf_init(&sig, PGP_SIG_MAX);
    source_str(&s, &none, STR(""));
    gpgme_signers_clear(p->home.ctx);
    gpgme_signers_add(p->home.ctx, p->key);
    if (pgp_sign(p, &s, PGP_DETACHED, 0, &sig, e))
        return (int)e->code;
    made = gpgme_op_sign_result(p->home.ctx)->signatures;
    p->algorithm = pgp_home_algorithm(made->pubkey_algo);
    for (const struct _gpgme_subkey *k = p->key->subkeys; k; k = k->next)
        if (!strcmp(k->fpr, made->fpr)) {
            p->born = k->timestamp;
            p->dies = k->expires;
        }
    return OK;
}

static int adopt(struct pgp *p, struct err *e) {
    p->fingerprint = str_dup(&p->mem, str_of(p->key->fpr ? p->key->fpr : p->key->subkeys->fpr));
    p->uid = str_dup(&p->mem, str_of(p->key->uids ? p->key->uids->uid : ""));
    if (check_usable(p, e))
        return (int)e->code;
    return try_key(p, e);
}

int pgp_open(struct pgp **out, struct str key, struct str passphrase, struct err *e) {
    static const char what[] = "the signing key";
    struct pgp *p = mem_alloc(sizeof *p);
    gpgme_import_result_t found;

    *out = NULL;
    if (pgp_home_open(&p->home, passphrase, false, e) ||
        pgp_home_import(&p->home, key, what, &found, e) || pick_key(p, what, e) || adopt(p, e)) {
        pgp_close(p);
        return (int)e->code;
    }
    *out = p;
    return OK;
}

static int export_public(gpgme_ctx_t ctx, gpgme_key_t key, struct buf *pub, struct err *e) {
    gpgme_key_t keys[2] = {key, NULL};
    gpgme_data_t d = NULL;
    gpgme_error_t why = gpgme_data_new(&d);
    int rc;

    gpgme_set_armor(ctx, 1);
    if (!why)
        why = gpgme_op_export_keys(ctx, keys, 0, d);
    rc = why ? pgp_home_fail(NULL, why, "the public key", e) : pgp_home_take(d, pub, e);
    if (d)
        gpgme_data_release(d);
    return rc;
}

/* The public half of a key in the user's keyring, which is read and never written. */
static int user_public(const char *which, struct buf *pub, struct err *e) {
    gpgme_ctx_t ctx;
    gpgme_key_t key;
    gpgme_error_t why;
    size_t n;
    int rc;

    if (pgp_home_context(NULL, &ctx, e))
        return (int)e->code;
    why = find_key(ctx, which, &key, &n);
    if (why)
        rc = pgp_home_fail(NULL, why, "the user's keyring", e);
    else if (!n)
        rc = err_set(e, E_SIGN, "gpg:%s: the user's keyring has no such secret key", which);
    else if (n > 1)
        rc = err_set(e, E_SIGN, "gpg:%s: %zu secret keys match; name one by its fingerprint", which,
                     n);
    else
        rc = export_public(ctx, key, pub, e);
    if (key)
        gpgme_key_unref(key);
    gpgme_release(ctx);
    return rc;
}

int pgp_open_user(struct pgp **out, const char *which, struct str passphrase, struct err *e) {
    struct pgp *p = mem_alloc(sizeof *p);
    gpgme_import_result_t found;
    AUTO(buf) pub = BUF_NONE;

    *out = NULL;
    p->home.dir = TMPDIR_NONE;
    p->home.lock = FSYS_LOCK_NONE;
    buf_init(&pub, KEY_MAX);
    if (user_public(which, &pub, e) || pgp_home_open(&p->home, passphrase, true, e) ||
        pgp_home_import(&p->home, buf_get(&pub), which, &found, e) || pick_key(p, which, e) ||
        adopt(p, e)) {
        pgp_close(p);
        return (int)e->code;
    }
    *out = p;
    return OK;
}

void pgp_close(struct pgp *p) {
    if (!p)
        return;
    if (p->key)
        gpgme_key_unref(p->key);
    pgp_home_drop(&p->home);
    arena_drop(&p->mem);
    mem_free(p);
}

struct str pgp_fingerprint(const struct pgp *p) {
    return p->fingerprint;
}

struct str pgp_uid(const struct pgp *p) {
    return p->uid;
}

unsigned pgp_algorithm(const struct pgp *p) {
    return p->algorithm;
}

int pgp_public(struct pgp *p, struct buf *armored, struct err *e) {
    return export_public(p->home.ctx, p->key, armored, e);
}
