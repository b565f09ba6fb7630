/* SPDX-License-Identifier: Apache-2.0 */
#include "sign/openpgp.h"

#include "crypto/pgp.h"
#include "crypto/secret.h"

static int passphrase_check(struct str s, struct err *e) {
    struct str rest;

    if (secret_kind(s, &rest) == SECRET_GPG || secret_kind(s, &rest) == SECRET_PKCS11)
        return err_set(e, E_RECIPE, "a passphrase comes from env:, file: or command:");
    return secret_check(s, e);
}

static int key_check(struct str s, struct err *e) {
    struct str rest;

    if (secret_kind(s, &rest) == SECRET_PKCS11)
        return err_set(e, E_RECIPE,
                       "OpenPGP signatures cannot use a pkcs11: token; use gpg:FINGERPRINT for a "
                       "key on an OpenPGP card");
    return secret_check(s, e);
}

static const char *const artifact_words[] = {"all", "checksums", NULL};

const struct schema openpgp_schema[] = {
    {.key = "key",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_REQUIRED | SCHEMA_SECRET,
     .help = "The secret key by reference: env:NAME, file:PATH or command:ARGV give an exported "
             "key, gpg:FINGERPRINT is one in your keyring.",
     .check = key_check,
     .pattern = "^(env|file|command|gpg):.*[^ \\t]"},
    {.key = "passphrase",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_SECRET,
     .help = "The key's passphrase by reference: env:NAME, file:PATH or command:ARGV.",
     .check = passphrase_check,
     .pattern = "^(env|file|command):.*[^ \\t]"},
    {.key = "detached",
     .kind = SCHEMA_BOOL,
     .help = "Whether artifacts get a signature file (.asc) beside them; true unless said "
             "otherwise."},
    {.key = "artifacts",
     .kind = SCHEMA_WORD,
     .words = artifact_words,
     .help = "Which artifacts get one: all (the default), or only the checksum files."},
    {0},
};

struct openpgp { /* in the caller's arena */
    struct pgp *key;
    struct secret_set known;
};

static int sign_source(struct openpgp *o, struct source *in, int form, int64_t when,
                       struct buf *sig, struct err *e) {
    if (form < PGP_DETACHED || form > PGP_CLEAR)
        return err_set(e, E_BUG, "openpgp: no form %d of a signature", form);
    return pgp_sign(o->key, in, (enum pgp_form)form, when, sig, e);
}

static int sign_file(void *self, struct infile *f, uint64_t at, uint64_t n, int form, int64_t when,
                     struct buf *sig, struct err *e) {
    struct source_range range;
    struct source s = SOURCE_NONE;
    int rc;

    source_infile(&s, &range, f, at, n);
    rc = sign_source(self, &s, form, when, sig, e);
    source_drop(&s);
    return rc;
}

static int sign_bytes(void *self, struct str bytes, int form, int64_t when, struct buf *sig,
                      struct err *e) {
    struct source_bytes left;
    struct source s = SOURCE_NONE;
    int rc;

    source_str(&s, &left, bytes);
    rc = sign_source(self, &s, form, when, sig, e);
    source_drop(&s);
    return rc;
}

static int public_key(void *self, struct buf *armored, struct err *e) {
    struct openpgp *o = self;

    return pgp_public(o->key, armored, e);
}

static int open_key(struct openpgp *o, const struct value *section, const char *base_dir,
                    struct err *e) {
    struct str key = value_text(section, "key"), pass = value_text(section, "passphrase"), rest;
    AUTO(buf) secret = BUF_NONE;
    AUTO(buf) word = BUF_NONE;
    AUTO(arena) mem = {0};

    buf_init(&secret, SECRET_MAX);
    buf_init(&word, SECRET_MAX);
    if (key_check(key, e))
        return err_in(e, "key");
    if (pass.n && (passphrase_check(pass, e) || secret_line(pass, base_dir, &o->known, &word, e)))
        return err_in(e, "passphrase");
    if (secret_kind(key, &rest) == SECRET_GPG)
        return pgp_open_user(&o->key, str_z(&mem, rest), buf_get(&word), e);
    if (secret_resolve(key, base_dir, &o->known, &secret, e))
        return err_in(e, "key");
    if (pgp_open(&o->key, buf_get(&secret), buf_get(&word), e))
        return err_in(e, "key " STR_F, STR_A(str_cut(key, 0, str_find(key, ' '))));
    return OK;
}

int openpgp_open(const struct value *section, const char *base_dir, int64_t when, struct arena *mem,
                 struct signer *out, struct err *e) {
    struct openpgp *o = arena_alloc(mem, sizeof *o);

    *out = (struct signer){0};
    if (open_key(o, section, base_dir, e)) {
        const struct value *at = value_get(section, "key");

        secret_set_drop(&o->known);
        if (at && at->at.file)
            return err_in(e, "%s: sign.openpgp", value_where(mem, at->at));
        return err_in(e, "sign.openpgp");
    }
    *out = (struct signer){
        .kind = "openpgp",
        .self = o,
        .fingerprint = str_dup(mem, pgp_fingerprint(o->key)),
        .algorithm = pgp_algorithm(o->key),
        .when = when,
        .sign = sign_file,
        .sign_bytes = sign_bytes,
        .public_key = public_key,
    };
    return OK;
}

void openpgp_close(struct signer *s) {
    struct openpgp *o = s->self;

    if (!s->kind)
        return;
    pgp_close(o->key);
    secret_set_drop(&o->known);
    *s = (struct signer){0};
}

int openpgp_public(struct signer *s, struct buf *armored, struct err *e) {
    return public_key(s->self, armored, e);
}

const struct secret_set *openpgp_secrets(const struct signer *s) {
    const struct openpgp *o = s->self;

    return &o->known;
}

static const char *const references[OPENPGP_HIDE] = {"key", "passphrase"};

bool openpgp_runs(const struct value *section) {
    struct str rest;

    for (size_t i = 0; i < COUNT(references); i++)
        if (secret_kind(value_text(section, references[i]), &rest) == SECRET_COMMAND)
            return true;
    return false;
}

size_t openpgp_foresee(const struct value *section, const char *base_dir, struct secret_set *known,
                       struct str hide[OPENPGP_HIDE]) {
    size_t n = 0;

    for (size_t i = 0; i < COUNT(references); i++)
        if (secret_foresee(value_text(section, references[i]), base_dir, known, &hide[n]))
            n++;
    return n;
}
