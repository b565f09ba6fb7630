/* SPDX-License-Identifier: Apache-2.0 */
/* The engine is what OpenSSL 3.0's distributions have for tokens; its interface is marked as old
 * there, and gone in OpenSSL 4. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/signkey_module.h"
#include "crypto/signkey_parts.h"
#include "os/envvar.h"
#include "os/fsys.h"

#include <openssl/conf.h>
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
    OSSL_LIB_CTX *context; /* the provider's; NULL: the main one */
    UI_METHOD *ask;
    struct buf pin, uri, name;  /* zero-terminated */
    struct signkey_found shown; /* the token's certificates */
};

/* The PIN where a module wants one again; never from the terminal. */
static int give_pin(UI *ui, UI_STRING *text) {
    struct signkey_token *t = UI_get0_user_data(ui);

    if (UI_get_string_type(text) != UIT_PROMPT)
        return 1;
    if (!t || t->pin.n < 2)
        return 0;
    return UI_set_result(ui, text, t->pin.p) >= 0;
}

/* --- which token, and may it be asked --------------------------------------------------------- */

static int none_fits(const struct signkey_spec *s, const struct signkey_module_token *v, size_t n,
                     struct err *e) {
    AUTO(buf) names = BUF_NONE;

    buf_init(&names, 400);
    for (size_t i = 0; i < n && !names.over; i++)
        buf_fmt(&names, "%s" STR_F, i ? ", " : "", STR_A(signkey_module_name(&v[i])));
    if (!n)
        return err_set(e, E_SIGN, "there is no token; is it plugged in?");
    return err_set(e, E_SIGN, "no token fits %s" STR_F "; there is " STR_F,
                   str_starts(s->token, "pkcs11:") ? "" : "pkcs11:",
                   STR_A(str_cut(s->token, 0, str_find(s->token, '?'))),
                   STR_A(names.over ? STR("another one") : buf_get(&names)));
}

/* Beside one that wants a PIN those that do not (the system's lists of certificates) count for
 * nothing. */
static int choose(const struct signkey_spec *s, const struct signkey_module_token *v, size_t n,
                  const struct signkey_module_token **one, struct err *e) {
    bool login = false;

    *one = NULL;
    for (size_t i = 0; i < n; i++)
        login = login || (v[i].login && signkey_module_fits(s->token, &v[i]));
    for (size_t i = 0; i < n; i++) {
        if (v[i].login != login || !signkey_module_fits(s->token, &v[i]))
            continue;
        if (*one)
            return err_set(e, E_SIGN,
                           "more than one token fits: " STR_F " and " STR_F
                           "; token= or serial= in the URI says which",
                           STR_A(signkey_module_name(*one)), STR_A(signkey_module_name(&v[i])));
        *one = &v[i];
    }
    return *one ? OK : none_fits(s, v, n, e);
}

static int take_pin(struct signkey_token *t, const struct signkey_spec *s,
                    const struct signkey_module_token *one, struct err *e) {
    struct str name = signkey_module_name(one);
    AUTO(arena) mem = {0};

    if (one->locked)
        return err_set(e, E_SIGN,
                       "the token " STR_F " is locked after too many wrong PINs; its maker's tools "
                       "unlock it",
                       STR_A(name));
    if (!one->login || one->pad)
        return OK;
    if (s->passphrase.n && one->last)
        return err_set(e, E_SIGN,
                       "the token " STR_F " locks at the next wrong PIN; without passphrase: it is "
                       "asked for at the terminal",
                       STR_A(name));
    if (s->passphrase.n)
        buf_str(&t->pin, s->passphrase);
    else if (!s->ask || !s->ask(s->ask_self,
                                arena_fmt(&mem, "PIN of the token " STR_F "%s", STR_A(name),
                                          one->last ? " (the last try before it locks)" : ""),
                                &t->pin))
        return err_set(e, E_SIGN,
                       "the token " STR_F " wants a PIN: passphrase: says where it comes from",
                       STR_A(name));
    buf_c(&t->pin, 0);
    return OK;
}

static int take_certs(struct signkey_module *m, const struct signkey_module_token *one,
                      struct signkey_found *f, struct err *e) {
    AUTO(arena) mem = {0};
    struct str der[SIGNKEY_CERTS];
    size_t n = signkey_module_certs(m, one, &mem, der, COUNT(der));

    for (size_t i = 0; i < n; i++)
        if (signkey_read_certs(der[i], (struct str){0}, "the token's certificate", f, e))
            return (int)e->code;
    return OK;
}

