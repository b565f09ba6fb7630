/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "container/cfb.h"
#include "sign/authenticode_form.h"

#include <stdlib.h>
#include <string.h>

/* Databases of Windows Installer: the streams are digested in the order of their names, and before
 * them, where there is a second stream beside the signature, what the directory says of them. */
#define SIGNATURE STR("\5DigitalSignature")
#define EXTENDED STR("\5MsiDigitalSignatureEx")
enum { DEPTH_MAX = 32, BLOCK = 256 * 1024, SIGNATURE_MAX = 8 * 1024 * 1024 };

struct subject {
    struct cfb_file cfb;
    size_t *sorted, *first; /* entries by storage and name; where each storage's begin */
    struct str extended;    /* what is in the file; empty: nothing */
    unsigned char sum[DIGEST_MAX];
    size_t sum_n; /* what is to be in it */
};

/* --- the order -------------------------------------------------------------------------------- */

struct row {
    size_t parent, index;
    const struct cfb_name *name;
};

/* By the bytes of the names as they lie in the file. */
static int name_cmp(const struct cfb_name *a, const struct cfb_name *b) {
    for (unsigned i = 0; i < a->n && i < b->n; i++) {
        unsigned char x[2], y[2];
        int c;

        bytes_put_le16(x, a->unit[i]);
        bytes_put_le16(y, b->unit[i]);
        c = memcmp(x, y, sizeof x);
        if (c)
            return c;
    }
    return (a->n > b->n) - (a->n < b->n);
}

static int row_cmp(const void *one, const void *other) {
    const struct row *a = one, *b = other;

    if (a->parent != b->parent)
        return a->parent < b->parent ? -1 : 1;
    return name_cmp(a->name, b->name);
}

static void sort_entries(struct subject *s, struct arena *mem) {
    size_t n = s->cfb.n_entries;
    struct row *row = arena_array(mem, n, sizeof *row);

    s->sorted = arena_array(mem, n, sizeof *s->sorted);
    s->first = arena_array(mem, n + 1, sizeof *s->first);
    for (size_t i = 1; i < n; i++)
        row[i - 1] = (struct row){s->cfb.entry[i].parent, i, &s->cfb.entry[i].name};
    if (n > 1)
        qsort(row, n - 1, sizeof *row, row_cmp);
    for (size_t i = 0, parent = 0; parent <= n; parent++) {
        s->first[parent] = i;
        while (i + 1 < n && row[i].parent == parent)
            i++;
    }
    for (size_t i = 0; i + 1 < n; i++)
        s->sorted[i] = row[i].index;
}

/* The signature is in neither digest. */
static bool covered(const struct subject *s, size_t i) {
    const struct cfb_entry *x = &s->cfb.entry[i];
    AUTO(arena) mem = {0};
    struct str name;

    if (x->parent || x->kind != CFB_STREAM)
        return true;
    name = cfb_name_str(&mem, &x->name);
    return !str_eq(name, SIGNATURE) && !str_eq(name, EXTENDED);
}

/* --- digests ---------------------------------------------------------------------------------- */

static void put_facts(const struct cfb_entry *x, struct digest *d) {
    unsigned char b[16];

    for (unsigned i = 0; x->kind != CFB_ROOT && i < x->name.n; i++) {
        bytes_put_le16(b, x->name.unit[i]);
        digest_put(d, b, 2);
    }
    if (x->kind == CFB_STREAM) {
        bytes_put_le32(b, (uint32_t)x->size);
        digest_put(d, b, 4);
    } else
        digest_put(d, x->clsid, sizeof x->clsid);
    bytes_put_le32(b, x->state);
    digest_put(d, b, 4);
    if (x->kind == CFB_ROOT)
        return;
    bytes_put_le64(b, x->created);
    bytes_put_le64(b + 8, x->modified);
    digest_put(d, b, 16);
}

static int put_stream(const struct subject *s, size_t i, struct digest *d, struct err *e) {
    char *block = mem_alloc(BLOCK);
    struct cfb_at at;
    struct source from;
    size_t n;

    cfb_source(&from, &at, &s->cfb, i);
    while ((n = source_get(&from, block, BLOCK)) > 0)
        digest_put(d, block, n);
    mem_free(block);
    return source_close(&from, e);
}

/* A storage and what is in it: the facts of the directory, or the bytes. */
static int put_storage(const struct subject *s, size_t storage, bool facts, unsigned depth,
                       struct digest *d, struct err *e) {
    if (depth > DEPTH_MAX)
        return err_set(e, E_INPUT, "%s: its storages are too deep", s->cfb.f->name);
    if (facts)
        put_facts(&s->cfb.entry[storage], d);
    for (size_t k = s->first[storage]; k < s->first[storage + 1]; k++) {
        size_t i = s->sorted[k];
        int rc = OK;

        if (!covered(s, i))
            continue;
        if (s->cfb.entry[i].kind == CFB_STORAGE)
            rc = put_storage(s, i, facts, depth + 1, d, e);
        else if (facts)
            put_facts(&s->cfb.entry[i], d);
        else
            rc = put_stream(s, i, d, e);
        if (rc)
            return rc;
    }
    if (!facts)
        digest_put(d, s->cfb.entry[storage].clsid, 16);
    return OK;
}

