/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/signing.h"

#include "base/log.h"
#include "crypto/pgp.h"
#include "flow/registry.h"
#include "flow/seal.h"
#include "os/clock.h"
#include "sign/openpgp.h"

enum { SMALL_MAX = 64 * 1024 * 1024 };

static int text_key(struct flow *f, struct str text, struct str *key, struct err *e) {
    struct digest_set d;

    if (digest_bytes(text, DIGEST_SHA256, &d, e))
        return (int)e->code;
    *key = digest_hex(f->mem, d.sha256, sizeof d.sha256);
    return OK;
}

/* Stages a small artifact from memory, unless it is there with the same key. */
static int put_text(struct flow *f, struct artifact *a, struct str text, struct str key,
                    const char *outcome, struct err *e) {
    const char *what = str_z(f->mem, a->name);
    uint64_t since = clock_monotonic();
    AUTO(outfile) out = OUTFILE_NONE;

    a->made_by = STR("slipway " SLIPWAY_VERSION);
    run_begin(f, what, 0);
    if (store_file(&f->store, a->name, &out, e) || outfile_append(&out, text.p, text.n, e) ||
        seal_file(&out, 1, a, e) || outfile_commit(&out, e) || store_put(&f->store, a, key, e))
        return err_in(e, "%s", what);
    run_end(f, what, outcome, a->size, since);
    return OK;
}

static bool is_payload(const struct artifact *a) {
    return a->role != ROLE_SIGNATURE && a->role != ROLE_CHECKSUMS && a->role != ROLE_KEY;
}

struct feeding { /* the feeds of one run */
    struct flow *f;
    struct map made;
    bool changed;
};

static int put_feed(void *self, struct str name, struct str bytes, uint64_t cache_seconds,
                    struct err *e) {
    struct feeding *s = self;
    struct artifact a = {
        .name = str_dup(s->f->mem, name),
        .role = ROLE_FEED,
        .format = str_dup(s->f->mem, str_cut(name, str_rfind(name, '.') + 1, name.n)),
        .cache_seconds = cache_seconds,
    };
    struct str key;

    map_put(&s->made, a.name, s);
    if (text_key(s->f, bytes, &key, e))
        return (int)e->code;
    if (store_have(&s->f->store, a.name, key))
        return OK;
    s->changed = true;
    return put_text(s->f, &a, bytes, key, "made", e);
}

/* Feeds say what the ledger says: they are made from it each time, and one that is not made any
 * more goes. */
static int write_feeds(struct flow *f, bool *changed, struct err *e) {
    struct feeding s = {.f = f, .made = {.mem = f->mem}};
    struct feeder_job job = {
        .recipe = f->recipe,
        .release = &f->store.next,
        .section = value_get(f->recipe->root, "feed"),
        .mem = f->mem,
        .put = put_feed,
        .self = &s,
    };

    for (const struct feeder *const *feeder = registry_feeders(); *feeder; feeder++)
        if ((*feeder)->make(&job, e))
            return (int)e->code;
    for (size_t i = 0; i < f->store.next.n;) {
        const struct artifact *a = &f->store.next.v[i];

        if (a->role == ROLE_FEED && !map_get(&s.made, a->name)) {
            release_remove(&f->store.next, a->name);
            s.changed = true;
            i = 0;
        } else {
            i++;
        }
    }
    *changed = s.changed;
    return OK;
}

/* The lines that sha256sum -c reads. */
static int write_checksums(struct flow *f, enum digest_kind kind, struct err *e) {
    struct artifact a = {
        .name = kind == DIGEST_SHA256 ? STR("checksums.sha256") : STR("checksums.sha512"),
        .role = ROLE_CHECKSUMS,
        .format = str_of(digest_name(kind)),
        .cache_seconds = 300, /* read under releases/latest too, and merging changes them */
    };
    struct str key;
    AUTO(buf) text = BUF_NONE;

    buf_init(&text, SMALL_MAX);
    for (size_t i = 0; i < f->store.next.n; i++) {
        const struct artifact *p = &f->store.next.v[i];
        const unsigned char *d;
        size_t n;

        if (!is_payload(p))
            continue;
        d = digest_of(&p->digests, kind, &n);
        if (!d)
            return err_set(e, E_BUG, STR_F " has no %s", STR_A(p->name), digest_name(kind));
        buf_fmt(&text, STR_F "  " STR_F "\n", STR_A(digest_hex(f->mem, d, n)), STR_A(p->name));
    }
    if (buf_check(&text, "the checksum list", e) || text_key(f, buf_get(&text), &key, e))
        return (int)e->code;
    if (!text.n || store_have(&f->store, a.name, key))
        return OK;
    return put_text(f, &a, buf_get(&text), key, "made", e);
}

