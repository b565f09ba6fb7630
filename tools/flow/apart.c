/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/apart.h"

#include "feed/blockmap.h"
#include "flow/registry.h"
#include "flow/seal.h"
#include "flow/signing.h"
#include "os/clock.h"
#include "sign/authenticode_held.h"

#include <string.h>

static const struct value *section_of(const struct flow *f) {
    const struct value *v = value_get(value_get(f->recipe->root, "sign"), "authenticode");

    return authenticode_apart(v) ? v : NULL;
}

static int open_folder(struct flow *f, struct fsys_dir *held, struct err *e) {
    if (run_store(f, e) || fsys_mkdirs(f->store.state.fd, "apart", e))
        return (int)e->code;
    return fsys_dir_open(held, f->store.state.fd, "apart", e);
}

static int open_certificate(struct flow *f, const struct value *section, struct err *e) {
    if (f->authenticode.key)
        return OK;
    run_call_it(f);
    return authenticode_open(&f->authenticode, section, f->recipe->dir, true, f->mem, e) ||
                   authenticode_fingerprint(&f->authenticode, f->mem, &f->certificate, e)
               ? (int)e->code
               : OK;
}

/* While something waits no copy of a program counts as made: who makes it again notes it again. */
int apart_open(struct flow *f, const struct value *section, struct err *e) {
    enum { NOTE_MAX = 16 * 1024 * 1024 };
    struct authenticode_held *v;
    AUTO(buf) note = BUF_NONE;
    size_t n;

    buf_init(&note, NOTE_MAX);
    if (open_certificate(f, section, e) || open_folder(f, &f->held, e) ||
        authenticode_note(&f->authenticode, &note, e) ||
        authenticode_held_list(f->held.fd, f->mem, &v, &n, &note, e))
        return (int)e->code;
    for (size_t i = 0; i < n && !f->o.n_formats && !f->o.n_targets; i++)
        if (authenticode_held_forget(f->held.fd, &v[i], e))
            return (int)e->code;
    if (n)
        buf_fmt(&note, "again=%llu\n", (unsigned long long)clock_monotonic());
    if (buf_check(&note, "the signatures that are there", e))
        return (int)e->code;
    f->authenticode.apart = true;
    f->authenticode.held = f->held.fd;
    f->signing = str_dup(f->mem, buf_get(&note));
    return OK;
}

int apart_waiting(struct flow *f, size_t *n, struct err *e) {
    AUTO(fsys_dir) held = FSYS_DIR_NONE;
    struct authenticode_held *v;

    *n = 0;
    if (!section_of(f))
        return OK;
    return open_folder(f, &held, e) || authenticode_held_list(held.fd, f->mem, &v, n, NULL, e)
               ? (int)e->code
               : OK;
}

/* --- packages --------------------------------------------------------------------------------- */

static bool is_bare(const struct artifact *a) {
    const struct packager *p = registry_packager(a->format);

    return a->role == ROLE_PACKAGE && p && (p->traits & PACK_AUTHENTICODE) && !a->signer.n;
}

int apart_ready(struct flow *f, struct err *e) {
    if (!section_of(f))
        return OK;
    if (run_store(f, e))
        return (int)e->code;
    for (size_t i = 0; i < f->store.next.n; i++)
        if (is_bare(&f->store.next.v[i]))
            return err_set(e, E_SIGN,
                           STR_F ": not signed yet, and its key is in another place (sign: "
                                 "authenticode: apart); slipway sign --prepare DIR says what to "
                                 "sign there",
                           STR_A(f->store.next.v[i].name));
    return OK;
}

static unsigned jobs_of(struct flow *f) {
    return run_job(f, f->items, f->mem).jobs;
}

static int prepare_package(struct flow *f, const struct artifact *a, int dir, struct err *e) {
    AUTO(infile) in = INFILE_NONE;

    if (store_read(&f->store, a, &in, e) || seal_check(&in, a, jobs_of(f), e) ||
        authenticode_prepare(&f->authenticode, &in, false, str_z(f->mem, a->name), dir, e))
        return err_in(e, STR_F, STR_A(a->name));
    return infile_check_unchanged(&in, e);
}

