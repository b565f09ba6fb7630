/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/merge.h"

#include "base/log.h"
#include "flow/ledger.h"
#include "flow/seal.h"
#include "flow/signing.h"
#include "os/clock.h"

#include <string.h>

/* Of one package: its block map, what its format tells beside it (flow/beside.h). */
static bool is_beside(const struct artifact *a) {
    return a->parent.n && (a->role == ROLE_BLOCKMAP || a->role == ROLE_OTHER);
}

/* All else is made anew from these. */
static bool is_merged(const struct artifact *a) {
    return a->role == ROLE_PACKAGE || is_beside(a);
}

static int take(struct flow *f, const struct fsys_dir *from, const struct artifact *a,
                struct err *e) {
    const char *what = str_z(f->mem, a->name);
    uint64_t since = clock_monotonic();
    AUTO(infile) in = INFILE_NONE;
    AUTO(outfile) out = OUTFILE_NONE;

    run_begin(f, what, a->size);
    if (infile_open(&in, from->fd, what, e) ||
        seal_check(&in, a, run_job(f, f->items, f->mem).jobs, e) ||
        store_file(&f->store, a->name, &out, e) ||
        outfile_mode(&out, in.st.mode & 0100 ? 0755 : 0644, e) ||
        outfile_append_from(&out, in.fd, 0, in.size, e) || outfile_commit(&out, e) ||
        store_put(&f->store, a, a->recipe_digest, e))
        return (int)e->code;
    run_end(f, what, "merged", a->size, since);
    return OK;
}

static int check_same(const struct release *ours, const struct release *theirs, struct err *e) {
    if (!str_eq(ours->name, theirs->name) || !str_eq(ours->version, theirs->version))
        return err_set(e, E_INPUT,
                       "holds " STR_F " " STR_F ", not " STR_F " " STR_F
                       ": only jobs of one release can be merged",
                       STR_A(theirs->name), STR_A(theirs->version), STR_A(ours->name),
                       STR_A(ours->version));
    for (size_t i = 0; i < theirs->n; i++) {
        const struct artifact *a = &theirs->v[i], *b = release_find(ours, a->name);

        if (b && is_merged(a) &&
            memcmp(a->digests.sha256, b->digests.sha256, sizeof a->digests.sha256))
            return err_set(e, E_INPUT,
                           STR_F " was made by both jobs, with other bytes: let one job make it",
                           STR_A(a->name));
    }
    return OK;
}

int merge_folder(struct flow *f, int dir, const char *path, struct err *e) {
    AUTO(fsys_dir) from = FSYS_DIR_NONE;
    struct release theirs = {.mem = f->mem};
    size_t n = 0;

    if (run_store(f, e) || fsys_dir_open(&from, dir, path, e) ||
        ledger_read(from.fd, "release.json", f->mem, &theirs, e) ||
        check_same(&f->store.next, &theirs, e))
        return err_in(e, "%s", path);
    /* packages first: what lies beside one goes when it comes */
    for (int beside = 0; beside < 2; beside++)
        for (size_t i = 0; i < theirs.n; i++) {
            const struct artifact *a = &theirs.v[i];

            if (!is_merged(a) || is_beside(a) != beside || release_find(&f->store.next, a->name))
                continue;
            if (take(f, &from, a, e))
                return err_in(e, "%s", path);
            n++;
        }
    if (!n)
        log_info("%s: nothing in it that %s lacks", path, f->o.dist);
    return OK;
}

int merge_end(struct flow *f, struct err *e) {
    return signing_run(f, e) || store_settle(&f->store, e) ? (int)e->code : OK;
}
