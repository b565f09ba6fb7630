/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/verify.h"

#include "flow/inspect.h"
#include "flow/verify_inside.h"
#include "flow/verify_site.h"
#include "io/url.h"
#include "os/fsys.h"
#include "pack/tell.h"

enum { SIGNATURE_MAX = 1024 * 1024 };

/* What was found by `call`; false: it ends the run. */
static bool said(const struct verify *v, struct err *why, struct err *e) {
    if (!verify_is_finding(why)) {
        *e = *why;
        return false;
    }
    report_err(v->bad, why);
    *why = (struct err){0};
    return true;
}

/* Signatures inside a file. Without one a file is as good as its own sums say, if it has any and
 * nobody is asked for. */
static int check_inside(const struct verify *v, struct infile *in, const struct value *facts,
                        bool damaged, struct err *e) {
    size_t before = v->bad->total;
    struct err why = {0};
    struct value *list;
    int rc;

    rc = verify_inside(in, v->roots, (struct str){0}, v->mem, &list, v->bad, &why);
    if (rc && !(damaged && why.code == E_INPUT) && !said(v, &why, e)) /* else it has been said */
        return (int)e->code;
    v->n->inside = rc ? NULL : list;
    if (rc || !list)
        return OK;
    v->n->inner += list->n;
    if (list->n || damaged || v->bad->total != before)
        return OK;
    if (v->o->n_roots)
        report_add(v->bad, "%s: it has no signature", in->name);
    else if (!value_get(facts, TELL_CHECKED))
        report_add(v->bad, "%s: it has no signature, and nothing else that could be checked",
                   in->name);
    return OK;
}

/* A single file, the signatures inside it, and the one beside it, which counts when there is a
 * key. */
static int verify_single(const struct verify *outer, struct infile *in, const char *path,
                         struct str sig, struct err *e) {
    struct chain *system = NULL;
    struct verify v = *outer;
    struct inspect what;
    struct err why = {0};
    bool damaged;
    int rc;

    v.n->files++;
    damaged = inspect_infile(in, path, v.mem, &what, &why);
    if (damaged) {
        if (!verify_inside_told(what.facts, path, v.bad) && !said(&v, &why, e))
            return (int)e->code;
    } else {
        v.n->packages++;
        v.n->format = what.format;
    }
    v.n->facts = what.facts;
    if (!v.roots && chain_open(&system, NULL, 0, e))
        return (int)e->code;
    if (system)
        v.roots = system;
    rc = check_inside(&v, in, what.facts, damaged, e);
    chain_close(system);
    if (rc || !v.keys.n || !sig.p)
        return rc;
    v.n->signatures++;
    verify_signature(in, sig, v.keys, (struct str){0}, arena_fmt(v.mem, "%s.asc", path), v.bad);
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

static int verify_what(const struct verify *outer, const char *path, struct err *e) {
    struct verify v = *outer;
    AUTO(place) place = PLACE_NONE;
    struct fsys_stat st, folder, inner, ledger;
    struct release r;
    bool found;

    if (url_is(str_of(path)))
        return verify_served(&v, path, e);
    if (fsys_stat(FSYS_HERE, path, &st, e) || /* a link is what it leads to */
        fsys_stat(FSYS_HERE, arena_fmt(v.mem, "%s/.", path), &folder, e) ||
        fsys_stat(FSYS_HERE, arena_fmt(v.mem, "%s/releases", path), &inner, e) ||
        fsys_stat(FSYS_HERE, arena_fmt(v.mem, "%s/release.json", path), &ledger, e))
        return (int)e->code;
    if (st.kind == FSYS_NONE)
        return err_set(e, E_INPUT, "%s: there is no such file or folder", path);
    if (folder.kind != FSYS_DIR)
        return verify_file(&v, path, e);
    if (place_dir(&place, path, v.mem, e))
        return (int)e->code;
    v.place = &place;
    if (inner.kind == FSYS_DIR)
        return verify_site(&v, path, &found, e);
    if (ledger.kind == FSYS_NONE && (verify_repository(&v, path, &found, e) || found))
        return (int)e->code;
    return verify_release(&v, "", &r, e);
}

int verify_path(const char *path, const struct verify_opts *o, struct arena *mem,
                struct report *bad, struct verify_counts *n, struct err *e) {
    struct verify v = {.o = o, .bad = bad, .n = n, .mem = mem};
    struct chain *roots = NULL;
    int rc;

    if (verify_keys(o, mem, &v.keys, e) ||
        (o->n_roots && chain_open(&roots, o->roots, o->n_roots, e)))
        return (int)e->code;
    v.roots = roots;
    rc = verify_what(&v, path, e);
    chain_close(roots);
    return rc;
}
