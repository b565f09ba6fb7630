/* SPDX-License-Identifier: Apache-2.0 */
#include "sign/authenticode_held.h"

#include "os/fsys.h"

#include <stdlib.h>
#include <string.h>

enum { ID = 64, SHORT = 8 };

static const char *const parts[] = {".tosign", ".digest", ".json"};

/* The ID: whose signature, of what. */
static int identify(const struct authenticode *a, struct str attributes, struct arena *mem,
                    struct str *id, struct err *e) {
    const struct str *certs;
    size_t n = signkey_certs(a->key, &certs);
    struct digest *d;
    struct digest_set sum;

    if (digest_new(&d, DIGEST_SHA256, e))
        return (int)e->code;
    for (size_t i = 0; i < n; i++)
        digest_put(d, certs[i].p, certs[i].n);
    digest_put(d, attributes.p, attributes.n);
    if (digest_end(d, &sum, e))
        return (int)e->code;
    *id = digest_hex(mem, sum.sha256, sizeof sum.sha256);
    return OK;
}

int authenticode_held_take(const struct authenticode *a, const struct cms_make *m, const char *name,
                           struct arena *mem, struct str *der, struct err *e) {
    struct fsys_stat st;
    struct str set, id;
    const char *path;

    *der = (struct str){0};
    if (cms_attributes(m, mem, &set, e) || identify(a, set, mem, &id, e))
        return (int)e->code;
    path = arena_fmt(mem, STR_F ".signed", STR_A(id));
    if (fsys_lstat(a->held, path, &st, e))
        return (int)e->code;
    if (st.kind == FSYS_FILE)
        return fsys_read(a->held, path, AUTHENTICODE_APART_MAX, mem, der, e);
    return authenticode_apart_write(a, m, name, str_z(mem, id), a->held, e);
}

static int by_name(const void *a, const void *b) {
    const struct authenticode_held *x = a, *y = b;

    return strcmp(x->name, y->name);
}

static int note(int held, const char *id, struct arena *mem, struct authenticode_held *h,
                struct err *e) {
    struct authenticode_apart s;

    if (authenticode_apart_read(held, id, mem, &s, e))
        return (int)e->code;
    signkey_close(s.key);
    *h = (struct authenticode_held){
        .id = id,
        .name = arena_fmt(mem, STR_F ".%.*s", STR_A(s.file), SHORT, id),
    };
    return OK;
}

int authenticode_held_list(int held, struct arena *mem, struct authenticode_held **v, size_t *n,
                           struct buf *signed_ones, struct err *e) {
    struct fsys_name *all;
    size_t found;

    *n = 0;
    if (fsys_list(held, ".", mem, &all, &found, e))
        return (int)e->code;
    *v = arena_array(mem, found + 1, sizeof **v);
    for (size_t i = 0; i < found; i++) {
        struct str name = all[i].name;
        const char *id = str_z(mem, str_cut(name, 0, ID));

        if (name.n == ID + 5 && str_ends(name, ".json") && note(held, id, mem, &(*v)[(*n)++], e))
            return (int)e->code;
        if (signed_ones && name.n == ID + 7 && str_ends(name, ".signed"))
            buf_fmt(signed_ones, "%s\n", id);
    }
    qsort(*v, *n, sizeof **v, by_name);
    return OK;
}

int authenticode_held_give(int held, const struct authenticode_held *h, int dir, struct err *e) {
    AUTO(arena) mem = {0};

    for (size_t i = 0; i < COUNT(parts); i++)
        if (fsys_copy(held, arena_fmt(&mem, "%s%s", h->id, parts[i]), dir,
                      arena_fmt(&mem, "%s%s", h->name, parts[i]), 0644, e))
            return (int)e->code;
    return OK;
}

int authenticode_held_forget(int held, const struct authenticode_held *h, struct err *e) {
    AUTO(arena) mem = {0};

    for (size_t i = COUNT(parts); i-- > 0;)
        if (fsys_unlink(held, arena_fmt(&mem, "%s%s", h->id, parts[i]), e))
            return (int)e->code;
    return OK;
}

/* What was signed comes from our own folder: of the other one only the signature counts. */
int authenticode_held_answer(const struct authenticode *a, int held,
                             const struct authenticode_held *h, int dir, struct err *e) {
    AUTO(arena) mem = {0};
    struct authenticode with = *a;
    struct authenticode_apart s;
    struct str der;
    int rc;

    if (authenticode_apart_read(held, h->id, &mem, &s, e))
        return (int)e->code;
    with.kind = s.kind;
    rc = authenticode_apart_answer(&s, dir, h->name, &mem, &der, e) ||
                 authenticode_stamp(&with, &mem, &der, e) ||
                 fsys_write(held, arena_fmt(&mem, "%s.signed", h->id), der, 0644, e)
             ? (int)e->code
             : OK;
    signkey_close(s.key);
    return rc ? rc : authenticode_held_forget(held, h, e);
}
