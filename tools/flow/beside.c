/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/beside.h"

#include "feed/blockmap.h"
#include "feed/latest_yml.h"
#include "feed/zsync.h"
#include "flow/seal.h"
#include "model/names.h"

bool beside_wants_map(const struct flow *f, const struct flow_item *item) {
    return item->packager->traits & PACK_BLOCKMAP ||
           latest_yml_wants_map(value_get(f->recipe->root, "feed"), str_of(item->packager->name));
}

static struct str map_name(const struct flow *f, const struct flow_item *item) {
    return str_fmt(f->mem, STR_F ".blockmap", STR_A(item->file_name));
}

/* Stages a file that clients need beside a package; it goes when its package is made again. */
static int stage_file(struct flow *f, const struct flow_item *item, struct str name,
                      const char *format, struct str key, struct str bytes, uint64_t cache,
                      struct err *e) {
    AUTO(outfile) out = OUTFILE_NONE;
    struct artifact a = {
        .name = name,
        .role = format == item->packager->name ? ROLE_OTHER : ROLE_BLOCKMAP,
        .format = str_of(format),
        .os = str_of(names_os(item->target->os)),
        .arch = str_of(names_arch(item->target->arch)),
        .parent = item->file_name,
        .made_by = STR("slipway " SLIPWAY_VERSION),
        .cache_seconds = cache,
    };

    if (store_file(&f->store, a.name, &out, e) || outfile_append(&out, bytes.p, bytes.n, e) ||
        seal_file(&out, 1, &a, e) || outfile_commit(&out, e))
        return (int)e->code;
    return store_put(&f->store, &a, key, e);
}

int beside_put_map(struct flow *f, const struct flow_item *item, struct str key, struct str json,
                   struct err *e) {
    AUTO(buf) packed = BUF_NONE;

    buf_init(&packed, BLOCKMAP_MAX);
    if (blockmap_gzip(json, &packed, e))
        return (int)e->code;
    return stage_file(f, item, map_name(f, item), "blockmap", key, buf_get(&packed), 31536000, e);
}

/* The package is read once more: zsync wants digests that nothing else does. Its file's name has no
 * version, so clients find the newest one at the same address; it is kept for as long as pointers
 * are. */
int beside_put_zsync(struct flow *f, const struct flow_item *item, const struct artifact *a,
                     struct str key, struct err *e) {
    enum { POINTER_SECONDS = 300 };
    struct str name = names_zsync(item->file_name, f->recipe->version, f->mem);
    AUTO(infile) in = INFILE_NONE;
    AUTO(buf) text = BUF_NONE;

    if (!(item->packager->traits & PACK_ZSYNC) || store_have(&f->store, name, key))
        return OK;
    buf_init(&text, ZSYNC_MAX);
    if (store_read(&f->store, a, &in, e) ||
        zsync_make(&in, item->file_name, item->file_name, f->recipe->time,
                   run_job(f, item, f->mem).jobs, &text, e) ||
        infile_check_unchanged(&in, e))
        return (int)e->code;
    return stage_file(f, item, name, "zsync", key, buf_get(&text), POINTER_SECONDS, e);
}

/* What the format tells of its package to those who install it. */
int beside_put_about(struct flow *f, const struct flow_item *item, const struct artifact *a,
                     struct str key, struct err *e) {
    enum { ABOUT_MAX = 1 << 20 };
    struct pack_job job = run_job(f, item, f->mem);
    AUTO(infile) made = INFILE_NONE;
    AUTO(buf) text = BUF_NONE;
    struct str suffix, name;

    if (!item->packager->beside)
        return OK;
    buf_init(&text, ABOUT_MAX);
    job.made = &made;
    if (store_read(&f->store, a, &made, e) ||
        item->packager->beside(&job, item->file_name, &suffix, &text, e))
        return (int)e->code;
    name = str_fmt(f->mem, STR_F STR_F, STR_A(item->file_name), STR_A(suffix));
    if (store_have(&f->store, name, key))
        return OK;
    return stage_file(f, item, name, item->packager->name, key, buf_get(&text), 31536000, e);
}

int beside_keep_map(struct flow *f, const struct flow_item *item, const struct artifact *have,
                    struct str key, struct err *e) {
    struct str name = map_name(f, item);
    AUTO(infile) in = INFILE_NONE;
    AUTO(buf) json = BUF_NONE;

    if (!beside_wants_map(f, item)) {
        release_remove(&f->store.next, name);
        return OK;
    }
    if (store_have(&f->store, name, key))
        return OK;
    buf_init(&json, BLOCKMAP_MAX);
    if (store_read(&f->store, have, &in, e) ||
        blockmap_infile(&in, 0, in.size, 0, run_job(f, item, f->mem).jobs, NULL, &json, e) ||
        infile_check_unchanged(&in, e))
        return (int)e->code;
    return beside_put_map(f, item, key, buf_get(&json), e);
}
