/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/snap.h"

#include "base/log.h"
#include "model/names.h"
#include "pack/snapdir.h"
#include "pack/snapmeta.h"
#include "pack/snapread.h"
#include "pack/snaprules.h"
#include "pack/snapschema.h"
#include "pack/squash.h"

/* The kernel looks for a partition table in a loop device, and complains of smaller ones: `snap
 * pack` fills them up, too. */
enum { SNAP_LEAST = 16384, SNAP_BLOCK = 128 * 1024 };

/* What a systemd unit can say and a snap cannot. */
static void warn_services(const struct pack_job *j) {
    const struct recipe *r = j->recipe;

    for (size_t i = 0; i < r->n_services; i++) {
        const struct recipe_service *s = &r->services[i];

        if (s->user.n && !str_is(s->user, "root"))
            log_warn("%s: snap: the service " STR_F " runs as root, confined: snaps have no users "
                     "of their own",
                     recipe_where(r, s->at, j->mem), STR_A(s->name));
        if (s->working_dir.n)
            log_warn("%s: snap: the service " STR_F " begins in $SNAP_DATA: snaps take no "
                     "working-directory",
                     recipe_where(r, s->at, j->mem), STR_A(s->name));
    }
}

static int snap_check(const struct pack_job *j, struct err *e) {
    struct value *meta;

    if (!snapmeta_arch(j->target->arch))
        return snaprules_bad(j, j->target->at, e, "there are no snaps for the architecture %s",
                             names_arch(j->target->arch));
    if (!j->recipe->entry.n && !j->recipe->n_services && !value_get(j->section, "apps") &&
        !value_get(j->section, "slots") && !value_get(j->section, "type"))
        return snaprules_bad(j, (struct pos){0}, e,
                             "nothing could be started: a snap needs `entry`, `services` or "
                             "snap: { apps: … }");
    if (snapmeta_make(j, NULL, &meta, e) || snaprules_meta(j, meta, e))
        return (int)e->code;
    warn_services(j);
    return OK;
}

static int snap_file_name(const struct pack_job *j, struct buf *out, struct err *e) {
    buf_fmt(out, STR_F "_" STR_F "_%s.snap", STR_A(j->recipe->name), STR_A(j->recipe->version),
            snapmeta_arch(j->target->arch));
    return buf_check(out, "the file name", e);
}

/* As `snap pack` calls mksquashfs: -comp xz -no-fragments -all-root -no-xattrs. The store unpacks a
 * snap, packs it again so, and wants the same bytes. */
static int snap_write(const struct pack_job *j, const struct tree *pkg, struct outfile *f,
                      struct err *e) {
    static const unsigned char zeros[4096];
    const struct squashfs_opts o = {
        .codec = SQUASHFS_XZ,
        .block = SNAP_BLOCK,
        .mtime = j->recipe->time,
        .no_fragments = true,
        .as_mksquashfs = true,
        .jobs = j->jobs,
        .spool = j->spool,
    };

    if (squash_write(j, pkg, &o, f, e))
        return (int)e->code;
    while (f->size < SNAP_LEAST) {
        uint64_t n = SNAP_LEAST - f->size;

        if (outfile_append(f, zeros, n < sizeof zeros ? (size_t)n : sizeof zeros, e))
            return (int)e->code;
    }
    return OK;
}

const struct packager snap_packager = {
    .name = "snap",
    .suffix = ".snap",
    .traits = PACK_DESKTOP,
    .oses = 1u << OS_LINUX,
    .schema = snapschema_keys,
    .check = snap_check,
    .file_name = snap_file_name,
    .layout = snapdir_layout,
    .write = snap_write,
    .list = snapread_list,
    .sniff = squashfs_sniff,
};
