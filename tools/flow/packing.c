/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/packing.h"

#include "base/log.h"
#include "feed/blockmap.h"
#include "feed/latest_yml.h"
#include "feed/zsync.h"
#include "flow/named.h"
#include "flow/programs.h"
#include "flow/registry.h"
#include "flow/seal.h"
#include "model/names.h"
#include "os/clock.h"
#include "os/fsys.h"
#include "stage/gather.h"
#include "stage/load.h"

static unsigned wanted(const struct packager *p) {
    return (p->traits & PACK_DESKTOP ? GATHER_DESKTOP : 0) |
           (p->traits & PACK_DESKTOP_ALWAYS ? GATHER_DESKTOP_ALWAYS : 0) |
           (p->traits & PACK_UNITS ? GATHER_UNITS : 0);
}

static int app_tree(struct flow *f, const struct flow_item *item, struct tree **tree,
                    struct err *e) {
    unsigned want = wanted(item->packager);
    struct run_tree *t;

    for (t = f->trees; t; t = t->next)
        if (t->recipe == item->recipe && t->target == item->target && t->want == want) {
            *tree = &t->tree;
            return OK;
        }
    t = arena_alloc(f->mem, sizeof *t);
    t->recipe = item->recipe;
    t->target = item->target;
    t->want = want;
    if (gather_tree(item->recipe, item->target, want, f->mem, &t->tree, e) ||
        programs_ready(f, item, &t->tree, e))
        return (int)e->code;
    t->next = f->trees;
    f->trees = t;
    *tree = &t->tree;
    return OK;
}

/* Everything that decides an artifact's bytes. Files count by identity, size and time, as for
 * make(1): reading them all to find out that nothing changed would cost as much as packing them. */
static void key_entry(struct buf *b, const struct tree_entry *t) {
    buf_fmt(b, STR_F "|%d|%o|%x|" STR_F "|" STR_F "|%llu|" STR_F "|%zu|", STR_A(t->path),
            (int)t->kind, t->mode, t->marks, STR_A(t->owner), STR_A(t->group),
            (unsigned long long)t->size, STR_A(t->target), t->link);
    if (t->bytes.path)
        buf_fmt(b, "%s|%llu|%llu|%lld|%lld\n", t->bytes.path, (unsigned long long)t->bytes.dev,
                (unsigned long long)t->bytes.ino, (long long)t->bytes.mtime,
                (long long)t->bytes.mtime_ns);
    else
        buf_str(b, t->bytes.data);
}

/* What this package cannot depend on: other targets and formats, where it goes and what is said of
 * it. (A file that is fetched by zsync tells the address it is published at.) */
static struct map elsewhere(const struct flow *f, const struct packager *own) {
    static const char *const words[] = {"targets", "formats", "feed", "publish"};
    struct map m = {.mem = f->mem};

    for (size_t i = 0; i < COUNT(words) - (own->traits & PACK_ZSYNC ? 1 : 0); i++)
        map_put(&m, str_of(words[i]), f->mem);
    if (!(own->oses & 1u << OS_WINDOWS))
        map_put(&m, STR("windows"), f->mem);
    for (const struct packager *const *p = registry_packagers(); *p; p++)
        if (*p != own)
            map_put(&m, str_of((*p)->name), f->mem);
    return m;
}

/* Whose signature goes into the package, and how. */
static struct str signed_by(const struct flow *f, const struct packager *p) {
    return p->traits & PACK_AUTHENTICODE ? f->signing
           : f->signer.kind && p->embed  ? f->signer.fingerprint
                                         : (struct str){0};
}