/* The bytes are checked against the seal first: a signature must never vouch for bytes that nobody
 * sealed. */
static int sign_artifact(struct flow *f, const struct artifact *of, struct err *e) {
    AUTO(infile) in = INFILE_NONE;
    AUTO(buf) sig = BUF_NONE;
    struct artifact a = {
        .name = str_fmt(f->mem, STR_F ".asc", STR_A(of->name)),
        .role = ROLE_SIGNATURE,
        .format = STR("asc"),
        .os = of->os,
        .arch = of->arch,
        .parent = of->name,
        .signer = f->signer.fingerprint,
        .cache_seconds = of->cache_seconds,
    };
    struct str key, hex = digest_hex(f->mem, of->digests.sha256, sizeof of->digests.sha256);

    key = str_fmt(f->mem, "asc|" STR_F "|" STR_F "|%lld", STR_A(hex), STR_A(f->signer.fingerprint),
                  (long long)f->signer.when);
    if (text_key(f, key, &key, e))
        return (int)e->code;
    if (store_have(&f->store, a.name, key))
        return OK;
    buf_init(&sig, SMALL_MAX);
    if (store_read(&f->store, of, &in, e) ||
        seal_check(&in, of, run_job(f, f->items, f->mem).jobs, e) ||
        f->signer.sign(f->signer.self, &in, 0, in.size, PGP_DETACHED_ARMOR, f->signer.when, &sig,
                       e) ||
        infile_check_unchanged(&in, e))
        return err_in(e, STR_F, STR_A(of->name));
    return put_text(f, &a, buf_get(&sig), key, "signed", e);
}

static int write_public_key(struct flow *f, struct err *e) {
    struct artifact a = {
        .name = str_fmt(f->mem, STR_F "-signing-key.asc", STR_A(f->recipe->name)),
        .role = ROLE_KEY,
        .format = STR("asc"),
        .signer = f->signer.fingerprint,
        .cache_seconds = 31536000,
    };
    struct str key;
    AUTO(buf) text = BUF_NONE;

    buf_init(&text, SMALL_MAX);
    if (openpgp_public(&f->signer, &text, e) || text_key(f, buf_get(&text), &key, e))
        return (int)e->code;
    if (store_have(&f->store, a.name, key))
        return OK;
    return put_text(f, &a, buf_get(&text), key, "made", e);
}

/* The ledger changes while signatures are added: the names to sign are taken first. */
static int sign_all(struct flow *f, struct err *e) {
    const struct value *section = value_get(value_get(f->recipe->root, "sign"), "openpgp");
    bool all = !str_is(value_text(section, "artifacts"), "checksums");
    size_t n = f->store.next.n, m = 0;
    struct artifact *todo = arena_array(f->mem, n + 1, sizeof *todo);

    if (!value_flag(section, "detached", true))
        return OK;
    for (size_t i = 0; i < n; i++) {
        const struct artifact *a = &f->store.next.v[i];

        if (a->role == ROLE_CHECKSUMS || (all && is_payload(a)))
            todo[m++] = *a;
    }
    for (size_t i = 0; i < m; i++)
        if (sign_artifact(f, &todo[i], e))
            return (int)e->code;
    return OK;
}

static int check_something(struct flow *f, struct err *e) {
    for (size_t i = 0; i < f->store.next.n; i++)
        if (is_payload(&f->store.next.v[i]))
            return OK;
    return err_set(e, E_INPUT,
                   "%s holds nothing of " STR_F " " STR_F " to sign: run slipway pack first",
                   f->o.dist, STR_A(f->recipe->name), STR_A(f->recipe->version));
}

int signing_feeds(struct flow *f, bool *changed, struct err *e) {
    *changed = false;
    return run_store(f, e) || check_something(f, e) || write_feeds(f, changed, e) ? (int)e->code
                                                                                  : OK;
}

int signing_run(struct flow *f, struct err *e) {
    bool changed;

    if (f->o.dry_run) {
        log_info("would write checksums and %s",
                 value_get(value_get(f->recipe->root, "sign"), "openpgp")
                     ? "sign"
                     : "sign nothing: the recipe names no key");
        return OK;
    }
    if (run_store(f, e) || check_something(f, e) || run_signer(f, e))
        return (int)e->code;
    if (!f->signer.kind)
        log_info("no detached signatures: the recipe has no sign: openpgp: key");
    if (write_feeds(f, &changed, e) || write_checksums(f, DIGEST_SHA256, e) ||
        write_checksums(f, DIGEST_SHA512, e))
        return (int)e->code;
    if (!f->signer.kind)
        return OK;
    if (sign_all(f, e))
        return (int)e->code;
    return write_public_key(f, e);
}