/* What lies beside the package: its block map is of other bytes now, the rest stays. */
static int put_children(struct flow *f, const struct artifact *child, size_t n, struct str json,
                        struct err *e) {
    for (size_t i = 0; i < n; i++) {
        struct artifact c = child[i];
        AUTO(outfile) out = OUTFILE_NONE;
        AUTO(buf) packed = BUF_NONE;

        if (c.role == ROLE_BLOCKMAP) {
            buf_init(&packed, BLOCKMAP_MAX);
            if (blockmap_gzip(json, &packed, e) || store_file(&f->store, c.name, &out, e) ||
                outfile_append(&out, packed.p, packed.n, e) || seal_file(&out, 1, &c, e) ||
                outfile_commit(&out, e) ||
                store_put(&f->store, &c, store_key(&f->store, c.name), e))
                return (int)e->code;
        } else if (c.role == ROLE_OTHER) {
            release_add(&f->store.next, &c);
        }
    }
    return OK;
}

/* The signed package is staged under the key of the bare one: packing takes it as made. */
static int sign_package(struct flow *f, struct artifact a, int dir, struct err *e) {
    struct artifact *child = arena_array(f->mem, f->store.next.n + 1, sizeof *child);
    const char *name = str_z(f->mem, a.name);
    uint64_t since = clock_monotonic();
    AUTO(outfile) out = OUTFILE_NONE;
    AUTO(infile) in = INFILE_NONE;
    AUTO(buf) json = BUF_NONE;
    bool map = false;
    size_t n = 0;

    for (size_t i = 0; i < f->store.next.n; i++)
        if (str_eq(f->store.next.v[i].parent, a.name)) {
            child[n++] = f->store.next.v[i];
            map = map || f->store.next.v[i].role == ROLE_BLOCKMAP;
        }
    run_begin(f, name, a.size);
    buf_init(&json, BLOCKMAP_MAX);
    if (store_read(&f->store, &a, &in, e) || seal_check(&in, &a, jobs_of(f), e) ||
        store_file(&f->store, a.name, &out, e) || outfile_append_from(&out, in.fd, 0, in.size, e) ||
        infile_check_unchanged(&in, e) ||
        authenticode_attach(&f->authenticode, &out, name, dir, false, e) ||
        (map ? seal_file_map(&out, jobs_of(f), &a, &json, e)
             : seal_file(&out, jobs_of(f), &a, e)) ||
        outfile_commit(&out, e)) {
        run_end(f, name, "failed", 0, since);
        return err_in(e, "%s", name);
    }
    a.signer = f->certificate;
    if (store_put(&f->store, &a, store_key(&f->store, a.name), e) ||
        put_children(f, child, n, buf_get(&json), e))
        return (int)e->code;
    run_end(f, name, "signed", a.size, since);
    return OK;
}

/* --- the two steps ---------------------------------------------------------------------------- */

static int begin(struct flow *f, struct fsys_dir *held, struct authenticode_held **v, size_t *n,
                 struct err *e) {
    const struct value *section = section_of(f);

    if (!section)
        return err_set(e, E_USAGE,
                       "which FILE? The recipe has no key in another place (sign: authenticode: "
                       "apart: true)");
    if (open_folder(f, held, e) || open_certificate(f, section, e))
        return (int)e->code;
    return authenticode_held_list(held->fd, f->mem, v, n, NULL, e);
}

/* Packages with programs that are going to be signed are to be made anew; that is noted first, as
 * nobody could tell afterwards. */
static int spoil_packages(struct flow *f, struct err *e) {
    for (size_t i = 0; i < f->store.next.n; i++)
        if (is_bare(&f->store.next.v[i]) && store_spoil(&f->store, f->store.next.v[i].name, e))
            return (int)e->code;
    return OK;
}

static int not_spoilt(struct flow *f, struct err *e) {
    for (size_t i = 0; i < f->store.next.n; i++)
        if (is_bare(&f->store.next.v[i]) && store_spoilt(&f->store, f->store.next.v[i].name))
            return err_set(e, E_INPUT,
                           STR_F ": was made before its programs were signed; run slipway pack",
                           STR_A(f->store.next.v[i].name));
    return OK;
}

