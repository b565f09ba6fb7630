/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/verify_site.h"

#include "flow/ledger.h"
#include "flow/registry.h"
#include "flow/seal.h"
#include "flow/verify.h"
#include "model/names.h"

#include <string.h>

enum { POINTER_SECONDS = 3600, SMALL = 1024 * 1024, RELEASES_MAX = 10000, CHANNELS = 16 };

struct site {
    const struct verify *v;
    const char *dir;
    struct release ledger; /* site.json */
    bool has_ledger;
    struct str *version; /* the releases there are, each once */
    size_t n, room;
    struct map maps; /* name -> artifact: the block maps of all of them */
};

static void add_version(struct site *s, struct str version) {
    for (size_t i = 0; i < s->n; i++)
        if (str_eq(s->version[i], version))
            return;
    if (s->n == RELEASES_MAX)
        return;
    s->version = arena_grow(s->v->mem, s->version, s->n, s->n + 1, sizeof *s->version, &s->room);
    s->version[s->n++] = str_dup(s->v->mem, version);
}

/* "releases/v1.0.0/release.json" between `head` and `tail`; empty: it is something else. */
static struct str between(struct str s, const char *head, const char *tail) {
    size_t h = strlen(head), t = strlen(tail);

    if (s.n <= h + t || !str_starts(s, head) || !str_ends(s, tail))
        return (struct str){0};
    s = str_cut(s, h, s.n - t);
    if (str_find(s, '/') < s.n)
        return (struct str){0};
    return s;
}

static int list_releases(struct site *s, struct err *e) {
    struct fsys_name *names;
    size_t n;

    if (fsys_list(FSYS_HERE, arena_fmt(s->v->mem, "%s/releases", s->dir), s->v->mem, &names, &n, e))
        return (int)e->code;
    for (size_t i = 0; i < n; i++)
        if (names[i].kind == FSYS_DIR && str_starts(names[i].name, "v"))
            add_version(s, str_cut(names[i].name, 1, names[i].name.n));
    return OK;
}

static int read_ledger(struct site *s, struct err *e) {
    struct str text;

    if (verify_ledger(s->v, "site.json", &s->ledger, &text, &s->has_ledger, e) || !s->has_ledger)
        return (int)e->code;
    for (size_t i = 0; i < s->ledger.n; i++) {
        struct str version = between(s->ledger.v[i].name, "releases/v", "/release.json");

        if (version.n)
            add_version(s, version);
    }
    return OK;
}

/* Files that change from release to release are looked at under the pointer's own address too: a
 * cache between may hold an older one. */
static int check_pointed(const struct site *s, const char *folder, const struct release *r,
                         struct err *e) {
    const struct verify *v = s->v;

    for (size_t i = 0; i < r->n; i++) {
        const struct artifact *a = &r->v[i];
        const char *path = arena_fmt(v->mem, "%s/" STR_F, folder, STR_A(a->name));
        const char *name = arena_fmt(v->mem, "%s/%s", v->place->where, path);
        AUTO(place_file) f = PLACE_FILE_NONE;
        struct err why = {0};

        if ((a->role != ROLE_FEED && a->role != ROLE_CHECKSUMS) || a->size > SMALL)
            continue;
        v->n->files++;
        if (!place_fetch(v->place, path, a->size, &f, &why)) {
            if (!f.there)
                report_add(v->bad, "%s: is in the ledger and not there", name);
            else if (seal_match(name, f.in.size, &f.digests, a, &why))
                report_err(v->bad, &why);
            verify_lifetime(name, &f, a->cache_seconds);
        } else if (why.code == E_WRONG || why.code == E_INPUT) {
            report_err(v->bad, &why);
        } else {
            *e = why;
            return (int)e->code;
        }
    }
    return OK;
}

/* A pointer of a served site: releases/latest or a channel. Its ledger is that of a release. */
static int follow_pointer(struct site *s, const char *folder, bool *there, struct err *e) {
    const struct verify *v = s->v;
    const char *path = arena_fmt(v->mem, "%s/release.json", folder);
    AUTO(place_file) f = PLACE_FILE_NONE;
    struct release r;
    struct str text, own;
    struct err why = {0};

    if (verify_ledger(v, path, &r, &text, there, e) || !*there)
        return (int)e->code;
    add_version(s, r.version);
    if (v->place->read(v->place->self,
                       arena_fmt(v->mem, "releases/v" STR_F "/release.json", STR_A(r.version)),
                       LEDGER_FILE_MAX, v->mem, &own, &why) ||
        !own.p || !str_eq(own, text))
        report_add(v->bad, "%s/%s: is not the ledger of releases/v" STR_F, v->place->where, path,
                   STR_A(r.version));
    if (!place_fetch(v->place, path, LEDGER_FILE_MAX, &f, &why))
        verify_lifetime(arena_fmt(v->mem, "%s/%s", v->place->where, path), &f, POINTER_SECONDS);
    return check_pointed(s, folder, &r, e);
}

