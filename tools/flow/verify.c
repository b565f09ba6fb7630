/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/verify.h"

#include "crypto/pgp.h"
#include "flow/inspect.h"
#include "flow/ledger.h"
#include "flow/registry.h"
#include "flow/seal.h"
#include "os/fsys.h"
#include "os/thread.h"

enum { KEY_MAX = 16 * 1024 * 1024, SIGNATURE_MAX = 1024 * 1024 };

struct verify { /* one folder with a ledger */
    const char *path;
    struct fsys_dir dir;
    struct release release;
    struct str keys;
    bool own_keys;     /* keys came from the folder itself */
    struct err *found; /* one an artifact: what is wrong with it */
    const struct verify_opts *o;
    struct verify_counts *n;
    struct arena *mem;
    struct report *bad;
};

static int read_keys(const struct verify_opts *o, struct arena *mem, struct str *keys,
                     struct err *e) {
    AUTO(buf) all = BUF_NONE;

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

/* Without --key the key beside the artifacts is what there is: it proves that they belong together,
 * not whose they are. */
static int find_keys(struct verify *v, struct err *e) {
    if (v->o->n_keys)
        return read_keys(v->o, v->mem, &v->keys, e);
    v->own_keys = true;
    for (size_t i = 0; i < v->release.n; i++) {
        const struct artifact *a = &v->release.v[i];
        struct err why = {0};

        if (a->role == ROLE_KEY &&
            fsys_read(v->dir.fd, str_z(v->mem, a->name), KEY_MAX, v->mem, &v->keys, &why))
            report_add(v->bad, "%s/%s", v->path, why.msg);
    }
    return OK;
}

static int check_digest(void *ctx, size_t i, struct err *e) {
    struct verify *v = ctx;
    const struct artifact *a = &v->release.v[i];
    AUTO(arena) mem = {0};
    AUTO(infile) in = INFILE_NONE;

    (void)e; /* a finding must not stop the others */
    if (infile_open(&in, v->dir.fd, str_z(&mem, a->name), &v->found[i]))
        return OK;
    v->found[i].code = (enum code)seal_check(&in, a, 1, &v->found[i]);
    return OK;
}

static void check_structure(struct verify *v, const struct artifact *a) {
    AUTO(arena) mem = {0};
    const char *path = arena_fmt(&mem, "%s/" STR_F, v->path, STR_A(a->name));
    struct inspect in;
    struct err why = {0};

    if (inspect_file(path, &mem, &in, &why))
        report_err(v->bad, &why);
    else if (!str_is(a->format, in.format))
        report_add(v->bad, "%s: is a %s, the ledger says " STR_F, path, in.format,
                   STR_A(a->format));
    v->n->packages++;
}

static void check_signature(struct verify *v, const struct artifact *a) {
    const struct artifact *of = release_find(&v->release, a->parent);
    AUTO(arena) mem = {0};
    AUTO(infile) in = INFILE_NONE;
    struct source_range range;
    struct source s = SOURCE_NONE;
    struct pgp_verdict verdict = {0};
    struct err why = {0};
    struct str sig;

    if (!of) {
        report_add(v->bad, "%s/" STR_F ": signs \"" STR_F "\", which is not in the ledger", v->path,
                   STR_A(a->name), STR_A(a->parent));
        return;
    }
    if (!v->keys.n) {
        report_add(v->bad, "%s/" STR_F ": no key to check it with; name one with --key", v->path,
                   STR_A(a->name));
        return;
    }
    if (fsys_read(v->dir.fd, str_z(&mem, a->name), SIGNATURE_MAX, &mem, &sig, &why) ||
        infile_open(&in, v->dir.fd, str_z(&mem, of->name), &why)) {
        report_add(v->bad, "%s/%s", v->path, why.msg);
        return;
    }
    source_infile(&s, &range, &in, 0, in.size);
    if (pgp_verify(&s, sig, v->keys, &mem, &verdict, &why))
        report_add(v->bad, "%s/" STR_F ": %s", v->path, STR_A(a->name), why.msg);
    else if (!verdict.good)
        report_add(v->bad, "%s/" STR_F ": " STR_F, v->path, STR_A(a->name), STR_A(verdict.why));
    else if (a->signer.n && !str_eq(a->signer, verdict.signer))
        report_add(v->bad, "%s/" STR_F ": made by " STR_F ", the ledger says " STR_F, v->path,
                   STR_A(a->name), STR_A(verdict.signer), STR_A(a->signer));
    source_drop(&s);
    v->n->signatures++;
}

static void check_parent(struct verify *v, const struct artifact *a) {
    if (a->parent.n && !release_find(&v->release, a->parent))
        report_add(v->bad, "%s/" STR_F ": belongs to \"" STR_F "\", which is not in the ledger",
                   v->path, STR_A(a->name), STR_A(a->parent));
}

/* Checksum lists say the same as the ledger; both may be read by people who never see the other. */
static void check_list(struct verify *v, const struct artifact *a) {
    enum digest_kind kind = str_is(a->format, "sha512") ? DIGEST_SHA512 : DIGEST_SHA256;
    struct str text, line;
    struct err why = {0};

    if (fsys_read(v->dir.fd, str_z(v->mem, a->name), KEY_MAX, v->mem, &text, &why)) {
        report_add(v->bad, "%s/%s", v->path, why.msg);
        return;
    }
    while (text.n) {
        const struct artifact *of;
        const unsigned char *d;
        size_t n;

        line = str_split(&text, '\n');
        of = release_find(&v->release, str_cut(line, str_find(line, ' ') + 2, line.n));
        d = of ? digest_of(&of->digests, kind, &n) : NULL;
        if (!d || !str_eq(digest_hex(v->mem, d, n), str_cut(line, 0, str_find(line, ' '))))
            report_add(v->bad, "%s/" STR_F ": does not fit the ledger: " STR_F, v->path,
                       STR_A(a->name), STR_A(line));
    }
}

static int check_artifacts(struct verify *v, struct err *e) {
    v->found = arena_array(v->mem, v->release.n + 1, sizeof *v->found);
    if (thread_each(v->o->jobs ? v->o->jobs : thread_cores(), v->release.n, check_digest, v, e))
        return (int)e->code;
    for (size_t i = 0; i < v->release.n; i++) {
        const struct artifact *a = &v->release.v[i];

        v->n->files++;
        check_parent(v, a);
        if (v->found[i].code) {
            report_add(v->bad, "%s/%s", v->path, v->found[i].msg);
            continue;
        }
        if (a->role == ROLE_PACKAGE)
            check_structure(v, a);
        else if (a->role == ROLE_SIGNATURE)
            check_signature(v, a);
        else if (a->role == ROLE_CHECKSUMS)
            check_list(v, a);
    }
    return OK;
}

/* A published folder holds what was sealed and nothing else. A dist folder may hold earlier
 * versions too. */
static int check_strangers(struct verify *v, struct err *e) {
    struct fsys_name *names;
    size_t n;

    if (fsys_list(v->dir.fd, ".", v->mem, &names, &n, e))
        return (int)e->code;
    for (size_t i = 0; i < n; i++)
        if (!str_is(names[i].name, "release.json") && !release_find(&v->release, names[i].name))
            report_add(v->bad, "%s/" STR_F ": is not in the ledger", v->path, STR_A(names[i].name));
    return OK;
}

static int verify_folder(const char *path, const struct verify_opts *o, bool published,
                         struct arena *mem, struct report *bad, struct verify_counts *n,
                         struct err *e) {
    struct verify v = {.path = path, .o = o, .mem = mem, .bad = bad, .n = n};
    AUTO(fsys_dir) dir = FSYS_DIR_NONE;
    struct err why = {0};

    if (fsys_dir_open(&dir, FSYS_HERE, path, e))
        return (int)e->code;
    v.dir = dir;
    v.release.mem = mem;
    if (ledger_read(dir.fd, "release.json", mem, &v.release, &why)) {
        report_add(bad, "%s/%s", path, why.msg);
        return OK;
    }
    n->files++;
    if (find_keys(&v, e) || (published && check_strangers(&v, e)))
        return (int)e->code;
    return check_artifacts(&v, e);
}

static int verify_site(const char *path, const struct verify_opts *o, struct arena *mem,
                       struct report *bad, struct verify_counts *n, struct err *e) {
    const char *releases = arena_fmt(mem, "%s/releases", path);
    struct fsys_name *names;
    size_t count;

    if (fsys_list(FSYS_HERE, releases, mem, &names, &count, e))
        return (int)e->code;
    for (size_t i = 0; i < count; i++)
        if (names[i].kind == FSYS_DIR &&
            verify_folder(arena_fmt(mem, "%s/" STR_F, releases, STR_A(names[i].name)), o, true, mem,
                          bad, n, e))
            return (int)e->code;
    for (const struct publisher *const *p = registry_publishers(); *p; p++)
        if ((*p)->verify && (*p)->verify(path, bad, mem, e))
            return (int)e->code;
    return OK;
}

/* FILE beside FILE.asc: the signature counts too when there is a key. */
static int verify_file(const char *path, const struct verify_opts *o, struct arena *mem,
                       struct report *bad, struct verify_counts *n, struct err *e) {
    const char *sig_path = arena_fmt(mem, "%s.asc", path);
    AUTO(infile) in = INFILE_NONE;
    struct source_range range;
    struct source s = SOURCE_NONE;
    struct pgp_verdict verdict = {0};
    struct inspect what;
    struct fsys_stat st;
    struct str keys, sig;
    struct err why = {0};

    n->files++;
    if (inspect_file(path, mem, &what, &why)) {
        if (why.code != E_INPUT && why.code != E_WRONG) {
            *e = why;
            return (int)e->code;
        }
        report_err(bad, &why);
    } else {
        n->packages++;
    }
    if (!o->n_keys || fsys_stat(FSYS_HERE, sig_path, &st, e) || st.kind != FSYS_FILE)
        return (int)e->code;
    if (read_keys(o, mem, &keys, e) ||
        fsys_read(FSYS_HERE, sig_path, SIGNATURE_MAX, mem, &sig, e) ||
        infile_open(&in, FSYS_HERE, path, e))
        return (int)e->code;
    source_infile(&s, &range, &in, 0, in.size);
    if (pgp_verify(&s, sig, keys, mem, &verdict, e))
        return (int)e->code;
    if (!verdict.good)
        report_add(bad, "%s: " STR_F, sig_path, STR_A(verdict.why));
    n->signatures++;
    source_drop(&s);
    return OK;
}

int verify_path(const char *path, const struct verify_opts *o, struct arena *mem,
                struct report *bad, struct verify_counts *n, struct err *e) {
    struct fsys_stat st, inner;

    if (fsys_stat(FSYS_HERE, path, &st, e) ||
        fsys_stat(FSYS_HERE, arena_fmt(mem, "%s/releases", path), &inner, e))
        return (int)e->code;
    if (st.kind == FSYS_NONE)
        return err_set(e, E_INPUT, "%s: there is no such file or folder", path);
    if (st.kind == FSYS_FILE)
        return verify_file(path, o, mem, bad, n, e);
    if (inner.kind == FSYS_DIR)
        return verify_site(path, o, mem, bad, n, e);
    return verify_folder(path, o, false, mem, bad, n, e);
}
