/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/archive.h"

#include "model/names.h"
#include "os/clock.h"
#include "pack/linux.h"
#include "pack/windows.h"

enum { TEXT_MAX = 64 * 1024 * 1024 };

int archive_check(const struct pack_job *j, struct err *e) {
    const struct value *wrap = value_get(j->section, "wrap");

    if (wrap && wrap->s.n &&
        (tree_path_ok(wrap->s, e) ||
         (j->target->os == OS_WINDOWS && windows_path_ok(wrap->s, e)))) {
        e->code = E_RECIPE;
        return err_in(e, "%s: wrap", recipe_where(j->recipe, wrap->at, j->mem));
    }
    return j->target->os == OS_WINDOWS ? windows_archive_check(j, e) : OK;
}

/* On macOS an archive is called as Apple calls the processor: by "arm64" in the name
 * electron-updater tells a Mac's own zip from that for the other kind. */
static const char *arch_word(const struct target *t) {
    return t->os == OS_MACOS && t->arch == ARCH_AARCH64 ? "arm64" : names_arch(t->arch);
}

int archive_file_name(const struct pack_job *j, const char *suffix, struct buf *out,
                      struct err *e) {
    buf_fmt(out, STR_F "-" STR_F "-%s-%s%s", STR_A(j->recipe->name), STR_A(j->recipe->version),
            names_os(j->target->os), arch_word(j->target), suffix);
    return buf_check(out, "the file name", e);
}

static const char *top_folder(const struct pack_job *j) {
    const struct value *wrap = value_get(j->section, "wrap");

    if (!wrap)
        return arena_fmt(j->mem, STR_F "-" STR_F "/", STR_A(j->recipe->name),
                         STR_A(j->recipe->version));
    return wrap->s.n ? arena_fmt(j->mem, STR_F "/", STR_A(wrap->s)) : "";
}

static bool has(const struct tree *t, struct str path) {
    for (size_t i = 0; i < t->n; i++)
        if (str_eq(t->v[i].path, path))
            return true;
    return false;
}

static struct str changelog(const struct pack_job *j, struct buf *b) {
    const struct recipe *r = j->recipe;

    buf_fmt(b, "# Changelog of " STR_F "\n", STR_A(r->title));
    for (size_t i = 0; i < r->n_changes; i++) {
        const struct recipe_change *c = &r->changes[i];

        buf_fmt(b, "\n## " STR_F, STR_A(c->version));
        if (c->time)
            buf_fmt(b, " - " STR_F, STR_A(str_cut(clock_rfc3339(j->mem, c->time), 0, 10)));
        buf_z(b, "\n\n");
        for (size_t k = 0; k < c->n_items; k++)
            buf_fmt(b, "- " STR_F "\n", STR_A(str_trim(c->items[k])));
    }
    return str_dup(j->mem, buf_get(b));
}

int archive_layout(const struct pack_job *j, const struct tree *app, bool no_case, struct tree *pkg,
                   struct err *e) {
    const char *top = top_folder(j);
    struct str license, path;
    AUTO(buf) changes = BUF_NONE;

    buf_init(&changes, TEXT_MAX);
    if (tree_rebase(app, top, top, j->mem, pkg, e) || linux_license(j->recipe, j->mem, &license, e))
        return (int)e->code;
    path = str_fmt(j->mem, "%sLICENSE", top);
    if (license.n && !has(pkg, path))
        tree_add_data(pkg, path, 0644, license)->marks |= TREE_LICENSE;
    path = str_fmt(j->mem, "%sCHANGELOG.md", top);
    if (j->recipe->n_changes && !has(pkg, path))
        tree_add_data(pkg, path, 0644, changelog(j, &changes))->marks |= TREE_DOC;
    if (buf_check(&changes, "the changelog", e))
        return (int)e->code;
    if (j->target->os == OS_WINDOWS && windows_archive_tree(j, pkg, e))
        return (int)e->code;
    return tree_finish(pkg, no_case, e);
}