/* Without a module of our own to look into, OpenSSL's one is trusted to find its way. */
static int look(struct signkey_token *t, const struct signkey_spec *s, struct err *e) {
    const struct signkey_module_token *one = NULL;
    struct signkey_module_token *v;
    struct signkey_module *m;
    AUTO(arena) mem = {0};
    size_t n;
    int rc = signkey_module_open(&m, s->module, e);

    if (rc && s->module)
        return rc;
    if (rc) {
        *e = (struct err){0};
        signkey_module_exact(s->token, NULL, &t->uri);
        buf_str(&t->pin, s->passphrase);
        buf_c(&t->pin, 0);
        buf_z(&t->name, "token");
        buf_c(&t->name, 0);
        return OK;
    }
    rc = signkey_module_tokens(m, &mem, &v, &n, e) || choose(s, v, n, &one, e) ||
                 take_pin(t, s, one, e) || take_certs(m, one, &t->shown, e)
             ? (int)e->code
             : OK;
    if (!rc) {
        signkey_module_exact(s->token, one, &t->uri);
        buf_fmt(&t->name, "token " STR_F, STR_A(signkey_module_name(one)));
        buf_c(&t->name, 0);
    }
    signkey_module_close(m);
    return rc;
}

/* --- keys ------------------------------------------------------------------------------------- */

/* Why there is no key, from all that OpenSSL and its modules noted. */
static int no_key(const struct signkey_token *t, const struct signkey_spec *s, struct err *e) {
    enum { PIN_FIRST = 0xa0, PIN_LAST = 0xa3, LOCKED = 0xa4 };
    const char *name = t->name.p;
    unsigned long code, why = 0;
    bool pin = false, ui = false;

    while ((code = ERR_get_error())) {
        const char *lib = ERR_lib_error_string(code);
        unsigned long reason = (unsigned long)ERR_GET_REASON(code);
        bool token = lib && !strcmp(lib, "PKCS#11 module");

        pin = pin || (token && reason >= PIN_FIRST && reason <= PIN_LAST);
        why = token ? reason : why;
        ui = ui || ERR_GET_LIB(code) == ERR_LIB_UI;
    }
    if (why == LOCKED)
        return err_set(e, E_SIGN, "the %s is locked after too many wrong PINs", name);
    if (pin)
        return err_set(e, E_SIGN,
                       "the PIN is wrong, says the %s; it was tried once, and tokens lock after a "
                       "few",
                       name);
    if (ui && t->pin.n < 2)
        return err_set(e, E_SIGN, "the %s wants a PIN: passphrase: says where it comes from", name);
    if (why)
        return err_set(e, E_SIGN, "the %s does not give the key (PKCS#11 error 0x%lx)", name, why);
    /* OpenSSL's store drops what a provider says of PINs */
    return err_set(e, E_SIGN, "%sthe %s has no private key that fits " STR_F,
                   t->context && t->pin.n > 1 ? "the PIN is wrong, or " : "", name,
                   STR_A(str_cut(s->token, 0, str_find(s->token, '?'))));
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
    /* keys that want the PIN again for each signature (CKA_ALWAYS_AUTHENTICATE) ask by these */
    ENGINE_ctrl_cmd(t->engine, "SET_USER_INTERFACE", 0, t->ask, NULL, 1);
    ENGINE_ctrl_cmd(t->engine, "SET_CALLBACK_DATA", 0, t, NULL, 1);
    if (!tell(t->engine, "MODULE_PATH", s->module) ||
        !tell(t->engine, "PIN", t->pin.n > 1 ? t->pin.p : NULL) || ENGINE_init(t->engine) != 1) {
        ENGINE_free(t->engine);
        t->engine = NULL;
        return err_set(e, E_SIGN, "the token's module cannot be used: %s", ossl_why());
    }
    f->key = ENGINE_load_private_key(t->engine, t->uri.p, t->ask, t);
    if (f->key && !f->n && !t->shown.n &&
        ENGINE_ctrl_cmd(t->engine, "LOAD_CERT_CTRL", 0, &load, NULL, 0) == 1 && load.cert)
        f->cert[f->n++] = load.cert;
    if (!f->key)
        return no_key(t, s, e);
    ERR_clear_error();
    return OK;
}
#endif

static const char no_support[] =
    "keys in tokens need OpenSSL's pkcs11 engine (libengine-pkcs11-openssl) or provider "
    "(pkcs11-provider)";

/* The module's path reaches the provider by a configuration of OpenSSL, which is never a file here.
 * All that is of a context of its own: what the main one loads lives until the process ends, when
 * the module is gone already. */
static bool start_provider(struct signkey_token *t, const struct signkey_spec *s) {
    AUTO(buf) text = BUF_NONE;
    CONF *conf = NCONF_new_ex(t->context, NULL);
    struct err ignored = {0};
    BIO *in = NULL;
    bool good;
    long line;

    buf_init(&text, 64 * 1024);
    buf_z(&text, "openssl_conf = a\n[a]\nproviders = b\n[b]\npkcs11 = c\ndefault = d\n[d]\n"
                 "activate = 1\n[c]\nactivate = 1\npkcs11-module-cache-pins = cache\n");
    if (s->module) {
        buf_z(&text, "pkcs11-module-path = ");
        for (const char *p = s->module; *p; p++)
            buf_fmt(&text, strchr("\\\"'`$#", *p) ? "\\%c" : "%c", *p);
        buf_c(&text, '\n');
    }
    if (conf && !buf_check(&text, "the path of the module", &ignored))
        in = ossl_bytes(buf_get(&text));
    OPENSSL_load_builtin_modules();
    good = in && NCONF_load_bio(conf, in, &line) == 1 && CONF_modules_load(conf, NULL, 0) > 0 &&
           OSSL_PROVIDER_available(t->context, "pkcs11") == 1;
    BIO_free(in);
    NCONF_free(conf);
    ERR_clear_error();
    return good;
}

