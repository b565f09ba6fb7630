/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/verify.h"

#include "flow/inspect.h"
#include "flow/verify_site.h"
#include "io/url.h"
#include "os/fsys.h"

enum { SIGNATURE_MAX = 1024 * 1024 };

/* A single file and the signature beside it, which counts when there is a key. */
static int verify_single(const struct verify *v, struct infile *in, const char *path,
                         struct str sig, struct err *e) {
    struct inspect what;
    struct err why = {0};

    v->n->files++;
    if (inspect_infile(in, path, v->mem, &what, &why)) {
        if (why.code != E_INPUT && why.code != E_WRONG) {
            *e = why;
            return (int)e->code;
        }
        report_err(v->bad, &why);
    } else {
        v->n->packages++;
    }
    if (!v->keys.n || !sig.p)
        return OK;
    v->n->signatures++;
    verify_signature(in, sig, v->keys, (struct str){0}, arena_fmt(v->mem, "%s.asc", path), v->bad);
    return OK;
}

static int verify_file(const struct verify *v, const char *path, struct err *e) {
    const char *asc = arena_fmt(v->mem, "%s.asc", path);
    AUTO(infile) in = INFILE_NONE;
    struct fsys_stat st;
    struct str sig = {0};

    if (infile_open(&in, FSYS_HERE, path, e) || fsys_stat(FSYS_HERE, asc, &st, e) ||
        (st.kind == FSYS_FILE && v->keys.n &&
         fsys_read(FSYS_HERE, asc, SIGNATURE_MAX, v->mem, &sig, e)))
        return (int)e->code;
    return verify_single(v, &in, path, sig, e);
}

static int verify_served_file(const struct verify *v, const char *name, struct err *e) {
    const char *path = arena_fmt(v->mem, "%s/%s", v->place->where, name);
    AUTO(place_file) f = PLACE_FILE_NONE;
    struct str sig = {0};

    if (place_fetch(v->place, name, INT64_MAX, &f, e))
        return (int)e->code;
    if (!f.there)
        return err_set(e, E_NET, "%s: nothing to verify is there; check the address", path);
    if (v->keys.n && v->place->read(v->place->self, arena_fmt(v->mem, "%s.asc", name),
                                    SIGNATURE_MAX, v->mem, &sig, e))
        return (int)e->code;
    return verify_single(v, &f.in, path, sig, e);
}

/* The address of the folder that a file is in, and the file's name. */
static void split(struct str url, struct arena *mem, const char **folder, const char **name) {
    size_t query = str_find(url, '?'), slash = str_rfind(str_cut(url, 0, query), '/');

    *folder = arena_fmt(mem, STR_F STR_F, (int)slash, url.p, STR_A(str_cut(url, query, url.n)));
    *name = str_z(mem, str_cut(url, slash + 1, query));
}

static int verify_served(const struct verify *outer, const char *url, struct err *e) {
    AUTO(place) place = PLACE_NONE;
    AUTO(place) beside = PLACE_NONE;
    struct verify v = *outer;
    const char *folder, *name;
    struct release r;
    struct str text;
    bool found;

    if (place_http(&place, url, v.mem, e))
        return (int)e->code;
    v.place = &place;
    if (verify_site(&v, NULL, &found, e) || found)
        return (int)e->code;
    if (verify_ledger(&v, "release.json", &r, &text, &found, e))
        return (int)e->code;
    if (found)
        return verify_artifacts(&v, "", &r, e);
    if (v.bad->total)
        return OK;
    split(str_of(url), v.mem, &folder, &name);
    if (!*name || str_ends(str_of(folder), "/"))
        return err_set(e, E_NET, "%s: nothing that slipway publishes is there; check the address",
                       place.where);
    if (place_http(&beside, folder, v.mem, e))
        return (int)e->code;
    v.place = &beside;
    return verify_served_file(&v, name, e);
}

int verify_path(const char *path, const struct verify_opts *o, struct arena *mem,
                struct report *bad, struct verify_counts *n, struct err *e) {
    struct verify v = {.o = o, .bad = bad, .n = n, .mem = mem};
    AUTO(place) place = PLACE_NONE;
    struct fsys_stat st, inner, ledger;
    struct release r;
    bool found;

    if (verify_keys(o, mem, &v.keys, e))
        return (int)e->code;
    if (url_is(str_of(path)))
        return verify_served(&v, path, e);
    if (fsys_stat(FSYS_HERE, path, &st, e) ||
        fsys_stat(FSYS_HERE, arena_fmt(mem, "%s/releases", path), &inner, e) ||
        fsys_stat(FSYS_HERE, arena_fmt(mem, "%s/release.json", path), &ledger, e))
        return (int)e->code;
    if (st.kind == FSYS_NONE)
        return err_set(e, E_INPUT, "%s: there is no such file or folder", path);
    if (st.kind == FSYS_FILE)
        return verify_file(&v, path, e);
    if (place_dir(&place, path, mem, e))
        return (int)e->code;
    v.place = &place;
    if (inner.kind == FSYS_DIR)
        return verify_site(&v, path, &found, e);
    if (ledger.kind == FSYS_NONE && (verify_repository(&v, path, &found, e) || found))
        return (int)e->code;
    return verify_release(&v, "", &r, e);
}
