/* SPDX-License-Identifier: Apache-2.0 */
/* The engine is what OpenSSL 3.0's distributions have for tokens; its interface is marked as old
 * there, and gone in OpenSSL 4. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/signkey_parts.h"

#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <string.h>
#ifndef OPENSSL_NO_ENGINE
#include <openssl/engine.h>
#endif

struct signkey_token {
#ifndef OPENSSL_NO_ENGINE
    ENGINE *engine;
#endif
    OSSL_PROVIDER *provider;
    UI_METHOD *ask;
    struct buf pin, uri;
};

/* The PIN where a module wants one again; never from the terminal. */
static int give_pin(UI *ui, UI_STRING *text) {
    struct signkey_token *t = UI_get0_user_data(ui);

    if (UI_get_string_type(text) != UIT_PROMPT)
        return 1;
    if (!t || !t->pin.n)
        return 0;
    return UI_set_result(ui, text, t->pin.p) >= 0;
}

static const char *no_pin(const struct signkey_token *t) {
    return t->pin.n ? "the PIN is wrong, or there is no such key"
                    : "no PIN was given, or there is no such key";
}

#ifndef OPENSSL_NO_ENGINE
static bool tell(ENGINE *engine, const char *what, const char *value) {
    return !value || ENGINE_ctrl_cmd_string(engine, what, value, 0) == 1;
}

static int open_engine(struct signkey_token *t, const struct signkey_spec *s,
                       struct signkey_found *f, struct err *e) {
    struct {
        const char *id;
        X509 *cert;
    } load = {t->uri.p, NULL};

    ENGINE_ctrl_cmd_string(t->engine, "QUIET", NULL, 1); /* what goes wrong, we say */
    if (!tell(t->engine, "MODULE_PATH", s->module) ||
        !tell(t->engine, "PIN", t->pin.n ? t->pin.p : NULL) || ENGINE_init(t->engine) != 1) {
        ENGINE_free(t->engine);
        t->engine = NULL;
        return err_set(e, E_SIGN, "the token's module cannot be used: %s", ossl_why());
    }
    f->key = ENGINE_load_private_key(t->engine, t->uri.p, t->ask, t);
    if (f->key && !f->n && ENGINE_ctrl_cmd(t->engine, "LOAD_CERT_CTRL", 0, &load, NULL, 0) == 1 &&
        load.cert)
        f->cert[f->n++] = load.cert;
    ERR_clear_error();
    return f->key ? OK : err_set(e, E_SIGN, "the token does not give the key: %s", no_pin(t));
}
#endif

static int open_provider(struct signkey_token *t, struct signkey_found *f, struct err *e) {
    OSSL_STORE_CTX *store = OSSL_STORE_open(t->uri.p, t->ask, t, NULL, NULL);

    while (store && !OSSL_STORE_eof(store)) {
        OSSL_STORE_INFO *found = OSSL_STORE_load(store);

        if (!found)
            break;
        if (!f->key && OSSL_STORE_INFO_get_type(found) == OSSL_STORE_INFO_PKEY)
            f->key = OSSL_STORE_INFO_get1_PKEY(found);
        else if (f->n < SIGNKEY_CERTS && OSSL_STORE_INFO_get_type(found) == OSSL_STORE_INFO_CERT)
            f->cert[f->n++] = OSSL_STORE_INFO_get1_CERT(found);
        OSSL_STORE_INFO_free(found);
    }
    OSSL_STORE_close(store);
    ERR_clear_error();
    return f->key ? OK : err_set(e, E_SIGN, "the token does not give the key: %s", no_pin(t));
}

static int find_token(struct signkey_token *t, const struct signkey_spec *s,
                      struct signkey_found *f, struct err *e) {
#ifndef OPENSSL_NO_ENGINE
    ENGINE_load_dynamic();
    t->engine = ENGINE_by_id("pkcs11");
    ERR_clear_error();
    if (t->engine)
        return open_engine(t, s, f, e);
#endif
    t->provider = OSSL_PROVIDER_try_load(NULL, "pkcs11", 1);
    ERR_clear_error();
    if (t->provider && s->module)
        return err_set(e, E_SIGN,
                       "OpenSSL's pkcs11 provider takes the token's module from its own "
                       "configuration or PKCS11_PROVIDER_MODULE, not from here");
    if (t->provider)
        return open_provider(t, f, e);
    return err_set(e, E_SIGN,
                   "keys in tokens need OpenSSL's pkcs11 engine "
                   "(libengine-pkcs11-openssl) or provider (pkcs11-provider)");
}

int signkey_token_open(struct signkey_token **out, const struct signkey_spec *s,
                       struct signkey_found *f, struct err *e) {
    struct signkey_token *t = mem_alloc(sizeof *t);

    *out = t;
    buf_init(&t->pin, SECRET_MAX);
    buf_init(&t->uri, SECRET_MAX);
    t->pin.secret = true;
    t->uri.secret = true; /* it may have a pin-value */
    if (s->passphrase.n) {
        buf_str(&t->pin, s->passphrase);
        buf_c(&t->pin, 0);
    }
    if (!str_starts(s->token, "pkcs11:"))
        buf_z(&t->uri, "pkcs11:");
    buf_str(&t->uri, s->token);
    buf_c(&t->uri, 0);
    t->ask = UI_create_method("slipway");
    UI_method_set_reader(t->ask, give_pin);
    if (find_token(t, s, f, e)) {
        signkey_token_close(t);
        *out = NULL;
        return (int)e->code;
    }
    return OK;
}

void signkey_token_close(struct signkey_token *t) {
    if (!t)
        return;
#ifndef OPENSSL_NO_ENGINE
    if (t->engine) {
        ENGINE_finish(t->engine);
        ENGINE_free(t->engine);
    }
#endif
    OSSL_PROVIDER_unload(t->provider);
    UI_destroy_method(t->ask);
    buf_drop(&t->pin);
    buf_drop(&t->uri);
    mem_free(t);
}
