/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/tsp.h"
#include "io/url.h"
#include "os/clock.h"
#include "sign/authenticode.h"

static int passphrase_check(struct str s, struct err *e) {
    struct str rest;

    if (secret_kind(s, &rest) == SECRET_GPG || secret_kind(s, &rest) == SECRET_PKCS11)
        return err_set(e, E_RECIPE, "a passphrase or PIN comes from env:, file: or command:");
    return secret_check(s, e);
}

static int certificate_check(struct str s, struct err *e) {
    struct str rest;

    if (secret_kind(s, &rest) == SECRET_GPG || secret_kind(s, &rest) == SECRET_PKCS11)
        return err_set(e, E_RECIPE,
                       "certificates come from env:, file: or command:; those in a token are found "
                       "by the key's pkcs11: alone");
    return secret_check(s, e);
}

static int key_check(struct str s, struct err *e) {
    struct str rest;

    if (secret_kind(s, &rest) == SECRET_GPG)
        return err_set(e, E_RECIPE, "Authenticode signatures cannot use an OpenPGP key");
    if (secret_kind(s, &rest) == SECRET_PKCS11 && str_has(rest, "pin-value"))
        return err_set(e, E_RECIPE,
                       "a pkcs11: URI holds no PIN here; passphrase: says where it comes from");
    return secret_check(s, e);
}

static int url_str_check(struct str s, struct err *e) {
    if (url_check(s, e))
        return (int)(e->code = E_RECIPE);
    return OK;
}

/* It goes into an IA5String. */
static int link_check(struct str s, struct err *e) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] > '~')
            return err_set(e, E_RECIPE,
                           "signatures hold addresses in ASCII only: xn--... for such names of "
                           "hosts, %%C3%%BC and the like for the rest");
    return url_str_check(s, e);
}

static const char *const digest_words[] = {"sha256", "sha384", "sha512", NULL};

static const struct schema server_item[] = {
    {.kind = SCHEMA_STR, .check = url_str_check, .pattern = "^https?://."}};

#define REFERENCE "^(env|file|command):.*[^ \\t]"

const struct schema authenticode_schema[] = {
    {.key = "certificate",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_SECRET,
     .help = "The certificate by reference, env:NAME, file:PATH or command:ARGV: PEM, DER, PKCS#7 "
             "or PKCS#12 (also in base64), with the certificates between it and the root.",
     .check = certificate_check,
     .pattern = REFERENCE},
    {.key = "key",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_SECRET,
     .help = "The private key by reference, or pkcs11:URI for one in a token; the certificate's "
             "file has it unless this is given.",
     .check = key_check,
     .pattern = "^(env|file|command|pkcs11):.*[^ \\t]"},
    {.key = "passphrase",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_SECRET,
     .help = "The passphrase of the key or the PKCS#12 file, or the token's PIN, by reference: "
             "env:NAME, file:PATH or command:ARGV.",
     .check = passphrase_check,
     .pattern = REFERENCE},
    {.key = "module",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_PATH,
     .help = "The library of the token's maker (PKCS#11)."},
    {.key = "command",
     .kind = SCHEMA_STR,
     .help = "A program that signs instead of a key: it reads a raw digest on its standard input, "
             "of the kind that SLIPWAY_DIGEST names, and prints the signature, raw or in base64."},
    {.key = "timestamp",
     .kind = SCHEMA_LIST,
     .flags = SCHEMA_ONE_OR_LIST,
     .help = "Addresses of RFC 3161 time stamp servers, asked in order until one answers.",
     .sub = server_item},
    {.key = "name",
     .kind = SCHEMA_STR,
     .help = "What Windows calls the program when it asks whether it may run; the recipe's title."},
    {.key = "url",
     .kind = SCHEMA_STR,
     .help = "The address that this question links to; the recipe's homepage.",
     .check = link_check,
     .pattern = "^https?://[!-~]+$"},
    {.key = "digest",
     .kind = SCHEMA_WORD,
     .words = digest_words,
     .help = "The digest of file and signature: sha256 (the default), sha384 or sha512."},
    {.key = "apart",
     .kind = SCHEMA_BOOL,
     .help = "Whether the key is in another place: packages are packed without a signature then, "
             "and get it in two steps, by slipway sign --prepare and --attach. certificate: has no "
             "secret in it in this case, and key:, command: and passphrase: are left out."},
    {0},
};

