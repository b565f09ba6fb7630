/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/verify_release.h"

#include "base/log.h"
#include "crypto/pgp.h"
#include "flow/inspect.h"
#include "flow/ledger.h"
#include "flow/registry.h"
#include "flow/seal.h"
#include "flow/verify.h"
#include "flow/verify_inside.h"
#include "flow/verify_map.h"
#include "os/thread.h"

#include <inttypes.h>

enum { KEY_MAX = 16 * 1024 * 1024, SIGNATURE_MAX = 1024 * 1024 };

struct looking { /* at one ledger's files */
    const struct verify *v;
    struct place place; /* the ledger's folder */
    const struct release *r;
    struct str keys;
    struct said *said;        /* one an artifact */
    struct thread_lock *lock; /* GPGME is used by one thread at a time */
};

struct said { /* what there is to say about one artifact; its own memory, for its own thread */
    struct arena mem;
    struct report bad;
    struct verify_counts n;
};

int verify_keys(const struct verify_opts *o, struct arena *mem, struct str *keys, struct err *e) {
    AUTO(buf) all = BUF_NONE;

    *keys = (struct str){0};
    buf_init(&all, KEY_MAX);
    for (size_t i = 0; i < o->n_keys; i++) {
        struct str key;

        if (fsys_read(FSYS_HERE, o->keys[i], KEY_MAX, mem, &key, e))
            return (int)e->code;
        buf_str(&all, key);
        buf_c(&all, '\n');
    }
    if (buf_check(&all, "the keys", e))
        return (int)e->code;
    *keys = str_dup(mem, buf_get(&all));
    return OK;
}

bool verify_is_finding(const struct err *why) {
    return why->code == E_WRONG || why->code == E_INPUT;
}

int verify_ledger(const struct verify *v, const char *path, struct release *r, struct str *text,
                  bool *there, struct err *e) {
    const char *shown = arena_fmt(v->mem, "%s/%s", v->place->where, path);
    struct err why = {0};

    *there = false;
    *r = (struct release){.mem = v->mem};
    if (!v->place->read(v->place->self, path, LEDGER_FILE_MAX, v->mem, text, &why)) {
        if (!text->p)
            return OK;
        v->n->files++;
        if (!ledger_parse(*text, shown, v->mem, r, &why)) {
            *there = true;
            return OK;
        }
    }
    if (verify_is_finding(&why)) {
        report_err(v->bad, &why);
        return OK;
    }
    *e = why;
    return (int)e->code;
}

void verify_lifetime(const char *name, const struct place_file *f, uint64_t allowed) {
    if (f->lifetime_said && f->lifetime > allowed)
        log_warn("%s: the server lets clients keep it for %" PRIu64 " s, the ledger says %" PRIu64
                 " s",
                 name, f->lifetime, allowed);
}

void verify_signature(struct infile *in, struct str sig, struct str keys, struct str signer,
                      const char *name, struct report *bad) {
    AUTO(arena) mem = {0};
    struct source_range range;
    struct source s = SOURCE_NONE;
    struct pgp_verdict verdict = {0};
    struct err why = {0};

    source_infile(&s, &range, in, 0, in->size);
    if (pgp_verify(&s, sig, keys, &mem, &verdict, &why))
        report_add(bad, "%s: %s", name, why.msg);
    else if (!verdict.good)
        report_add(bad, "%s: " STR_F, name, STR_A(verdict.why));
    else if (signer.n && !str_eq(signer, verdict.signer))
        report_add(bad, "%s: made by " STR_F ", the ledger says " STR_F, name,
                   STR_A(verdict.signer), STR_A(signer));
    source_drop(&s);
}

static const char *shown(const struct looking *l, struct arena *mem, struct str name) {
    return arena_fmt(mem, "%s/" STR_F, l->place.where, STR_A(name));
}

/* Without --key the key beside the artifacts is what there is: it proves that they belong together,
 * not whose they are. */