/* The channels of the releases that are known: of those that site.json names, else of those that
 * are usual. */
static size_t channels_of(const struct site *s, struct str *channel) {
    static const char *const usual[] = {"stable", "beta",   "alpha",   "rc",  "pre",
                                        "next",   "canary", "nightly", "dev", "preview"};
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++) {
        struct str c = names_channel(s->version[i]);
        bool have = false;

        if (str_is(c, "latest"))
            c = STR("stable");
        for (size_t k = 0; k < n; k++)
            have |= str_eq(channel[k], c);
        if (!have)
            channel[n++] = c;
    }
    for (size_t i = 0; i < COUNT(usual) && !s->n; i++)
        channel[i] = str_of(usual[i]);
    return s->n ? n : COUNT(usual);
}

static int follow_pointers(struct site *s, bool *any, struct err *e) {
    struct arena *mem = s->v->mem;
    struct str *channel = arena_array(mem, s->n + CHANNELS, sizeof *channel);
    size_t n = channels_of(s, channel);

    *any = false;
    if (follow_pointer(s, "releases/latest", any, e))
        return (int)e->code;
    for (size_t i = 0; i < n; i++) {
        bool there;

        if (follow_pointer(s, arena_fmt(mem, "channels/" STR_F, STR_A(channel[i])), &there, e))
            return (int)e->code;
        *any |= there;
    }
    return OK;
}

/* Is it the block map of another release, which clients that have that one look for here? */
static bool is_old_map(const struct site *s, const char *folder, struct str name) {
    const struct artifact *a = map_get(&s->maps, name);
    const struct place *at = s->v->place;
    struct digest_set d;
    struct err ignored = {0};
    uint64_t size;
    bool there;

    return a &&
           !at->sum(at->self, arena_fmt(s->v->mem, "%s/" STR_F, folder, STR_A(name)), DIGEST_SHA256,
                    &there, &size, &d, &ignored) &&
           there && !memcmp(d.sha256, a->digests.sha256, sizeof d.sha256);
}

/* A published folder holds what was sealed and nothing else. */
static int check_strangers(const struct site *s, const char *folder, const struct release *r,
                           struct err *e) {
    const char *path = arena_fmt(s->v->mem, "%s/%s", s->dir, folder);
    struct fsys_name *names;
    size_t n;

    if (fsys_list(FSYS_HERE, path, s->v->mem, &names, &n, e))
        return (int)e->code;
    for (size_t i = 0; i < n; i++)
        if (!str_is(names[i].name, "release.json") && !release_find(r, names[i].name) &&
            !is_old_map(s, folder, names[i].name))
            report_add(s->v->bad, "%s/" STR_F ": is not in the ledger", path, STR_A(names[i].name));
    return OK;
}

static const char *folder_of(const struct site *s, size_t i) {
    return arena_fmt(s->v->mem, "releases/v" STR_F, STR_A(s->version[i]));
}

static int check_releases(struct site *s, struct err *e) {
    struct release *r = arena_array(s->v->mem, s->n + 1, sizeof *r);

    for (size_t i = 0; i < s->n; i++) {
        if (verify_release(s->v, folder_of(s, i), &r[i], e))
            return (int)e->code;
        for (size_t k = 0; k < r[i].n; k++)
            if (r[i].v[k].role == ROLE_BLOCKMAP)
                map_put(&s->maps, r[i].v[k].name, &r[i].v[k]);
    }
    for (size_t i = 0; s->dir && i < s->n; i++)
        if (r[i].n && check_strangers(s, folder_of(s, i), &r[i], e))
            return (int)e->code;
    return OK;
}

/* Without --key the keys that lie beside are what there is: they prove that things belong together,
 * not whose they are. */
static int add_key(const struct verify *v, const char *path, struct buf *keys, struct err *e) {
    struct str text;

    if (v->place->read(v->place->self, path, SMALL, v->mem, &text, e))
        return (int)e->code;
    buf_fmt(keys, STR_F "\n", STR_A(text));
    return buf_check(keys, path, e);
}

