/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/place.h"

#include "flow/place_kind.h"
#include "os/abspath.h"

#include <inttypes.h>
#include <stdio.h>

struct folder {
    const struct place_kind *kind;
    const char *where;
    const char *root; /* without symlinks */
};

static int open_in(const struct folder *d, const char *path, bool *there, struct infile *in,
                   struct err *e) {
    AUTO(arena) mem = {0};
    struct fsys_stat st;
    const char *real;

    *there = false;
    if (abspath_inside(d->root, path, &mem, &real, e))
        return err_in(e, "%s", d->where);
    if (!real)
        return OK;
    if (fsys_stat(FSYS_HERE, real, &st, e))
        return (int)e->code;
    if (st.kind != FSYS_FILE) /* a server gives no folders */
        return OK;
    if (infile_open(in, FSYS_HERE, real, e))
        return (int)e->code;
    snprintf(in->name, sizeof in->name, "%s/%s", d->where, path);
    *there = true;
    return OK;
}

static int folder_fetch(void *self, const char *path, uint64_t max, struct place_file *f,
                        struct err *e) {
    if (open_in(self, path, &f->there, &f->in, e) || !f->there)
        return (int)e->code;
    if (f->in.size > max)
        return err_set(e, E_WRONG, "%s: is larger than %" PRIu64 " bytes", f->in.name, max);
    return digest_infile(&f->in, 0, f->in.size, DIGEST_SHA256 | DIGEST_SHA512, 1, &f->digests, e);
}

static int folder_read(void *self, const char *path, size_t max, struct arena *mem,
                       struct str *bytes, struct err *e) {
    AUTO(infile) in = INFILE_NONE;
    bool there;
    char *p;

    *bytes = (struct str){0};
    if (open_in(self, path, &there, &in, e) || !there)
        return (int)e->code;
    if (in.size > max)
        return err_set(e, E_WRONG, "%s: is larger than %zu bytes", in.name, max);
    p = arena_alloc(mem, (size_t)in.size + 1);
    if (infile_read(&in, 0, p, (size_t)in.size, e))
        return (int)e->code;
    *bytes = (struct str){p, (size_t)in.size};
    return OK;
}

static int folder_sum(void *self, const char *path, unsigned kinds, bool *there, uint64_t *size,
                      struct digest_set *d, struct err *e) {
    AUTO(infile) in = INFILE_NONE;

    *size = 0;
    *d = (struct digest_set){0};
    if (open_in(self, path, there, &in, e) || !*there)
        return (int)e->code;
    *size = in.size;
    return digest_infile(&in, 0, in.size, kinds, 1, d, e);
}

static int folder_range(void *self, const char *path, uint64_t at, size_t n, struct arena *mem,
                        struct str *bytes, struct err *e) {
    AUTO(infile) in = INFILE_NONE;
    bool there;
    char *p;

    if (open_in(self, path, &there, &in, e) || !there)
        return (int)e->code;
    if (at > in.size || n > in.size - at)
        return err_set(e, E_INPUT, "%s: ends at byte %" PRIu64 ", it should have %" PRIu64, in.name,
                       in.size, at + n);
    p = arena_alloc(mem, n + 1);
    if (infile_read(&in, at, p, n, e))
        return (int)e->code;
    *bytes = (struct str){p, n};
    return OK;
}

static const struct place_kind folder_kind = {.fetch = folder_fetch, .range = folder_range};

int place_dir(struct place *p, const char *path, struct arena *mem, struct err *e) {
    struct folder *d = arena_alloc(mem, sizeof *d);

    *p = PLACE_NONE;
    d->kind = &folder_kind;
    d->where = arena_dup(mem, path, str_of(path).n);
    if (abspath_real(path, mem, &d->root, e))
        return (int)e->code;
    *p = (struct place){
        .where = d->where,
        .self = d,
        .read = folder_read,
        .sum = folder_sum,
    };
    return OK;
}

void place_drop(struct place *p) {
    const struct place_kind *const *kind = p->self;

    if (kind && (*kind)->drop)
        (*kind)->drop(p->self);
    *p = PLACE_NONE;
}

struct part { /* a folder of another place */
    const struct place_kind *kind;
    const struct place *of;
    const char *below; /* with a slash at its end, or empty */
};

static int part_read(void *self, const char *path, size_t max, struct arena *mem, struct str *bytes,
                     struct err *e) {
    const struct part *s = self;
    AUTO(arena) scratch = {0};

    return s->of->read(s->of->self, arena_fmt(&scratch, "%s%s", s->below, path), max, mem, bytes,
                       e);
}

static int part_sum(void *self, const char *path, unsigned kinds, bool *there, uint64_t *size,
                    struct digest_set *d, struct err *e) {
    const struct part *s = self;
    AUTO(arena) scratch = {0};

    return s->of->sum(s->of->self, arena_fmt(&scratch, "%s%s", s->below, path), kinds, there, size,
                      d, e);
}

static int part_fetch(void *self, const char *path, uint64_t max, struct place_file *f,
                      struct err *e) {
    const struct part *s = self;
    AUTO(arena) scratch = {0};

    return place_fetch(s->of, arena_fmt(&scratch, "%s%s", s->below, path), max, f, e);
}

static int part_range(void *self, const char *path, uint64_t at, size_t n, struct arena *mem,
                      struct str *bytes, struct err *e) {
    const struct part *s = self;
    AUTO(arena) scratch = {0};

    return place_range(s->of, arena_fmt(&scratch, "%s%s", s->below, path), at, n, mem, bytes, e);
}

static const struct place_kind part_kind = {.fetch = part_fetch, .range = part_range};

struct place place_sub(const struct place *p, const char *below, struct arena *mem) {
    struct part *s = arena_alloc(mem, sizeof *s);
    struct str name = str_of(below);

    while (str_ends(name, "/"))
        name.n--;
    s->kind = &part_kind;
    s->of = p;
    s->below = name.n ? arena_fmt(mem, STR_F "/", STR_A(name)) : "";
    return (struct place){
        .where = name.n ? arena_fmt(mem, "%s/" STR_F, p->where, STR_A(name)) : p->where,
        .self = s,
        .read = part_read,
        .sum = part_sum,
    };
}

int place_fetch(const struct place *p, const char *path, uint64_t max, struct place_file *f,
                struct err *e) {
    const struct place_kind *const *kind = p->self;

    *f = PLACE_FILE_NONE;
    if ((*kind)->fetch(p->self, path, max, f, e)) {
        place_file_drop(f);
        return (int)e->code;
    }
    return OK;
}

int place_range(const struct place *p, const char *path, uint64_t at, size_t n, struct arena *mem,
                struct str *bytes, struct err *e) {
    const struct place_kind *const *kind = p->self;

    *bytes = (struct str){0};
    return (*kind)->range(p->self, path, at, n, mem, bytes, e);
}

void place_file_drop(struct place_file *f) {
    infile_drop(&f->in);
}
