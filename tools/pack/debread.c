/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/debread.h"

#include "base/map.h"
#include "container/ar.h"
#include "container/tar.h"
#include "io/codec.h"
#include "pack/tarput.h"
#include "text/deb822.h"

#include <string.h>

enum { CONTROL_MAX = 64 * 1024 * 1024 };

struct control {
    struct arena *mem;
    struct str control, md5sums, conffiles;
};

static int see_control(void *self, const struct tar_entry *t, struct source *data, struct err *e) {
    struct control *c = self;
    struct str name = t->path, *to;
    char *p;

    if (str_starts(name, "./"))
        name = str_cut(name, 2, name.n);
    to = str_is(name, "control")     ? &c->control
         : str_is(name, "md5sums")   ? &c->md5sums
         : str_is(name, "conffiles") ? &c->conffiles
                                     : NULL;
    if (!to || t->kind != TAR_FILE)
        return OK;
    if (t->size > CONTROL_MAX)
        return err_set(e, E_INPUT, "deb: " STR_F " has %llu bytes", STR_A(name),
                       (unsigned long long)t->size);
    p = arena_alloc(c->mem, (size_t)t->size + 1);
    if (!source_need(data, p, (size_t)t->size)) {
        *e = data->err;
        return (int)e->code;
    }
    *to = (struct str){p, (size_t)t->size};
    return OK;
}

static enum codec_kind codec_of(struct str name, struct err *e) {
    if (str_ends(name, ".tar"))
        return CODEC_NONE;
    if (str_ends(name, ".gz"))
        return CODEC_GZIP;
    if (str_ends(name, ".xz"))
        return CODEC_XZ;
    if (str_ends(name, ".zst"))
        return CODEC_ZSTD;
    err_set(e, E_INPUT, "deb: " STR_F ": a compression that is not read here", STR_A(name));
    return CODEC_BAD;
}

static int read_control(struct infile *f, const struct ar_entry *m, struct control *c,
                        struct err *e) {
    enum codec_kind k = codec_of(m->name, e);
    struct source_range range;
    struct source raw = SOURCE_NONE, s = SOURCE_NONE;
    int rc;

    if (k == CODEC_BAD)
        return (int)e->code;
    source_infile(&raw, &range, f, m->at, m->size);
    if (codec_source(&s, &raw, k, e))
        return (int)e->code;
    rc = tar_read(&s, see_control, c, e);
    if (rc)
        source_drop(&s);
    else
        rc = source_close(&s, e);
    return rc ? err_in(e, "control.tar") : OK;
}

static int read_data(struct infile *f, const struct ar_entry *m, struct arena *mem,
                     struct tree *found, struct err *e) {
    enum codec_kind k = codec_of(m->name, e);
    struct source_range range;
    struct source raw = SOURCE_NONE;

    if (k == CODEC_BAD)
        return (int)e->code;
    source_infile(&raw, &range, f, m->at, m->size);
    if (tarput_list(&raw, k, "./", DIGEST_MD5, mem, found, e))
        return err_in(e, "data.tar");
    return OK;
}

static int check_sums(const struct control *c, const struct tree *found, struct err *e) {
    struct map by_path = {.mem = c->mem};
    struct str text = c->md5sums;

    for (size_t i = 0; i < found->n; i++)
        map_put(&by_path, found->v[i].path, &found->v[i]);
    while (text.n) {
        struct str line = str_split(&text, '\n');
        const struct tree_entry *x;
        unsigned char md5[16];

        if (!line.n)
            continue;
        if (line.n < 35 || !digest_unhex(str_cut(line, 0, 32), md5, sizeof md5))
            return err_set(e, E_INPUT, "deb: md5sums: no sum: " STR_F, STR_A(line));
        x = map_get(&by_path, str_cut(line, 34, line.n));
        if (!x)
            return err_set(e, E_WRONG, "deb: " STR_F " is in md5sums but not in the package",
                           STR_A(str_cut(line, 34, line.n)));
        if (x->digests->kinds & DIGEST_MD5 && memcmp(x->digests->md5, md5, sizeof md5))
            return err_set(e, E_WRONG, "deb: " STR_F ": its MD5 is not the one in md5sums",
                           STR_A(x->path));
    }
    return OK;
}

static int add_facts(const struct control *c, struct value *facts, struct err *e) {
    struct deb822_para *paras;
    size_t n;

    if (!c->control.n)
        return err_set(e, E_INPUT, "deb: has no control file");
    if (deb822_read(c->control, "control", c->mem, &paras, &n, e))
        return (int)e->code;
    for (size_t i = 0; n && i < paras[0].n; i++)
        value_set(c->mem, facts, str_z(c->mem, paras[0].v[i].name),
                  value_str(c->mem, paras[0].v[i].value));
    return OK;
}

static void mark_conffiles(const struct control *c, struct tree *found) {
    struct str text = c->conffiles;
    struct map by_path = {.mem = c->mem};

    for (size_t i = 0; i < found->n; i++)
        map_put(&by_path, found->v[i].path, &found->v[i]);
    while (text.n) {
        struct str line = str_trim(str_split(&text, '\n'));
        struct tree_entry *x = map_get(&by_path, str_cut(line, 1, line.n));

        if (x)
            x->marks |= TREE_CONFIG;
    }
}

int debread_list(struct infile *f, struct arena *mem, struct tree *found, struct value *facts,
                 struct err *e) {
    struct control c = {.mem = mem};
    struct ar_entry *v, *control = NULL, *data = NULL;
    char version[4];
    size_t n;

    if (ar_read(f, mem, &v, &n, e))
        return (int)e->code;
    for (size_t i = 0; i < n; i++) {
        if (!control && str_starts(v[i].name, "control.tar"))
            control = &v[i];
        else if (control && !data && str_starts(v[i].name, "data.tar"))
            data = &v[i];
    }
    if (!n || !str_is(v[0].name, "debian-binary") || !control || !data)
        return err_set(e, E_INPUT,
                       "deb: debian-binary, control.tar and data.tar must be in it, in this order");
    if (v[0].size != 4)
        return err_set(e, E_INPUT, "deb: debian-binary is not \"2.0\"");
    if (infile_read(f, v[0].at, version, sizeof version, e))
        return (int)e->code;
    if (memcmp(version, "2.0\n", 4))
        return err_set(e, E_INPUT, "deb: debian-binary is not \"2.0\"");
    if (read_control(f, control, &c, e) || add_facts(&c, facts, e) ||
        read_data(f, data, mem, found, e) || check_sums(&c, found, e))
        return (int)e->code;
    mark_conffiles(&c, found);
    value_set(mem, facts, "Compression", value_str(mem, data->name));
    return OK;
}
