/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "container/cfb_image.h"

#include <string.h>

enum { PENDING = 128 * 1024 }; /* whole sectors of either version, and more than a small stream */

struct cfb {
    struct cfb_image m;
    size_t open; /* the stream that is being written; 0: none */
    uint32_t last;
    uint64_t flushed; /* bytes of it in the file */
    size_t n;         /* bytes of it in `pending` */
    char *pending;
};

int cfb_begin(struct cfb **c, struct outfile *f, const struct cfb_opts *o, struct err *e) {
    static const char root[] = "Root Entry";
    struct cfb_entry x = {.kind = CFB_ROOT, .start = CFB_IMAGE_END};

    *c = NULL;
    if (o->version != 3 && o->version != 4)
        return err_set(e, E_BUG, "compound files have no version %u", o->version);
    for (const char *p = root; *p; p++)
        x.name.unit[x.name.n++] = (uint16_t)*p;
    memcpy(x.clsid, o->clsid, sizeof x.clsid);
    *c = mem_alloc(sizeof **c);
    (*c)->m = (struct cfb_image){.f = f, .version = o->version, .shift = o->version == 3 ? 9 : 12};
    (*c)->pending = mem_alloc(PENDING);
    cfb_image_add(&(*c)->m, &x);
    return OK;
}

void cfb_free(struct cfb *c) {
    if (!c)
        return;
    arena_drop(&c->m.mem);
    mem_free(c->pending);
    mem_free(c);
}

static int add(struct cfb *c, size_t parent, struct str name, enum cfb_kind kind,
               const unsigned char *clsid, size_t *at, struct err *e) {
    struct cfb_entry x = {.kind = kind, .parent = parent};

    if (parent >= c->m.n_entries || c->m.entry[parent].kind == CFB_STREAM || c->open)
        return err_set(e, E_BUG, "%s: no storage to put " STR_F " into", c->m.f->name, STR_A(name));
    if (!cfb_name_of(&x.name, name))
        return err_set(e, E_INPUT, "%s: '" STR_F "' is no name for a stream", c->m.f->name,
                       STR_A(name));
    if (kind == CFB_STREAM)
        x.start = CFB_IMAGE_END;
    if (clsid)
        memcpy(x.clsid, clsid, sizeof x.clsid);
    *at = cfb_image_add(&c->m, &x);
    return OK;
}

int cfb_storage(struct cfb *c, size_t parent, struct str name, const unsigned char clsid[16],
                size_t *at, struct err *e) {
    return add(c, parent, name, CFB_STORAGE, clsid, at, e);
}

static int flush(struct cfb *c, struct err *e) {
    if (cfb_image_put(&c->m, c->pending, c->n, &c->m.entry[c->open].start, &c->last, e))
        return (int)e->code;
    c->flushed += c->n;
    c->n = 0;
    return OK;
}

static int stream_put(struct sink *s, const void *p, size_t n, struct err *e) {
    struct cfb *c = s->self;
    const char *from = p;

    while (n) {
        size_t k = PENDING - c->n < n ? PENDING - c->n : n;

        if (!k && flush(c, e))
            return (int)e->code;
        memcpy(c->pending + c->n, from, k);
        c->n += k;
        from += k;
        n -= k;
    }
    return OK;
}

static int stream_close(struct sink *s, struct err *e) {
    struct cfb *c = s->self;
    struct cfb_entry *x = &c->m.entry[c->open];

    x->size = c->flushed + c->n;
    c->open = 0;
    if (s->err.code || !x->size)
        return OK;
    if (x->size < CFB_IMAGE_CUTOFF)
        return cfb_image_put_small(&c->m, c->pending, c->n, &x->start, e);
    return c->n ? cfb_image_put(&c->m, c->pending, c->n, &x->start, &c->last, e) : OK;
}

int cfb_stream(struct cfb *c, size_t parent, struct str name, struct sink *s, struct err *e) {
    static const struct sink_ops ops = {stream_put, stream_close};
    size_t at = 0;

    *s = SINK_NONE;
    if (add(c, parent, name, CFB_STREAM, NULL, &at, e))
        return (int)e->code;
    c->open = at;
    c->last = CFB_IMAGE_END;
    c->flushed = 0;
    c->n = 0;
    sink_init(s, &ops, c);
    return OK;
}

int cfb_patch(struct cfb *c, uint64_t at, const void *p, size_t n, struct err *e) {
    const char *from = p;
    const size_t size = (size_t)1 << c->m.shift;
    uint32_t sector;

    if (!c->open || at > c->flushed + c->n || n > c->flushed + c->n - at)
        return err_set(e, E_BUG, "%s: bytes are patched that are not there", c->m.f->name);
    sector = c->m.entry[c->open].start;
    for (uint64_t k = 0; n && at < c->flushed && k < at >> c->m.shift; k++)
        sector = c->m.fat[sector];
    while (n && at < c->flushed) {
        size_t in = (size_t)at & (size - 1), k = size - in < n ? size - in : n;

        if (outfile_pwrite(c->m.f, cfb_image_at(&c->m, sector) + in, from, k, e))
            return (int)e->code;
        sector = c->m.fat[sector];
        from += k;
        at += k;
        n -= k;
    }
    if (n)
        memcpy(c->pending + (at - c->flushed), from, n);
    return OK;
}

int cfb_end(struct cfb *c, struct err *e) {
    if (c->open)
        return err_set(e, E_BUG, "%s: a stream is still open", c->m.f->name);
    return cfb_image_finish(&c->m, e);
}
