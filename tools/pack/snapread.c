/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/snapread.h"

#include "pack/squash.h"

enum { SNAP_YAML_MAX = 1024 * 1024 };

struct reader {
    struct str yaml;
    bool have;
};

static bool wants(void *self, const struct tree_entry *x) {
    (void)self;
    return x->size <= SNAP_YAML_MAX && str_is(x->path, "meta/snap.yaml");
}

static void got(void *self, const struct tree_entry *x, struct str bytes) {
    struct reader *r = self;

    (void)x;
    r->yaml = bytes;
    r->have = true;
}

static void fact(struct value *facts, struct arena *mem, const char *key, struct str text) {
    if (text.n)
        value_set(mem, facts, key, value_str(mem, text));
}

/* A scalar as it was written, the members of a list, or the keys of a map. */
static struct str words(const struct value *v, struct arena *mem) {
    AUTO(buf) all = BUF_NONE;

    if (!v)
        return (struct str){0};
    if (v->kind != VALUE_LIST && v->kind != VALUE_MAP)
        return v->s;
    buf_init(&all, 64 * 1024);
    for (const struct value *c = v->child; c; c = c->next)
        buf_fmt(&all, "%s" STR_F, c == v->child ? "" : " ",
                STR_A(v->kind == VALUE_MAP ? c->key : c->s));
    return str_dup(mem, buf_get(&all));
}

static int read_yaml(const struct reader *r, struct arena *mem, struct value **meta,
                     struct err *e) {
    if (!r->have)
        return err_set(e, E_INPUT, "a SquashFS image, but no snap: meta/snap.yaml is not in it");
    if (value_yaml(r->yaml, "meta/snap.yaml", mem, meta, e)) {
        e->code = E_INPUT;
        return err_in(e, "snap");
    }
    if ((*meta)->kind != VALUE_MAP)
        return err_set(e, E_INPUT, "snap: meta/snap.yaml: is no map");
    for (size_t i = 0; i < 2; i++) {
        const char *key = i ? "version" : "name";
        const struct value *v = value_get(*meta, key);

        if (!v || !v->s.n || v->kind == VALUE_LIST || v->kind == VALUE_MAP)
            return err_set(e, E_INPUT, "snap: meta/snap.yaml: has no %s", key);
    }
    return OK;
}

static void add_facts(const struct value *meta, const struct squashfs_facts *image,
                      struct arena *mem, struct value *facts) {
    static const struct {
        const char *fact, *key;
    } rows[] = {{"Name", "name"},         {"Version", "version"}, {"Architecture", "architectures"},
                {"Title", "title"},       {"Summary", "summary"}, {"License", "license"},
                {"Type", "type"},         {"Base", "base"},       {"Confinement", "confinement"},
                {"Grade", "grade"},       {"Epoch", "epoch"},     {"Assumes", "assumes"},
                {"Applications", "apps"}, {"Hooks", "hooks"}};

    for (size_t i = 0; i < COUNT(rows); i++)
        fact(facts, mem, rows[i].fact, words(value_get(meta, rows[i].key), mem));
    if (!value_get(meta, "architectures"))
        fact(facts, mem, "Architecture", STR("all"));
    fact(facts, mem, "Compression",
         str_fmt(mem, "%s, blocks of %u KiB%s", squashfs_codec_name(image->codec),
                 (unsigned)(image->block / 1024), image->fragments ? ", fragments" : ""));
}

int snapread_list(struct infile *f, struct arena *mem, struct tree *found, struct value *facts,
                  struct err *e) {
    struct reader x = {{0}, false};
    const struct squash_reader r = {.what = "snap",
                                    .mem = mem,
                                    .found = found,
                                    .most = squash_most(f->size),
                                    .wants = wants,
                                    .got = got,
                                    .self = &x};
    struct squashfs_facts image = {0};
    struct value *meta = NULL;

    if (squash_read(&r, f, 0, &image, e) || read_yaml(&x, mem, &meta, e))
        return (int)e->code;
    add_facts(meta, &image, mem, facts);
    return OK;
}
