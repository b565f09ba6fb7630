/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/portable.h"

#include "crypto/digest.h"
#include "pack/nsismake.h"
#include "pack/nsisread.h"
#include "pack/payload.h"
#include "pack/windows.h"

enum { HASH_HEX = 12, USER_MAX = 20 /* characters of a name that one logs in with */ };

static const struct schema portable_schema[] = {NSISMAKE_KEYS, {0}};

static int portable_check(const struct pack_job *j, struct err *e) {
    if (!j->recipe->entry.n)
        return err_set(e, E_RECIPE, "%s: portable needs an entry: the program that it starts",
                       j->recipe->file);
    return nsismake_check(j, e);
}

static int portable_file_name(const struct pack_job *j, struct buf *out, struct err *e) {
    return nsismake_file_name(j, "-portable.exe", out, e);
}

/* It runs from below the user's folder, by a longer path than what is installed has. */
static int check_paths(const struct pack_job *j, const struct tree *pkg, struct err *e) {
    const struct recipe *r = j->recipe;
    size_t folder = sizeof "C:\\Users\\\\AppData\\Local\\-portable\\-" + USER_MAX +
                    windows_length(r->name) + windows_length(r->version) + HASH_HEX;

    for (size_t i = 0; i < pkg->n; i++) {
        size_t n = folder + windows_length(pkg->v[i].path);

        if (n > WINDOWS_PATH_MAX)
            return err_set(e, E_RECIPE,
                           "%s: " STR_F ": where it is unpacked its path would be %zu characters "
                           "long, and Windows takes %d",
                           recipe_where(r, pkg->v[i].at, j->mem), STR_A(pkg->v[i].path), n,
                           WINDOWS_PATH_MAX);
    }
    return OK;
}

static int portable_layout(const struct pack_job *j, const struct tree *app, struct tree *pkg,
                           struct err *e) {
    struct str entry;

    return windows_tree(j, app, pkg, e) || windows_entry(j, pkg, &entry, e) ||
                   check_paths(j, pkg, e)
               ? (int)e->code
               : OK;
}

/* The same version packed from other files is to be unpacked anew: the folder is named by a digest
 * of them all. */
static int digest_tree(const struct pack_job *j, const struct tree *pkg, struct str *hex,
                       struct err *e) {
    struct digest_set all;
    struct digest *sum;

    if (payload_digests(j, pkg, DIGEST_SHA256, e) || digest_new(&sum, DIGEST_SHA256, e))
        return (int)e->code;
    for (size_t i = 0; i < pkg->n; i++) {
        const struct tree_entry *x = &pkg->v[i];

        digest_put(sum, x->path.p, x->path.n);
        digest_put(sum, "", 1);
        if (x->kind == TREE_FILE)
            digest_put(sum, x->digests->sha256, sizeof x->digests->sha256);
    }
    if (digest_end(sum, &all, e))
        return (int)e->code;
    *hex = str_cut(digest_hex(j->mem, all.sha256, sizeof all.sha256), 0, HASH_HEX);
    return OK;
}

static int portable_write(const struct pack_job *j, const struct tree *pkg, struct outfile *f,
                          struct err *e) {
    AUTO(nsismake) m = NSISMAKE_NONE;
    struct str hash;

    if (digest_tree(j, pkg, &hash, e) || nsismake_open(&m, j, pkg, e))
        return (int)e->code;
    value_set(j->mem, m.vars, "hash", value_str(j->mem, hash));
    return nsismake_render(&m, "portable.nsi", e) || nsismake_run(&m, "portable.nsi", e) ||
                   nsismake_take(&m, f, e)
               ? (int)e->code
               : OK;
}

const struct packager portable_packager = {
    .name = "portable",
    .suffix = "-portable.exe",
    .traits = PACK_NO_CASE | PACK_DIGEST_SHA256 | PACK_AUTHENTICODE | PACK_ONE_THREAD,
    .oses = 1u << OS_WINDOWS,
    .schema = portable_schema,
    .check = portable_check,
    .file_name = portable_file_name,
    .layout = portable_layout,
    .write = portable_write,
    .list = nsisread_list,
    .sniff = nsisread_sniff,
    .probe = nsisread_probe,
    .tool = NSISMAKE_TOOL,
    .tool_mend = NSISMAKE_MEND,
};