static int prepare(struct flow *f, const char *path, size_t *n, struct err *e) {
    AUTO(fsys_dir) held = FSYS_DIR_NONE;
    AUTO(fsys_dir) dir = FSYS_DIR_NONE;
    struct authenticode_held *v;
    size_t programs;

    *n = 0;
    if (begin(f, &held, &v, &programs, e) || fsys_mkdirs(FSYS_HERE, path, e) ||
        fsys_dir_open(&dir, FSYS_HERE, path, e))
        return (int)e->code;
    if (!programs && not_spoilt(f, e))
        return (int)e->code;
    for (size_t i = 0; i < programs; i++, ++*n)
        if (authenticode_held_give(held.fd, &v[i], dir.fd, e))
            return (int)e->code;
    for (size_t i = 0; i < f->store.next.n && !programs; i++) {
        if (!is_bare(&f->store.next.v[i]))
            continue;
        if (prepare_package(f, &f->store.next.v[i], dir.fd, e))
            return (int)e->code;
        ++*n;
    }
    return OK;
}

static int is_there(int dir, const char *name, struct arena *mem, bool *there, struct err *e) {
    struct fsys_stat st;

    *there = false;
    if (fsys_stat(dir, arena_fmt(mem, "%s.signature", name), &st, e))
        return (int)e->code;
    *there = st.kind == FSYS_FILE;
    return OK;
}

static int attach_programs(struct flow *f, int held, const struct authenticode_held *v, size_t n,
                           int dir, struct apart_taken *taken, struct err *e) {
    bool there;

    for (size_t i = 0; i < n; i++) {
        if (is_there(dir, v[i].name, f->mem, &there, e) ||
            (there && !taken->programs && spoil_packages(f, e)) ||
            (there && authenticode_held_answer(&f->authenticode, held, &v[i], dir, e)))
            return (int)e->code;
        taken->programs += there;
        taken->left += !there;
    }
    return OK;
}

/* Only when no program waits: those that hold one are made anew, and their signature would be of
 * nothing. */
static int attach_packages(struct flow *f, int dir, struct apart_taken *taken, struct err *e) {
    size_t n = f->store.next.n;
    struct artifact *todo = arena_array(f->mem, n + 1, sizeof *todo);

    memcpy(todo, f->store.next.v, n * sizeof *todo);
    for (size_t i = 0; i < n; i++) {
        bool there;

        if (!is_bare(&todo[i]))
            continue;
        if (is_there(dir, str_z(f->mem, todo[i].name), f->mem, &there, e) ||
            (there && sign_package(f, todo[i], dir, e)))
            return (int)e->code;
        taken->packages += there;
        taken->left += !there;
    }
    return OK;
}

static int attach(struct flow *f, const char *path, struct apart_taken *taken, struct err *e) {
    AUTO(fsys_dir) held = FSYS_DIR_NONE;
    AUTO(fsys_dir) dir = FSYS_DIR_NONE;
    struct authenticode_held *v;
    size_t n;

    *taken = (struct apart_taken){0};
    if (begin(f, &held, &v, &n, e) || fsys_dir_open(&dir, FSYS_HERE, path, e) ||
        attach_programs(f, held.fd, v, n, dir.fd, taken, e) ||
        (!n && (not_spoilt(f, e) || attach_packages(f, dir.fd, taken, e))))
        return (int)e->code;
    if (taken->left && !taken->programs && !taken->packages)
        return err_set(e, E_INPUT, "%s: no NAME.signature in it for any of what is to be signed",
                       path);
    /* also when an earlier run took the last ones and came no further */
    if (!taken->packages && (taken->programs || taken->left))
        return OK;
    return signing_run(f, e) || store_settle(&f->store, e) ? (int)e->code : OK;
}

int apart_prepare(struct flow *f, const char *path, size_t *n, struct err *e) {
    return prepare(f, path, n, e) ? run_told(f, e) : OK;
}

int apart_attach(struct flow *f, const char *path, struct apart_taken *taken, struct err *e) {
    return attach(f, path, taken, e) ? run_told(f, e) : OK;
}
