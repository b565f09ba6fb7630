/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/apt_verify.h"

#include "base/map.h"
#include "crypto/pgp.h"
#include "io/codec.h"
#include "model/tree.h"
#include "os/clock.h"
#include "repo/apt_index.h"

enum { SUITES_MAX = 64 * 1024, PUT = 64 * 1024 };
#define PACKAGES_MAX ((size_t)1 << 30)

struct verifying {
    const struct place *p;
    struct str keys;
    struct report *bad;
    size_t *files;
    struct arena *mem;
    struct map seen; /* packages that were looked at */
    const char *suite;
    struct apt_release r;
};

static void say(struct verifying *v, const char *path, const char *what) {
    report_add(v->bad, "%s/%s: %s", v->p->where, path, what);
}

static int judge(struct verifying *v, const char *path, const struct pgp_verdict *verdict) {
    (*v->files)++;
    if (!verdict->good)
        report_add(v->bad, "%s/%s: " STR_F, v->p->where, path, STR_A(verdict->why));
    return verdict->good;
}

/* The text of Release, from InRelease where there is one. Empty: there is no such suite. */
static int read_release(struct verifying *v, struct str *text, struct err *e) {
    const char *in = arena_fmt(v->mem, "dists/%s/InRelease", v->suite);
    const char *plain = arena_fmt(v->mem, "dists/%s/Release", v->suite);
    const char *gpg = arena_fmt(v->mem, "dists/%s/Release.gpg", v->suite);
    struct pgp_verdict verdict;
    struct str inline_text, sig, clear = {0};
    struct source_bytes left;
    struct source s = SOURCE_NONE;

    if (v->p->read(v->p->self, in, APT_RELEASE_MAX, v->mem, &inline_text, e) ||
        v->p->read(v->p->self, plain, APT_RELEASE_MAX, v->mem, text, e) ||
        v->p->read(v->p->self, gpg, APT_RELEASE_MAX, v->mem, &sig, e))
        return (int)e->code;
    if ((inline_text.p || sig.p) && !v->keys.n) {
        say(v, inline_text.p ? in : gpg, "no key to check it with; name one with --key");
    } else {
        if (inline_text.p) {
            if (pgp_verify_clear(inline_text, v->keys, v->mem, &clear, &verdict, e))
                return (int)e->code;
            if (judge(v, in, &verdict) && text->p && !str_eq(str_trim(clear), str_trim(*text)))
                say(v, plain, "is not what InRelease holds");
        }
        if (sig.p && text->p) {
            source_str(&s, &left, *text);
            if (pgp_verify(&s, sig, v->keys, v->mem, &verdict, e))
                return (int)e->code;
            source_drop(&s);
            judge(v, gpg, &verdict);
        }
    }
    if (clear.p)
        *text = clear;
    return OK;
}

static bool is_form(struct str path) {
    return str_ends(path, ".gz") || str_ends(path, ".xz") || str_ends(path, ".zst") ||
           str_ends(path, ".bz2") || str_ends(path, ".lzma");
}

static int check_sum(struct verifying *v, const char *path, uint64_t size, struct str sha256,
                     bool needed, struct err *e) {
    struct digest_set d;
    uint64_t have;
    bool there;

    if (v->p->sum(v->p->self, path, DIGEST_SHA256, &there, &have, &d, e))
        return (int)e->code;
    if (!there) {
        if (needed)
            say(v, path, "is listed but not there");
        return OK;
    }
    (*v->files)++;
    if (have != size)
        report_add(v->bad, "%s/%s: has %llu bytes, its index says %llu", v->p->where, path,
                   (unsigned long long)have, (unsigned long long)size);
    else if (sha256.n && !str_eq(digest_hex(v->mem, d.sha256, sizeof d.sha256), sha256))
        say(v, path, "its SHA-256 is not the one its index says");
    return OK;
}

/* A plain index may be absent where a compressed one stands for it. */
static int check_listed(struct verifying *v, struct err *e) {
    bool by_hash = str_is(apt_release_get(&v->r, "Acquire-By-Hash"), "yes");

    for (size_t i = 0; i < v->r.n; i++) {
        const struct apt_release_file *f = &v->r.v[i];
        size_t slash = str_rfind(f->path, '/');
        struct str dir = slash < f->path.n ? str_cut(f->path, 0, slash + 1) : STR("");
        bool packages = str_has(f->path, "Packages");

        if (check_sum(v, arena_fmt(v->mem, "dists/%s/" STR_F, v->suite, STR_A(f->path)), f->size,
                      f->sha256, is_form(f->path) && packages, e))
            return (int)e->code;
        if (by_hash && packages &&
            check_sum(v,
                      arena_fmt(v->mem, "dists/%s/" STR_F "by-hash/SHA256/" STR_F, v->suite,
                                STR_A(dir), STR_A(f->sha256)),
                      f->size, f->sha256, is_form(f->path), e))
            return (int)e->code;
    }
    return OK;
}