static int check_repository(const struct verify *v, const struct repository *kind, const char *root,
                            struct str keys, struct err *e) {
    struct place place = place_sub(v->place, root, v->mem);

    return kind->verify(&place, keys, v->bad, &v->n->files, v->mem, e);
}

static int site_keys(const struct site *s, struct buf *keys, struct err *e) {
    buf_init(keys, (size_t)16 * SMALL);
    if (s->v->keys.n) {
        buf_str(keys, s->v->keys);
        return OK;
    }
    for (size_t i = 0; i < s->ledger.n; i++)
        if (s->ledger.v[i].role == ROLE_KEY &&
            add_key(s->v, str_z(s->v->mem, s->ledger.v[i].name), keys, e))
            return (int)e->code;
    return OK;
}

/* Their roots are the folders that the site's ledger has their indexes in. */
static int check_repositories(const struct site *s, struct err *e) {
    struct arena *mem = s->v->mem;
    struct str last = {0};
    AUTO(buf) keys = BUF_NONE;

    if (site_keys(s, &keys, e))
        return (int)e->code;

    for (size_t i = 0; i < s->ledger.n; i++) {
        struct str name = s->ledger.v[i].name, rest = name;
        const struct repository *kind = registry_repository(str_split(&rest, '/'));
        struct str root = name;

        if (!kind || s->ledger.v[i].role != ROLE_INDEX)
            continue;
        for (size_t at = name.n; at-- > 0;) /* "yum/beta/repodata/…": up to before "repodata" */
            if (name.p[at] == '/' &&
                str_starts(str_cut(name, at + 1, name.n), arena_fmt(mem, "%s/", kind->index)))
                root = str_cut(name, 0, at);
        if (str_eq(root, last))
            continue;
        last = root;
        if (check_repository(s->v, kind, str_z(mem, root), buf_get(&keys), e))
            return (int)e->code;
    }
    return OK;
}

int verify_site(const struct verify *v, const char *dir, bool *found, struct err *e) {
    struct site s = {.v = v, .dir = dir, .maps = {.mem = v->mem}};
    size_t before = v->bad->total;
    bool pointers = false;

    *found = true;
    if (read_ledger(&s, e) || (dir && list_releases(&s, e)) ||
        (!dir && follow_pointers(&s, &pointers, e)))
        return (int)e->code;
    if (!dir && !pointers && !s.has_ledger && v->bad->total == before) {
        *found = false;
        return OK;
    }
    if (!dir && !pointers)
        report_add(v->bad, "%s/releases/latest/release.json: is not there", v->place->where);
    if (check_releases(&s, e) || (s.has_ledger && verify_artifacts(v, "", &s.ledger, e)) ||
        check_repositories(&s, e))
        return (int)e->code;
    for (const struct publisher *const *p = registry_publishers(); dir && *p; p++)
        if ((*p)->verify && (*p)->verify(dir, v->bad, v->mem, e))
            return (int)e->code;
    return OK;
}

/* Keys in the root of a repository on plain files: NAME.asc. */
static int folder_keys(const struct verify *v, const char *dir, struct buf *keys, struct err *e) {
    struct fsys_name *names;
    size_t n;

    buf_init(keys, (size_t)16 * SMALL);
    if (v->keys.n) {
        buf_str(keys, v->keys);
        return OK;
    }
    if (fsys_list(FSYS_HERE, dir, v->mem, &names, &n, e))
        return (int)e->code;
    for (size_t i = 0; i < n; i++)
        if (names[i].kind == FSYS_FILE && str_ends(names[i].name, ".asc") &&
            add_key(v, str_z(v->mem, names[i].name), keys, e))
            return (int)e->code;
    return OK;
}

int verify_repository(const struct verify *v, const char *dir, bool *found, struct err *e) {
    *found = false;
    for (const struct repository *const *kind = registry_repositories(); *kind; kind++) {
        AUTO(buf) keys = BUF_NONE;
        struct fsys_stat st;

        if (fsys_stat(FSYS_HERE, arena_fmt(v->mem, "%s/%s", dir, (*kind)->index), &st, e))
            return (int)e->code;
        if (st.kind != FSYS_DIR)
            continue;
        *found = true;
        if (folder_keys(v, dir, &keys, e) || check_repository(v, *kind, "", buf_get(&keys), e))
            return (int)e->code;
    }
    return OK;
}
