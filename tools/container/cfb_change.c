/* SPDX-License-Identifier: Apache-2.0 */
#include "container/cfb_image.h"

/* Marks a chain of the old table in the new one, where all was free. */
static void keep(const uint32_t *old, uint32_t *fresh, uint32_t first, size_t n) {
    for (uint32_t s = first; n--; s = old[s])
        fresh[s] = n ? old[s] : CFB_IMAGE_END;
}

static void keep_stream(struct cfb_image *m, const struct cfb_file *c, const struct cfb_entry *x) {
    if (x->size < CFB_IMAGE_CUTOFF)
        keep(c->mini, m->mini, x->start,
             (size_t)((x->size + CFB_IMAGE_MINI - 1) >> CFB_IMAGE_MINI_SHIFT));
    else
        keep(c->fat, m->fat, x->start, (size_t)((x->size + (1u << m->shift) - 1) >> m->shift));
}

static uint32_t *all_free(struct arena *mem, size_t n) {
    uint32_t *v = arena_array(mem, n, sizeof *v);

    for (size_t i = 0; i < n; i++)
        v[i] = CFB_IMAGE_FREE;
    return v;
}

/* Everything but the streams' own sectors is free: tables and directory are written anew. */
static void load(struct cfb_image *m, const struct cfb_file *c) {
    size_t end = (size_t)((c->f->size + (1u << m->shift) - 1) >> m->shift);

    m->n_fat = m->fat_room = end - 1;
    m->fat = all_free(&m->mem, m->n_fat);
    if (m->version == 4 && m->n_fat > CFB_IMAGE_LOCK)
        m->fat[CFB_IMAGE_LOCK] = CFB_IMAGE_END;
    m->n_mini = m->mini_room = c->n_mini;
    m->mini = all_free(&m->mem, m->n_mini);
    m->n_mini_at = m->mini_at_room = c->n_mini_at;
    m->mini_at = arena_array(&m->mem, c->n_mini_at, sizeof *m->mini_at);
    for (size_t i = 0; i < c->n_mini_at; i++) {
        m->mini_at[i] = c->mini_at[i];
        m->fat[c->mini_at[i]] = i + 1 < c->n_mini_at ? c->mini_at[i + 1] : CFB_IMAGE_END;
    }
}

static const struct cfb_change *change_of(const struct cfb_entry *x, const struct cfb_name *names,
                                          const struct cfb_change *v, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (x->kind == CFB_STREAM && !x->parent && cfb_name_cmp(&x->name, &names[i]) == 0)
            return &v[i];
    return NULL;
}

static int put_stream(struct cfb_image *m, const struct cfb_name *name, struct str bytes,
                      struct err *e) {
    struct cfb_entry x = {
        .name = *name, .kind = CFB_STREAM, .size = bytes.n, .start = CFB_IMAGE_END};
    uint32_t last = CFB_IMAGE_END;

    if (bytes.n < CFB_IMAGE_CUTOFF) {
        if (cfb_image_put_small(m, bytes.p, bytes.n, &x.start, e))
            return (int)e->code;
    } else if (cfb_image_put(m, bytes.p, bytes.n, &x.start, &last, e)) {
        return (int)e->code;
    }
    cfb_image_add(m, &x);
    return OK;
}

static int change(struct cfb_image *m, const struct cfb_file *c, const struct cfb_change *v,
                  size_t n, struct err *e) {
    struct cfb_name *names = arena_array(&m->mem, n, sizeof *names);
    size_t *now = arena_array(&m->mem, c->n_entries, sizeof *now); /* where entries went */

    for (size_t i = 0; i < n; i++)
        if (!cfb_name_of(&names[i], v[i].name))
            return err_set(e, E_INPUT, "%s: '" STR_F "' is no name for a stream", m->f->name,
                           STR_A(v[i].name));
    load(m, c);
    for (size_t i = 0; i < c->n_entries; i++) {
        struct cfb_entry x = c->entry[i];

        if (i && change_of(&x, names, v, n))
            continue;
        if (x.kind == CFB_STREAM && x.size)
            keep_stream(m, c, &x);
        else if (x.kind == CFB_STREAM)
            x.start = CFB_IMAGE_END;
        x.parent = now[x.parent];
        now[i] = cfb_image_add(m, &x);
    }
    for (size_t i = 0; i < n; i++)
        if (!v[i].remove && put_stream(m, &names[i], v[i].bytes, e))
            return (int)e->code;
    return cfb_image_finish(m, e);
}

int cfb_change(struct outfile *f, const struct cfb_change *v, size_t n, struct err *e) {
    AUTO(infile) view = INFILE_NONE;
    AUTO(arena) mem = {0};
    struct cfb_image m = {.f = f};
    struct cfb_file c;

    if (outfile_view(f, &view, e) || cfb_open(&c, &view, &mem, e))
        return (int)e->code;
    m.version = c.version;
    m.shift = c.shift;
    (void)!change(&m, &c, v, n, e);
    arena_drop(&m.mem);
    return (int)e->code;
}