static int item_key(struct flow *f, const struct flow_item *item, const struct tree *app,
                    struct str *key, struct err *e) {
    enum { BATCH = 1 << 20 };
    struct map without = elsewhere(f, item->packager);
    struct digest_set d;
    struct digest *sum;
    AUTO(buf) b = BUF_NONE;

    if (digest_new(&sum, DIGEST_SHA256, e))
        return (int)e->code;
    buf_init(&b, (size_t)1 << 31);
    buf_fmt(&b, "%s|%s|%zu|%s|%s|%lld|" STR_F "|\n", SLIPWAY_VERSION, item->packager->name,
            item->variant, names_os(item->target->os), names_arch(item->target->arch),
            (long long)f->recipe->time, STR_A(signed_by(f, item->packager)));
    if (load_resolved_part(item->recipe, item->target, &without, &b, e) ||
        named_key(recipe_section(item->recipe, item->target, item->packager->name, f->mem),
                  item->packager->schema, item->recipe->dir, &b, e)) {
        digest_free(sum);
        return (int)e->code;
    }
    for (size_t i = 0; i < app->n; i++) {
        key_entry(&b, &app->v[i]);
        if (b.n > BATCH) {
            digest_put(sum, b.p, b.n);
            buf_clear(&b);
        }
    }
    digest_put(sum, b.p, b.n);
    if (digest_end(sum, &d, e))
        return (int)e->code;
    *key = digest_hex(f->mem, d.sha256, sizeof d.sha256);
    return OK;
}

/* One read for all: what any format of the plan wants of these files is made when the first one
 * reads them. */
static unsigned digests_wanted(const struct flow *f, const struct flow_item *item) {
    unsigned kinds = 0;

    for (size_t i = 0; i < f->n_items; i++) {
        const struct flow_item *other = &f->items[i];

        if (other->target != item->target || other->recipe != item->recipe)
            continue;
        if (other->packager->traits & PACK_DIGEST_MD5)
            kinds |= DIGEST_MD5;
        if (other->packager->traits & PACK_DIGEST_SHA256)
            kinds |= DIGEST_SHA256;
    }
    return kinds;
}

static bool wants_map(const struct flow *f, const struct flow_item *item) {
    return item->packager->traits & PACK_BLOCKMAP ||
           latest_yml_wants_map(value_get(f->recipe->root, "feed"), str_of(item->packager->name));
}

static struct str map_name(const struct flow *f, const struct flow_item *item) {
    return str_fmt(f->mem, STR_F ".blockmap", STR_A(item->file_name));
}