static int find_keys(struct looking *l, struct err *e) {
    l->keys = l->v->keys;
    for (size_t i = 0; i < l->r->n && !l->keys.n; i++) {
        const struct artifact *a = &l->r->v[i];
        struct err why = {0};

        if (a->role != ROLE_KEY || !l->place.read(l->place.self, str_z(l->v->mem, a->name), KEY_MAX,
                                                  l->v->mem, &l->keys, &why))
            continue;
        if (verify_is_finding(&why)) /* said when its digest is looked at */
            continue;
        *e = why;
        return (int)e->code;
    }
    return OK;
}

static int check_package(const struct looking *l, const struct artifact *a, struct infile *in,
                         struct said *s, struct err *e) {
    const char *path = shown(l, &s->mem, a->name);
    struct inspect what;
    struct value *inside;
    struct err why = {0};

    if (inspect_infile(in, path, &s->mem, &what, &why)) {
        if (!verify_inside_told(what.facts, path, &s->bad))
            report_err(&s->bad, &why);
    } else if (!str_is(a->format, what.format))
        report_add(&s->bad, "%s: is a %s, the ledger says " STR_F, path, what.format,
                   STR_A(a->format));
    s->n.packages++;
    why = (struct err){0};
    if (verify_inside(in, l->v->roots, a->signer, &s->mem, &inside, &s->bad, &why)) {
        if (!verify_is_finding(&why)) {
            *e = why;
            return (int)e->code;
        }
        report_err(&s->bad, &why);
    }
    s->n.inner += inside ? inside->n : 0;
    return verify_maps(&l->place, l->r, a, in, &s->bad, &s->mem, e);
}

/* All signatures over one file while it is at hand: a served one is fetched once. */
static int check_signatures(const struct looking *l, const struct artifact *of, struct infile *in,
                            struct said *s, struct err *e) {
    for (size_t i = 0; i < l->r->n; i++) {
        const struct artifact *a = &l->r->v[i];
        const char *name = shown(l, &s->mem, a->name);
        struct err why = {0};
        struct str sig;

        if (a->role != ROLE_SIGNATURE || !str_eq(a->parent, of->name))
            continue;
        s->n.signatures++;
        if (!l->keys.n) {
            report_add(&s->bad, "%s: no key to check it with; name one with --key", name);
            continue;
        }
        if (l->place.read(l->place.self, str_z(&s->mem, a->name), SIGNATURE_MAX, &s->mem, &sig,
                          &why) &&
            !verify_is_finding(&why)) {
            *e = why;
            return (int)e->code;
        }
        if (why.code || !sig.p) /* said when its digest is looked at */
            continue;
        thread_enter(l->lock);
        verify_signature(in, sig, l->keys, a->signer, name, &s->bad);
        thread_leave(l->lock);
    }
    return OK;
}

/* Checksum lists say the same as the ledger; both may be read by people who never see the other. */
static void check_list(const struct looking *l, const struct artifact *a, struct str text,
                       struct said *s) {
    enum digest_kind kind = str_is(a->format, "sha512") ? DIGEST_SHA512 : DIGEST_SHA256;

    while (text.n) {
        struct str line = str_split(&text, '\n');
        const struct artifact *of =
            release_find(l->r, str_cut(line, str_find(line, ' ') + 2, line.n));
        size_t n;
        const unsigned char *d = of ? digest_of(&of->digests, kind, &n) : NULL;

        if (!d || !str_eq(digest_hex(&s->mem, d, n), str_cut(line, 0, str_find(line, ' '))))
            report_add(&s->bad, "%s: does not fit the ledger: " STR_F, shown(l, &s->mem, a->name),
                       STR_A(line));
    }
}

static int check_text(const struct looking *l, const struct artifact *a, struct infile *in,
                      struct said *s, struct err *e) {
    struct str text = {0};
    char *p;

    if (in->size > KEY_MAX)
        return OK;
    p = arena_alloc(&s->mem, (size_t)in->size + 1);
    if (infile_read(in, 0, p, (size_t)in->size, e))
        return (int)e->code;
    text = (struct str){p, (size_t)in->size};
    if (a->role == ROLE_CHECKSUMS)
        check_list(l, a, text, s);
    for (const struct feeder *const *f = registry_feeders(); a->role == ROLE_FEED && *f; f++)
        if ((*f)->verify &&
            (*f)->verify(a->name, text, l->r, &s->bad, shown(l, &s->mem, a->name), &s->mem, e))
            return (int)e->code;
    return OK;
}

