/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/resolved.h"

#include "crypto/digest.h"
#include "stage/sources.h"

#include <inttypes.h>

struct inputs {
    const struct recipe *r;
    struct arena mem;
    struct value *map;
};

static void inputs_drop(struct inputs *in) {
    arena_drop(&in->mem);
}

static void put_digest(struct inputs *in, struct value *map, const char *key,
                       const struct digest_set *d) {
    struct str hex = digest_hex(&in->mem, d->sha256, sizeof d->sha256);

    value_set(&in->mem, map, key,
              value_str(&in->mem, str_fmt(&in->mem, "sha256:" STR_F, STR_A(hex))));
}

static int put_text(struct inputs *in, struct value *map, const char *key, struct str text,
                    struct err *e) {
    struct digest_set d;

    if (!text.n)
        return OK;
    if (digest_bytes(text, DIGEST_SHA256, &d, e))
        return (int)e->code;
    put_digest(in, map, key, &d);
    return OK;
}

/* A file that a build step has still to make has no digest yet. */
static int put_file(struct inputs *in, const char *key, struct str path, struct err *e) {
    AUTO(infile) f = INFILE_NONE;
    const char *name = sources_join(in->r->dir, path, &in->mem);
    struct fsys_stat st;
    struct digest_set d;

    if (!path.n)
        return OK;
    if (fsys_stat(FSYS_HERE, name, &st, e))
        return (int)e->code;
    if (st.kind != FSYS_FILE)
        return OK;
    if (infile_open(&f, FSYS_HERE, name, e) ||
        digest_infile(&f, 0, f.size, DIGEST_SHA256, 1, &d, e))
        return (int)e->code;
    put_digest(in, in->map, key, &d);
    return OK;
}

static int put_scripts(struct inputs *in, struct err *e) {
    struct value *map = value_new(&in->mem, VALUE_MAP);
    const struct recipe *r = in->r;

    if (put_text(in, map, "pre-install", r->scripts.pre_install, e) ||
        put_text(in, map, "post-install", r->scripts.post_install, e) ||
        put_text(in, map, "pre-remove", r->scripts.pre_remove, e) ||
        put_text(in, map, "post-remove", r->scripts.post_remove, e) ||
        put_text(in, map, "pre-upgrade", r->scripts.pre_upgrade, e) ||
        put_text(in, map, "post-upgrade", r->scripts.post_upgrade, e))
        return (int)e->code;
    if (map->n)
        value_set(&in->mem, in->map, "scripts", map);
    return OK;
}

static int put_changes(struct inputs *in, struct err *e) {
    struct digest_set d;
    struct digest *sum;

    if (!in->r->n_changes)
        return OK;
    if (digest_new(&sum, DIGEST_SHA256, e))
        return (int)e->code;
    for (size_t i = 0; i < in->r->n_changes; i++) {
        const struct recipe_change *c = &in->r->changes[i];
        struct str head =
            str_fmt(&in->mem, STR_F "\n" STR_F "\n" STR_F "\n%" PRId64 "\n%zu\n", STR_A(c->version),
                    STR_A(c->date_text), STR_A(c->author), c->time, c->n_items);

        digest_put(sum, head.p, head.n);
        for (size_t k = 0; k < c->n_items; k++) {
            digest_put(sum, c->items[k].p, c->items[k].n);
            digest_put(sum, "", 1);
        }
    }
    if (digest_end(sum, &d, e))
        return (int)e->code;
    put_digest(in, in->map, "changes", &d);
    return OK;
}

static struct value *copy_without(struct arena *mem, const struct value *map,
                                  const struct map *without) {
    struct value *all = value_new(mem, VALUE_MAP);

    for (const struct value *c = map->child; c; c = c->next)
        if (!without || !map_get(without, c->key))
            value_set(mem, all, str_z(mem, c->key), value_copy(mem, c));
    return all;
}

/* Completes the recipe's map `root` of in->mem. */
static int write_all(struct inputs *in, struct value *root, struct buf *json, struct err *e) {
    const struct recipe *r = in->r;
    struct value *s = value_new(&in->mem, VALUE_MAP);

    value_set(&in->mem, s, "menu", value_bool(&in->mem, r->menu));
    value_set(&in->mem, s, "desktop", value_bool(&in->mem, r->desktop));
    value_set(&in->mem, root, "shortcuts", s);
    in->map = value_new(&in->mem, VALUE_MAP);
    value_set(&in->mem, in->map, "time", value_int(&in->mem, r->time));
    if (put_file(in, "license-file", r->license_file, e) || put_file(in, "icon", r->icon, e) ||
        put_scripts(in, e) || put_changes(in, e))
        return (int)e->code;
    value_set(&in->mem, root, "inputs", in->map);
    value_write_json(root, true, json);
    return buf_check(json, "the recipe as JSON", e);
}

int resolved_write(const struct recipe *r, struct buf *json, struct err *e) {
    AUTO(inputs) in = {.r = r};

    return write_all(&in, value_copy(&in.mem, r->root), json, e);
}

int resolved_write_part(const struct recipe *r, const struct target *t, const struct map *without,
                        struct buf *json, struct err *e) {
    AUTO(inputs) in = {.r = r};
    struct value *root = copy_without(&in.mem, r->root, without);

    if (t->root)
        value_set(&in.mem, root, "target", copy_without(&in.mem, t->root, without));
    return write_all(&in, root, json, e);
}