/* Stages a file that clients need beside a package; it goes when its package is made again. */
static int put_beside(struct flow *f, const struct flow_item *item, struct str name,
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

static int put_map(struct flow *f, const struct flow_item *item, struct str key, struct str json,
                   struct err *e) {
    AUTO(buf) packed = BUF_NONE;

    buf_init(&packed, BLOCKMAP_MAX);
    if (blockmap_gzip(json, &packed, e))
        return (int)e->code;
    return put_beside(f, item, map_name(f, item), "blockmap", key, buf_get(&packed), 31536000, e);
}

/* The package is read once more: zsync wants digests that nothing else does. Its file's name has no
 * version, so clients find the newest one at the same address; it is kept for as long as pointers
 * are. */
static int put_zsync(struct flow *f, const struct flow_item *item, const struct artifact *a,
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
    return put_beside(f, item, name, "zsync", key, buf_get(&text), POINTER_SECONDS, e);
}

/* What the format tells of its package to those who install it. */
static int put_about(struct flow *f, const struct flow_item *item, const struct artifact *a,
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
    return put_beside(f, item, name, item->packager->name, key, buf_get(&text), 31536000, e);
}

/* An unchanged package keeps its map, gets the one it lacks and loses the one that is not wanted
 * any more. */
static int keep_map(struct flow *f, const struct flow_item *item, const struct artifact *have,
                    struct str key, struct err *e) {
    struct str name = map_name(f, item);
    AUTO(infile) in = INFILE_NONE;
    AUTO(buf) json = BUF_NONE;

    if (!wants_map(f, item)) {
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
    return put_map(f, item, key, buf_get(&json), e);
}

/* The signature inside and the map inside: the map covers all else, and most signatures too. One
 * that covers the map in turn is written over what was reserved for it. */
static int finish_item(struct flow *f, const struct flow_item *item, struct outfile *out,
                       struct artifact *a, struct buf *json, struct err *e) {
    const struct packager *p = item->packager;
    unsigned jobs = run_job(f, item, f->mem).jobs;
    bool sign = p->embed && f->signer.kind, inside = p->traits & PACK_BLOCKMAP_INSIDE;
    bool late = sign && inside && p->reserve;

    if (sign) {
        if (late ? p->reserve(&f->signer, out, e) : p->embed(&f->signer, out, e))
            return (int)e->code;
        a->signer = f->signer.fingerprint;
    }
    if (inside && seal_file_inside(out, jobs, a, e))
        return (int)e->code;
    if ((late && p->embed(&f->signer, out, e)) || programs_sign_package(f, p, out, a, e))
        return (int)e->code;
    if (wants_map(f, item))
        return seal_file_map(out, jobs, a, json, e);
    return inside && !late ? OK : seal_file(out, jobs, a, e);
}

/* `json`: the map, when one is wanted beside the package; it is made in the read that seals. */
static int write_item(struct flow *f, const struct flow_item *item, struct tree *app,
                      struct artifact *a, struct buf *json, struct err *e) {
    AUTO(arena) mem = {0};
    AUTO(outfile) out = OUTFILE_NONE;
    struct pack_job job = run_job(f, item, &mem);
    struct tree pkg = {.mem = &mem};

    job.digests = digests_wanted(f, item);
    if (item->packager->layout(&job, app, &pkg, e) ||
        store_file(&f->store, item->file_name, &out, e) ||
        item->packager->write(&job, &pkg, &out, e))
        return (int)e->code;
    if (finish_item(f, item, &out, a, json, e))
        return (int)e->code;
    return outfile_commit(&out, e);
}

static int pack_item(struct flow *f, const struct flow_item *item, struct err *e) {
    const char *what = arena_fmt(f->mem, STR_F, STR_A(item->file_name));
    uint64_t since = clock_monotonic();
    const struct artifact *have;
    struct artifact a = {
        .name = item->file_name,
        .role = ROLE_PACKAGE,
        .format = str_of(item->packager->name),
        .os = str_of(names_os(item->target->os)),
        .arch = str_of(names_arch(item->target->arch)),
        .made_by = STR("slipway " SLIPWAY_VERSION),
        .cache_seconds = 31536000,
    };
    struct tree *app = NULL;
    struct str key = {0};
    AUTO(buf) json = BUF_NONE;

    if (app_tree(f, item, &app, e) || item_key(f, item, app, &key, e))
        return (int)e->code;
    have = store_have(&f->store, item->file_name, key);
    if (have) {
        run_end(f, what, "unchanged", have->size, since);
        return keep_map(f, item, have, key, e) || put_zsync(f, item, have, key, e) ||
                       put_about(f, item, have, key, e)
                   ? err_in(e, "%s", what)
                   : OK;
    }
    run_begin(f, what, tree_size(app));
    buf_init(&json, BLOCKMAP_MAX);
    if (write_item(f, item, app, &a, &json, e) || store_put(&f->store, &a, key, e) ||
        (wants_map(f, item) && put_map(f, item, key, buf_get(&json), e)) ||
        put_zsync(f, item, &a, key, e) || put_about(f, item, &a, key, e)) {
        run_end(f, what, "failed", 0, since);
        return recipe_placed(f->recipe, e) ? (int)e->code : err_in(e, "%s", what);
    }
    run_end(f, what, "made", a.size, since);
    return OK;
}

int packing_run(struct flow *f, struct err *e) {
    if (f->o.dry_run) {
        for (size_t i = 0; i < f->n_items; i++)
            log_info("would make %s/" STR_F, f->o.dist, STR_A(f->items[i].file_name));
        return OK;
    }
    if (run_store(f, e) || run_signer(f, e) || run_authenticode(f, e))
        return (int)e->code;
    f->programs.mem = f->mem;
    for (size_t i = 0; i < f->n_items; i++)
        if (pack_item(f, &f->items[i], e))
            return (int)e->code;
    return programs_tidy(f, e);
}