/* Variables cannot hold binary files: they hold them in base64. */
static struct str unwrapped(struct str bytes, struct arena *mem) {
    struct str raw;

    if (!bytes.n || bytes.p[0] == 0x30 || str_has(bytes, "-----BEGIN ") ||
        !digest_unbase64(mem, bytes, &raw))
        return bytes;
    return raw;
}

static int read_settings(struct authenticode *a, const struct value *section, struct arena *mem,
                         struct err *e) {
    static const enum digest_kind kinds[] = {DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512};
    const struct value *servers = value_get(section, "timestamp");
    struct str word = value_text(section, "digest");
    struct err ignored = {0};

    a->kind = DIGEST_SHA256;
    a->servers = arena_alloc(mem, sizeof *a->servers);
    for (size_t i = 0; digest_words[i]; i++)
        if (str_is(word, digest_words[i]))
            a->kind = kinds[i];
    a->name = str_dup(mem, value_get(section, "name") ? value_text(section, "name") : a->title);
    a->url = value_get(section, "url") ? value_text(section, "url") : a->homepage;
    a->url = !link_check(a->url, &ignored) ? str_dup(mem, a->url) : (struct str){0};
    for (const struct value *v = servers ? servers->child : NULL; v; v = v->next) {
        if (a->n_servers == TSP_SERVERS)
            return err_set(e, E_RECIPE, "timestamp: more than %d servers", TSP_SERVERS);
        a->servers->url[a->n_servers++] = str_z(mem, v->s);
    }
    a->servers->n = a->n_servers;
    return OK;
}

/* The bytes behind the references. */
struct found {
    struct buf certificate, key, passphrase;
};

static int check_apart(const struct value *section, bool certificate_only, struct err *e) {
    static const char *const secret[] = {"key", "command"};

    if (!authenticode_apart(section))
        return OK;
    for (size_t i = 0; i < COUNT(secret); i++)
        if (value_get(section, secret[i]))
            return err_set(e, E_RECIPE, "%s and apart: the key is either here or elsewhere",
                           secret[i]);
    if (!certificate_only)
        return err_set(e, E_SIGN,
                       "the key is in another place (apart: true); slipway sign --prepare and "
                       "--attach sign in two steps");
    return OK;
}

static bool ask_noted(void *self, const char *what, struct buf *secret) {
    struct authenticode *a = self;

    if (!a->ask(a->ask_self, what, secret))
        return false;
    secret_note(&a->known, buf_get(secret));
    return true;
}

static int resolve(struct authenticode *a, const struct value *section, const char *base_dir,
                   struct found *f, struct signkey_spec *s, struct err *e) {
    struct str certificate = value_text(section, "certificate"), rest;
    struct str key = value_text(section, "key"), pass = value_text(section, "passphrase");

    if (certificate.n && (certificate_check(certificate, e) ||
                          secret_resolve(certificate, base_dir, &a->known, &f->certificate, e)))
        return err_in(e, "certificate");
    if (pass.n &&
        (passphrase_check(pass, e) || secret_line(pass, base_dir, &a->known, &f->passphrase, e)))
        return err_in(e, "passphrase");
    if (key.n && key_check(key, e))
        return err_in(e, "key");
    s->command = value_text(section, "command");
    if (s->command.n && key.n)
        return err_set(e, E_RECIPE, "key and command are two ways to sign; one of them is enough");
    if (secret_kind(key, &rest) == SECRET_PKCS11) {
        s->token = rest;
        s->ask = a->ask ? ask_noted : NULL;
        s->ask_self = a;
    }
    if (key.n && !s->token.n && secret_resolve(key, base_dir, &a->known, &f->key, e))
        return err_in(e, "key");
    if (!certificate.n && !s->token.n)
        return err_set(e, E_RECIPE, "certificate: it is missing");
    return OK;
}

/* Windows takes no signature by one that is made for something else or is not valid now. */
static int check_certificate(const struct authenticode *a, struct err *e) {
    const struct str *certs;
    struct str name = signkey_name(a->key);

    signkey_certs(a->key, &certs);
    if (!chain_alone(certs[0], CHAIN_CODE, clock_now(), e))
        return OK;
    e->code = E_SIGN;
    return err_in(e, STR_F " cannot sign with it", STR_A(name));
}