static int digest_facts(struct subject *s, enum digest_kind kind, struct err *e) {
    struct digest_set set;
    const unsigned char *p;
    struct digest *d;
    int rc;

    if (digest_new(&d, (unsigned)kind, e))
        return (int)e->code;
    rc = put_storage(s, 0, true, 0, d, e);
    if (rc) {
        digest_free(d);
        return rc;
    }
    if (digest_end(d, &set, e))
        return (int)e->code;
    p = digest_of(&set, kind, &s->sum_n);
    memcpy(s->sum, p, s->sum_n);
    return OK;
}

/* One kind, into its place in *out. */
static int digest_one(struct authenticode_file *f, enum digest_kind kind, struct digest_set *out,
                      struct err *e) {
    struct subject *s = f->self;
    struct digest_set set;
    const unsigned char *p;
    unsigned char *to;
    struct digest *d;
    size_t n;
    int rc;

    s->sum_n = 0;
    if ((!f->keep || s->extended.n) && digest_facts(s, kind, e))
        return (int)e->code;
    if (f->keep && s->extended.n &&
        !str_eq(s->extended, (struct str){(const char *)s->sum, s->sum_n}))
        return s->extended.n == s->sum_n
                   ? err_set(e, E_WRONG, "%s: its directory was changed after it was signed",
                             f->in->name)
                   : err_set(e, E_SIGN, "%s: its signatures have to be of one digest", f->in->name);
    if (digest_new(&d, (unsigned)kind, e))
        return (int)e->code;
    digest_put(d, s->sum, s->sum_n);
    rc = put_storage(s, 0, false, 0, d, e);
    if (rc) {
        digest_free(d);
        return rc;
    }
    if (digest_end(d, &set, e))
        return (int)e->code;
    p = digest_of(&set, kind, &n);
    out->kinds |= (unsigned)kind;
    to = digest_place(out, kind);
    memcpy(to, p, n);
    return OK;
}

static int digest_msi(struct authenticode_file *f, unsigned kinds, struct digest_set *out,
                      struct err *e) {
    *out = (struct digest_set){0};
    for (unsigned kind = 1; kind <= kinds; kind <<= 1)
        if (kinds & kind && digest_one(f, (enum digest_kind)kind, out, e))
            return (int)e->code;
    return OK;
}

/* --- the rest --------------------------------------------------------------------------------- */

static int read_stream(struct subject *s, struct str name, struct arena *mem, struct str *out,
                       struct err *e) {
    ptrdiff_t i = cfb_find(&s->cfb, 0, name);
    struct source from;
    struct cfb_at at;
    char *p;

    *out = (struct str){0};
    if (i == CFB_NONE || s->cfb.entry[i].kind != CFB_STREAM || !s->cfb.entry[i].size)
        return OK;
    if (s->cfb.entry[i].size > SIGNATURE_MAX)
        return err_set(e, E_INPUT, "%s: its signature is too large", s->cfb.f->name);
    p = arena_alloc(mem, (size_t)s->cfb.entry[i].size);
    cfb_source(&from, &at, &s->cfb, (size_t)i);
    out->n = source_get(&from, p, (size_t)s->cfb.entry[i].size);
    out->p = p;
    return source_close(&from, e);
}

static int open_msi(struct authenticode_file *f, struct arena *mem, struct err *e) {
    static const unsigned char same[12] = {0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46};
    struct subject *s = arena_alloc(mem, sizeof *s);
    const unsigned char *id;
    struct str der;

    f->self = s;
    if (cfb_open(&s->cfb, f->in, mem, e))
        return (int)e->code;
    id = s->cfb.entry[0].clsid;
    /* 000C1084 databases, 000C1086 patches, 000C1082 transforms */
    if (bytes_le32(id) >> 4 != 0xc108 || memcmp(id + 4, same, sizeof same) != 0)
        return err_set(e, E_INPUT, "%s: a compound file, but not of Windows Installer",
                       f->in->name);
    sort_entries(s, mem);
    if (read_stream(s, SIGNATURE, mem, &der, e) || read_stream(s, EXTENDED, mem, &s->extended, e))
        return (int)e->code;
    f->signature = arena_alloc(mem, sizeof *f->signature);
    if (der.n)
        f->signature[f->n++] = der;
    if (!s->extended.n)
        f->free = "names and times of its streams";
    return OK;
}

/* SpcSipInfo: which part of Windows knows the format. */
static struct str data_msi(struct arena *mem) {
    static const char id[] = "\xf1\x10\x0c\0\0\0\0\0\xc0\0\0\0\0\0\0\x46";
    struct str zero = der_int(mem, 0);

    return DER(mem, DER_SEQ, der_oid(mem, "1.3.6.1.4.1.311.2.1.30"),
               DER(mem, DER_SEQ, der_int(mem, 1), DER(mem, DER_OCTETS, {id, sizeof id - 1}), zero,
                   zero, zero, zero, zero));
}

static int put_msi(struct authenticode_file *f, struct outfile *to, struct str der, struct err *e) {
    struct subject *s = f->self;
    struct cfb_change v[2] = {{SIGNATURE, der, !der.n},
                              {EXTENDED, {(const char *)s->sum, s->sum_n}, !der.n || !s->sum_n}};

    return cfb_change(to, v, COUNT(v), e);
}

const struct authenticode_form authenticode_msi = {"MSI",      cfb_sniff, open_msi,
                                                   digest_msi, data_msi,  put_msi};