static int unpack(struct verifying *v, const char *path, struct str packed, enum codec_kind kind,
                  struct str *text, struct err *e) {
    struct source raw = SOURCE_NONE, s = SOURCE_NONE;
    struct source_bytes left;
    AUTO(buf) all = BUF_NONE;
    char *block = arena_alloc(v->mem, PUT);
    size_t n;

    buf_init(&all, PACKAGES_MAX);
    source_str(&raw, &left, packed);
    if (codec_source(&s, &raw, kind, e))
        return (int)e->code;
    while ((n = source_get(&s, block, PUT)) && !all.over)
        buf_put(&all, block, n);
    if (source_close(&s, e) || buf_check(&all, path, e))
        return (int)e->code;
    *text = str_dup(v->mem, buf_get(&all));
    return OK;
}

static int check_packages(struct verifying *v, const char *path, struct str text, struct err *e) {
    struct apt_index ix = {.mem = v->mem};
    struct err why = {0};

    if (apt_index_parse(text, path, &ix, &why)) {
        report_add(v->bad, "%s/%s", v->p->where, why.msg);
        return OK;
    }
    for (size_t i = 0; i < ix.n; i++)
        if (!map_put(&v->seen, ix.v[i].filename, v) &&
            check_sum(v, str_z(v->mem, ix.v[i].filename), ix.v[i].size, ix.v[i].sha256, true, e))
            return (int)e->code;
    return OK;
}

/* One form of each Packages file is read; that the others have the right digests is known. */
static int check_indexes(struct verifying *v, struct err *e) {
    struct map done = {.mem = v->mem};

    for (size_t i = 0; i < v->r.n; i++) {
        struct str path = v->r.v[i].path, stem = path;
        const char *z = arena_fmt(v->mem, "dists/%s/" STR_F, v->suite, STR_A(path));
        enum codec_kind kind = CODEC_NONE;
        struct str bytes, text;
        struct err why = {0};

        if (is_form(path)) {
            stem = str_cut(path, 0, str_rfind(path, '.'));
            kind = codec_find(str_cut(path, stem.n + 1, path.n));
        }
        if (!str_ends(stem, "/Packages") || kind == CODEC_BAD || map_get(&done, stem))
            continue;
        if (v->p->read(v->p->self, z, PACKAGES_MAX, v->mem, &bytes, e))
            return (int)e->code;
        if (!bytes.p)
            continue;
        map_put(&done, stem, v);
        text = bytes;
        if (kind != CODEC_NONE && unpack(v, z, bytes, kind, &text, &why)) {
            report_add(v->bad, "%s/%s: %s", v->p->where, z, why.msg);
            continue;
        }
        if (check_packages(v, z, text, e))
            return (int)e->code;
    }
    return OK;
}

static int verify_suite(struct verifying *v, bool *there, struct err *e) {
    const char *path = arena_fmt(v->mem, "dists/%s/Release", v->suite);
    struct err why = {0};
    struct str text;
    int64_t until;

    if (read_release(v, &text, e))
        return (int)e->code;
    *there = text.p != NULL;
    if (!text.p)
        return OK;
    v->r = (struct apt_release){.mem = v->mem};
    if (apt_release_read(text, path, &v->r, &why)) {
        report_add(v->bad, "%s/%s", v->p->where, why.msg);
        return OK;
    }
    if (apt_release_date(apt_release_get(&v->r, "Valid-Until"), &until) && until < clock_now())
        report_add(v->bad, "%s/%s: expired: Valid-Until is " STR_F, v->p->where, path,
                   STR_A(apt_release_get(&v->r, "Valid-Until")));
    if (check_listed(v, e))
        return (int)e->code;
    return check_indexes(v, e);
}

static int read_suites(struct verifying *v, struct str *list, struct err *e) {
    if (v->p->read(v->p->self, "dists/suites", SUITES_MAX, v->mem, list, e))
        return (int)e->code;
    if (!list->p) /* made by another tool: the names that are usual */
        *list =
            STR("stable\ntesting\nunstable\nbeta\nalpha\nmain\ntrixie\nbookworm\nbullseye\nsid\n"
                "noble\njammy\nfocal\n");
    return OK;
}

int apt_verify(const struct place *p, struct str keys, struct report *bad, size_t *files,
               struct arena *mem, struct err *e) {
    struct verifying v = {
        .p = p, .keys = keys, .bad = bad, .files = files, .mem = mem, .seen = {.mem = mem}};
    size_t suites = 0;
    struct str list;

    if (read_suites(&v, &list, e))
        return (int)e->code;
    while (list.n) {
        struct str name = str_split(&list, '\n');
        bool there = false;
        struct err why = {0};

        if (!name.n)
            continue;
        if (tree_path_ok(name, &why) || str_find(name, '/') < name.n) {
            report_add(bad, "%s/dists/suites: " STR_F " is no suite", p->where, STR_A(name));
            continue;
        }
        v.suite = str_z(mem, name);
        if (verify_suite(&v, &there, e))
            return (int)e->code;
        suites += there;
    }
    if (!suites)
        report_add(bad, "%s: no suite has a Release", p->where);
    return OK;
}