static int check_found(const struct looking *l, const struct artifact *a, struct place_file *f,
                       struct said *s, struct err *e) {
    const char *name = shown(l, &s->mem, a->name);
    struct err why = {0};

    verify_lifetime(name, f, a->cache_seconds);
    if (seal_match(name, f->in.size, &f->digests, a, &why))
        report_err(&s->bad, &why);
    else if (a->role == ROLE_PACKAGE && check_package(l, a, &f->in, s, e))
        return (int)e->code;
    else if ((a->role == ROLE_CHECKSUMS || a->role == ROLE_FEED) && check_text(l, a, &f->in, s, e))
        return (int)e->code;
    return check_signatures(l, a, &f->in, s, e);
}

static int check_one(void *ctx, size_t i, struct err *e) {
    struct looking *l = ctx;
    const struct artifact *a = &l->r->v[i];
    struct said *s = &l->said[i];
    const char *name = shown(l, &s->mem, a->name);
    AUTO(place_file) f = PLACE_FILE_NONE;
    struct err why = {0};

    s->bad.mem = &s->mem;
    s->n.files++;
    if (a->parent.n && !release_find(l->r, a->parent))
        report_add(&s->bad, "%s: %s \"" STR_F "\", which is not in the ledger", name,
                   a->role == ROLE_SIGNATURE ? "signs" : "belongs to", STR_A(a->parent));
    if (place_fetch(&l->place, str_z(&s->mem, a->name), a->size, &f, &why) ||
        (f.there && check_found(l, a, &f, s, &why))) {
        if (verify_is_finding(&why)) { /* which must not stop the others */
            report_err(&s->bad, &why);
            return OK;
        }
        *e = why;
        return (int)e->code;
    }
    if (!f.there)
        report_add(&s->bad, "%s: is in the ledger and not there", name);
    return OK;
}

/* In the order of the ledger, whoever was faster. */
static void gather(const struct looking *l) {
    for (size_t i = 0; i < l->r->n; i++) {
        struct said *s = &l->said[i];

        for (size_t k = 0; k < s->bad.n; k++)
            report_add(l->v->bad, STR_F, STR_A(s->bad.line[k]));
        l->v->bad->total += s->bad.total - s->bad.n;
        l->v->n->files += s->n.files;
        l->v->n->packages += s->n.packages;
        l->v->n->signatures += s->n.signatures;
        l->v->n->inner += s->n.inner;
        arena_drop(&s->mem);
    }
}

int verify_artifacts(const struct verify *v, const char *folder, const struct release *r,
                     struct err *e) {
    struct looking l = {.v = v, .place = place_sub(v->place, folder, v->mem), .r = r};
    int rc;

    if (find_keys(&l, e))
        return (int)e->code;
    l.said = arena_array(v->mem, r->n + 1, sizeof *l.said);
    l.lock = thread_lock_new();
    rc = thread_each(v->o->jobs ? v->o->jobs : thread_cores(), r->n, check_one, &l, e);
    thread_lock_free(l.lock);
    gather(&l);
    return rc;
}

int verify_release(const struct verify *v, const char *folder, struct release *r, struct err *e) {
    const char *path = *folder ? arena_fmt(v->mem, "%s/release.json", folder) : "release.json";
    size_t before = v->bad->total;
    struct str text;
    bool there;

    if (verify_ledger(v, path, r, &text, &there, e))
        return (int)e->code;
    if (there)
        return verify_artifacts(v, folder, r, e);
    if (v->bad->total == before)
        report_add(v->bad, "%s/%s: there is no ledger", v->place->where, path);
    return OK;
}