static int open_key(struct authenticode *a, const struct value *section, const char *base_dir,
                    bool certificate_only, struct arena *mem, struct err *e) {
    struct found f = {0};
    struct str module = value_text(section, "module");
    struct signkey_spec s = {.dir = base_dir, .certificate_only = certificate_only};
    AUTO(arena) scratch = {0};
    int rc;

    buf_init(&f.certificate, SECRET_MAX);
    buf_init(&f.key, SECRET_MAX);
    buf_init(&f.passphrase, SECRET_MAX);
    rc = resolve(a, section, base_dir, &f, &s, e);
    if (!rc) {
        s.certificates = unwrapped(buf_get(&f.certificate), &scratch);
        s.key = unwrapped(buf_get(&f.key), &scratch);
        s.passphrase = buf_get(&f.passphrase);
        s.module = module.n ? str_z(mem, module) : NULL;
        rc = signkey_open(&a->key, &s, e);
    }
    if (!rc)
        rc = check_certificate(a, e);
    buf_drop(&f.certificate);
    buf_drop(&f.key);
    buf_drop(&f.passphrase);
    return rc;
}

int authenticode_open(struct authenticode *a, const struct value *section, const char *base_dir,
                      bool certificate_only, struct arena *mem, struct err *e) {
    const struct value *at = value_get(section, "certificate");

    *a = (struct authenticode){
        .ask = a->ask, .ask_self = a->ask_self, .title = a->title, .homepage = a->homepage};
    if (!at)
        at = value_get(section, "key");
    if (!read_settings(a, section, mem, e) && !check_apart(section, certificate_only, e) &&
        !open_key(a, section, base_dir, certificate_only, mem, e))
        return OK;
    authenticode_close(a);
    if (at && at->at.file)
        return err_in(e, "%s: sign.authenticode", value_where(mem, at->at));
    return err_in(e, "sign.authenticode");
}

int authenticode_servers(struct authenticode *a, const struct value *section, struct arena *mem,
                         struct err *e) {
    *a = (struct authenticode){0};
    return read_settings(a, section, mem, e);
}

void authenticode_close(struct authenticode *a) {
    signkey_close(a->key);
    secret_set_drop(&a->known);
    *a = (struct authenticode){0};
}

/* --- for who signs many files ----------------------------------------------------------------- */

bool authenticode_apart(const struct value *section) {
    return value_flag(section, "apart", false);
}

int authenticode_fingerprint(const struct authenticode *a, struct arena *mem, struct str *hex,
                             struct err *e) {
    struct digest_set sum;
    const struct str *certs;

    *hex = (struct str){0};
    if (!a->key || !signkey_certs(a->key, &certs))
        return err_set(e, E_BUG, "authenticode: no key is open");
    if (digest_bytes(certs[0], DIGEST_SHA256, &sum, e))
        return (int)e->code;
    *hex = digest_hex(mem, sum.sha256, sizeof sum.sha256);
    return OK;
}

/* Every text with its length before it, so that none can look like two. */
static void note(struct buf *out, const char *key, struct str text) {
    buf_fmt(out, "%s=%zu:" STR_F "\n", key, text.n, STR_A(text));
}

int authenticode_note(const struct authenticode *a, struct buf *out, struct err *e) {
    AUTO(arena) mem = {0};
    const struct str *certs;
    size_t n = a->key ? signkey_certs(a->key, &certs) : 0;

    buf_fmt(out, "authenticode=1\ndigest=%s\nstamped=%d\n", digest_name(a->kind),
            a->n_servers != 0);
    note(out, "name", a->name);
    note(out, "url", a->url);
    for (size_t i = 0; i < n; i++) {
        struct digest_set sum;

        if (digest_bytes(certs[i], DIGEST_SHA256, &sum, e))
            return (int)e->code;
        note(out, "certificate", digest_hex(&mem, sum.sha256, sizeof sum.sha256));
    }
    return OK;
}

static const char *const references[] = {"certificate", "key", "passphrase"};

bool authenticode_runs(const struct value *section) {
    struct str rest;

    for (size_t i = 0; i < COUNT(references); i++)
        if (secret_kind(value_text(section, references[i]), &rest) == SECRET_COMMAND)
            return true;
    return false;
}

size_t authenticode_foresee(const struct value *section, const char *base_dir,
                            struct secret_set *known, struct str hide[AUTHENTICODE_HIDE]) {
    size_t n = 0;

    for (size_t i = 0; i < COUNT(references); i++)
        if (secret_foresee(value_text(section, references[i]), base_dir, known, &hide[n]))
            n++;
    return n;
}