static int open_provider(struct signkey_token *t, const struct signkey_spec *s,
                         struct signkey_found *f, struct err *e) {
    OSSL_STORE_CTX *store;

    t->context = OSSL_LIB_CTX_new();
    if (!t->context || !start_provider(t, s))
        return err_set(e, E_SIGN, "%s", no_support);
    store = OSSL_STORE_open_ex(t->uri.p, t->context, NULL, t->ask, t, NULL, NULL, NULL);
    while (store && !OSSL_STORE_eof(store)) {
        OSSL_STORE_INFO *found = OSSL_STORE_load(store);

        if (!found)
            break;
        if (!f->key && OSSL_STORE_INFO_get_type(found) == OSSL_STORE_INFO_PKEY)
            f->key = OSSL_STORE_INFO_get1_PKEY(found);
        OSSL_STORE_INFO_free(found);
    }
    OSSL_STORE_close(store);
    if (!f->key)
        return no_key(t, s, e);
    ERR_clear_error();
    return OK;
}

OSSL_LIB_CTX *signkey_token_context(const struct signkey_token *t) {
    return t ? t->context : NULL;
}

static bool is_there(const char *variable, int info) {
    const char *dir = envvar_is_set(variable) ? envvar_get(variable) : OPENSSL_info(info);
    const char *end = OPENSSL_info(OPENSSL_INFO_DSO_EXTENSION);
    struct err ignored = {0};
    struct fsys_stat st;
    AUTO(arena) mem = {0};

    return dir && end &&
           !fsys_stat(FSYS_HERE, arena_fmt(&mem, "%s/pkcs11%s", dir, end), &st, &ignored) &&
           st.kind == FSYS_FILE;
}

/* By their files: an engine that is loaded and not used keeps what it made for itself. */
int signkey_tokens(struct err *e) {
#ifndef OPENSSL_NO_ENGINE
    if (is_there("OPENSSL_ENGINES", OPENSSL_INFO_ENGINES_DIR))
        return OK;
#endif
    return is_there("OPENSSL_MODULES", OPENSSL_INFO_MODULES_DIR)
               ? OK
               : err_set(e, E_SIGN, "%s", no_support);
}

static int find_token(struct signkey_token *t, const struct signkey_spec *s,
                      struct signkey_found *f, struct err *e) {
    if (look(t, s, e))
        return (int)e->code;
#ifndef OPENSSL_NO_ENGINE
    ENGINE_load_dynamic();
    t->engine = ENGINE_by_id("pkcs11");
    ERR_clear_error();
    if (t->engine)
        return open_engine(t, s, f, e);
#endif
    return open_provider(t, s, f, e);
}

/* Certificates that were given may be only those between the key's own, which the token has, and
 * the root. */
static void add_shown(const struct signkey_token *t, struct signkey_found *f) {
    const struct signkey_found *shown = &t->shown;

    for (size_t i = 0; i < f->n; i++)
        if (EVP_PKEY_eq(X509_get0_pubkey(f->cert[i]), f->key) == 1)
            return;
    for (size_t i = 0; i < shown->n && f->n < SIGNKEY_CERTS; i++) {
        X509_up_ref(shown->cert[i]);
        f->cert[f->n++] = shown->cert[i];
    }
    ERR_clear_error();
}

int signkey_token_open(struct signkey_token **out, const struct signkey_spec *s,
                       struct signkey_found *f, struct err *e) {
    struct signkey_token *t = mem_alloc(sizeof *t);

    *out = t;
    buf_init(&t->pin, SECRET_MAX);
    buf_init(&t->uri, SECRET_MAX);
    buf_init(&t->name, SECRET_MAX);
    t->pin.secret = true;
    t->uri.secret = true; /* it may have a pin-value */
    t->ask = UI_create_method("slipway");
    UI_method_set_reader(t->ask, give_pin);
    if (find_token(t, s, f, e)) {
        signkey_token_close(t);
        *out = NULL;
        return (int)e->code;
    }
    add_shown(t, f);
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
    OSSL_LIB_CTX_free(t->context);
    UI_destroy_method(t->ask);
    signkey_found_drop(&t->shown);
    buf_drop(&t->pin);
    buf_drop(&t->uri);
    buf_drop(&t->name);
    mem_free(t);
}
