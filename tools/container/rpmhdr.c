/* SPDX-License-Identifier: Apache-2.0 */
#include "container/rpmhdr.h"

#include "base/bytes.h"

#include <string.h>

static const unsigned char rpmhdr_lead_magic[] = {0xed, 0xab, 0xee, 0xdb};
static const unsigned char rpmhdr_magic[] = {0x8e, 0xad, 0xe8, 0x01, 0, 0, 0, 0};

/* rpm refuses more (hdrchkTags, hdrchkData of lib/header.c). */
enum { TAGS_MAX = 0xffff, STORE_MAX = 0x0fffffff, TRAILER = 16 };

void rpmhdr_lead(struct buf *out, struct str name, unsigned machine) {
    unsigned char lead[RPMHDR_LEAD_SIZE] = {0};

    memcpy(lead, rpmhdr_lead_magic, sizeof rpmhdr_lead_magic);
    lead[4] = 3; /* all packages of format 4 say 3.0 here */
    bytes_put_be16(lead + 8, (uint16_t)machine);
    memcpy(lead + 10, name.p ? name.p : "", name.n < 65 ? name.n : 65);
    bytes_put_be16(lead + 76, 1); /* Linux */
    bytes_put_be16(lead + 78, 5); /* a signature header follows */
    buf_put(out, lead, sizeof lead);
}

bool rpmhdr_lead_ok(const void *head, size_t n) {
    const unsigned char *p = head;

    return n >= RPMHDR_LEAD_SIZE && !memcmp(p, rpmhdr_lead_magic, sizeof rpmhdr_lead_magic) &&
           (p[4] == 3 || p[4] == 4);
}

static char *add(struct rpmhdr *h, uint32_t tag, enum rpmhdr_kind kind, size_t count, size_t n) {
    char *p = arena_alloc(h->mem, n);

    h->v = arena_grow(h->mem, h->v, h->n, h->n + 1, sizeof *h->v, &h->room);
    h->v[h->n++] = (struct rpmhdr_item){tag, kind, (uint32_t)count, {p, n}};
    return p;
}

static void add_string(struct rpmhdr *h, uint32_t tag, enum rpmhdr_kind kind, struct str s) {
    char *p = add(h, tag, kind, 1, s.n + 1);

    if (s.n)
        memcpy(p, s.p, s.n);
}

void rpmhdr_add_text(struct rpmhdr *h, uint32_t tag, struct str s) {
    add_string(h, tag, RPMHDR_STRING, s);
}

void rpmhdr_add_i18n(struct rpmhdr *h, uint32_t tag, struct str s) {
    add_string(h, tag, RPMHDR_I18N, s);
}

void rpmhdr_add_texts(struct rpmhdr *h, uint32_t tag, const struct str *v, size_t n) {
    size_t size = 0;
    char *p;

    for (size_t i = 0; i < n; i++)
        size += v[i].n + 1;
    p = add(h, tag, RPMHDR_STRINGS, n, size);
    for (size_t i = 0; i < n; i++) {
        if (v[i].n)
            memcpy(p, v[i].p, v[i].n);
        p += v[i].n + 1;
    }
}

void rpmhdr_add_u16(struct rpmhdr *h, uint32_t tag, const uint16_t *v, size_t n) {
    char *p = add(h, tag, RPMHDR_INT16, n, n * 2);

    for (size_t i = 0; i < n; i++)
        bytes_put_be16(p + 2 * i, v[i]);
}

void rpmhdr_add_u32(struct rpmhdr *h, uint32_t tag, const uint32_t *v, size_t n) {
    char *p = add(h, tag, RPMHDR_INT32, n, n * 4);

    for (size_t i = 0; i < n; i++)
        bytes_put_be32(p + 4 * i, v[i]);
}

void rpmhdr_add_one(struct rpmhdr *h, uint32_t tag, uint32_t v) {
    rpmhdr_add_u32(h, tag, &v, 1);
}

void rpmhdr_add_u64(struct rpmhdr *h, uint32_t tag, const uint64_t *v, size_t n) {
    char *p = add(h, tag, RPMHDR_INT64, n, n * 8);

    for (size_t i = 0; i < n; i++)
        bytes_put_be64(p + 8 * i, v[i]);
}

void rpmhdr_add_bin(struct rpmhdr *h, uint32_t tag, struct str bytes) {
    char *p = add(h, tag, RPMHDR_BIN, bytes.n, bytes.n);

    if (bytes.n)
        memcpy(p, bytes.p, bytes.n);
}

static size_t align_of(enum rpmhdr_kind k) {
    return k == RPMHDR_INT16 ? 2 : k == RPMHDR_INT32 ? 4 : k == RPMHDR_INT64 ? 8 : 1;
}

static bool is_text(enum rpmhdr_kind k) {
    return k == RPMHDR_STRING || k == RPMHDR_STRINGS || k == RPMHDR_I18N;
}

/* Where the NUL-terminated strings of an item end, or n + 1 when there are too few NULs. */
static size_t strings_end(const char *p, size_t n, uint32_t count) {
    size_t at = 0;

    while (count--) {
        const char *end = at < n ? memchr(p + at, 0, n - at) : NULL;

        if (!end)
            return n + 1;
        at = (size_t)(end - p) + 1;
    }
    return at;
}

/* Insertion sort: there are fewer than a hundred tags and they come nearly sorted. */
static struct rpmhdr_item *sorted(const struct rpmhdr *h) {
    struct rpmhdr_item *v = arena_array(h->mem, h->n, sizeof *v);

    for (size_t i = 0; i < h->n; i++) {
        size_t k = i;

        for (; k && v[k - 1].tag > h->v[i].tag; k--)
            v[k] = v[k - 1];
        v[k] = h->v[i];
    }
    return v;
}

static void put_entry(unsigned char *p, uint32_t tag, uint32_t kind, uint32_t at, uint32_t count) {
    bytes_put_be32(p, tag);
    bytes_put_be32(p + 4, kind);
    bytes_put_be32(p + 8, at);
    bytes_put_be32(p + 12, count);
}

int rpmhdr_write(const struct rpmhdr *h, enum rpmhdr_region region, struct buf *out,
                 struct err *e) {
    const struct rpmhdr_item *v = sorted(h);
    size_t index = (h->n + 1) * RPMHDR_ENTRY_SIZE, store = 0, at = 0;
    unsigned char *head = arena_alloc(h->mem, RPMHDR_INTRO_SIZE + index), *entry;
    unsigned char trailer[TRAILER];

    entry = head + RPMHDR_INTRO_SIZE + RPMHDR_ENTRY_SIZE;
    for (size_t i = 0; i < h->n; i++, entry += RPMHDR_ENTRY_SIZE) {
        if (i && v[i].tag == v[i - 1].tag)
            return err_set(e, E_BUG, "rpm: tag %u is there twice", v[i].tag);
        if (is_text(v[i].kind) &&
            strings_end(v[i].bytes.p, v[i].bytes.n, v[i].count) != v[i].bytes.n)
            return err_set(e, E_RECIPE, "rpm: the text of tag %u has a NUL in it", v[i].tag);
        store = (store + align_of(v[i].kind) - 1) / align_of(v[i].kind) * align_of(v[i].kind);
        if (h->n > TAGS_MAX || v[i].bytes.n > STORE_MAX - TRAILER - store)
            return err_set(e, E_INPUT, "rpm: the header is larger than rpm reads (256 MiB)");
        put_entry(entry, v[i].tag, v[i].kind, (uint32_t)store, v[i].count);
        store += v[i].bytes.n;
    }
    memcpy(head, rpmhdr_magic, sizeof rpmhdr_magic);
    bytes_put_be32(head + 8, (uint32_t)h->n + 1);
    bytes_put_be32(head + 12, (uint32_t)store + TRAILER);
    put_entry(head + RPMHDR_INTRO_SIZE, region, RPMHDR_BIN, (uint32_t)store, TRAILER);
    buf_put(out, head, RPMHDR_INTRO_SIZE + index);
    for (size_t i = 0; i < h->n; i++) {
        size_t pad = (align_of(v[i].kind) - at % align_of(v[i].kind)) % align_of(v[i].kind);

        buf_zero(out, pad);
        buf_str(out, v[i].bytes);
        at += pad + v[i].bytes.n;
    }
    /* The region's trailer looks like an entry; its offset leads back over the index. */
    put_entry(trailer, region, RPMHDR_BIN, 0u - (uint32_t)index, TRAILER);
    buf_put(out, trailer, sizeof trailer);
    return buf_check(out, "the header of the rpm", e);
}

static size_t item_size(enum rpmhdr_kind kind, uint32_t count, const char *p, size_t left) {
    if (is_text(kind))
        return strings_end(p, left, count);
    if (count > left / align_of(kind))
        return left + 1;
    return count * align_of(kind);
}

static int read_item(const unsigned char *entry, struct str store, struct rpmhdr *h,
                     struct err *e) {
    uint32_t tag = bytes_be32(entry), kind = bytes_be32(entry + 4);
    uint32_t at = bytes_be32(entry + 8), count = bytes_be32(entry + 12);
    size_t n;

    if (kind < RPMHDR_CHAR || kind > RPMHDR_I18N || !count ||
        (kind == RPMHDR_STRING && count != 1) || at > store.n ||
        at % align_of((enum rpmhdr_kind)kind))
        return err_set(e, E_INPUT, "rpm: damaged header: tag %u", tag);
    n = item_size((enum rpmhdr_kind)kind, count, store.p + at, store.n - at);
    if (n > store.n - at)
        return err_set(e, E_INPUT, "rpm: damaged header: tag %u is longer than the header", tag);
    h->v[h->n++] = (struct rpmhdr_item){tag, (enum rpmhdr_kind)kind, count, {store.p + at, n}};
    return OK;
}

/* What stands outside of the region is covered by no signature; rpm refuses it in the main header,
 * old signing programs left such tags in the signature header. */
static int check_region(const unsigned char *entry, uint32_t tags, struct str store,
                        enum rpmhdr_region region, struct err *e) {
    uint32_t at = bytes_be32(entry + 8), back;

    if (bytes_be32(entry) != (uint32_t)region || bytes_be32(entry + 4) != RPMHDR_BIN ||
        bytes_be32(entry + 12) != TRAILER || at > store.n || store.n - at < TRAILER)
        return err_set(e, E_INPUT, "rpm: damaged header: it has no region %d", (int)region);
    back = 0u - bytes_be32(store.p + at + 8);
    if (back % RPMHDR_ENTRY_SIZE || back / RPMHDR_ENTRY_SIZE > tags || !back ||
        (region == RPMHDR_IMMUTABLE &&
         (back / RPMHDR_ENTRY_SIZE != tags || store.n - at != TRAILER)))
        return err_set(e, E_INPUT, "rpm: damaged header: its region does not enclose it");
    return OK;
}

int rpmhdr_read(struct infile *f, uint64_t at, enum rpmhdr_region region, struct arena *mem,
                struct rpmhdr *h, struct str *raw, uint64_t *end, struct err *e) {
    unsigned char intro[RPMHDR_INTRO_SIZE];
    const unsigned char *entry;
    uint32_t tags, size;
    uint64_t all;
    char *p;

    *h = (struct rpmhdr){.mem = mem};
    if (infile_read(f, at, intro, sizeof intro, e))
        return (int)e->code;
    tags = bytes_be32(intro + 8);
    size = bytes_be32(intro + 12);
    all = RPMHDR_INTRO_SIZE + (uint64_t)tags * RPMHDR_ENTRY_SIZE + size;
    if (memcmp(intro, rpmhdr_magic, 4) || !tags || tags > TAGS_MAX || size > STORE_MAX ||
        all > f->size - at)
        return err_set(e, E_INPUT, "rpm: no header at byte %llu, or a damaged one",
                       (unsigned long long)at);
    p = arena_alloc(mem, (size_t)all);
    if (infile_read(f, at, p, (size_t)all, e))
        return (int)e->code;
    entry = (const unsigned char *)p + RPMHDR_INTRO_SIZE;
    if (check_region(entry, tags, (struct str){p + all - size, size}, region, e))
        return (int)e->code;
    h->v = arena_array(mem, tags, sizeof *h->v);
    h->room = tags;
    for (uint32_t i = 1; i < tags; i++)
        if (read_item(entry + (size_t)i * RPMHDR_ENTRY_SIZE, (struct str){p + all - size, size}, h,
                      e))
            return (int)e->code;
    if (raw)
        *raw = (struct str){p, (size_t)all};
    *end = at + all;
    return OK;
}

const struct rpmhdr_item *rpmhdr_find(const struct rpmhdr *h, uint32_t tag) {
    for (size_t i = 0; i < h->n; i++)
        if (h->v[i].tag == tag)
            return &h->v[i];
    return NULL;
}

size_t rpmhdr_count(const struct rpmhdr *h, uint32_t tag) {
    const struct rpmhdr_item *x = rpmhdr_find(h, tag);

    return x ? x->count : 0;
}

struct str rpmhdr_text(const struct rpmhdr *h, uint32_t tag) {
    const struct rpmhdr_item *x = rpmhdr_find(h, tag);

    return x && is_text(x->kind) ? str_of(x->bytes.p) : (struct str){0};
}

struct str *rpmhdr_texts(const struct rpmhdr *h, uint32_t tag, struct arena *mem, size_t *n) {
    const struct rpmhdr_item *x = rpmhdr_find(h, tag);
    struct str *v;
    const char *p;

    *n = 0;
    if (!x || !is_text(x->kind))
        return NULL;
    v = arena_array(mem, x->count, sizeof *v);
    p = x->bytes.p;
    for (; *n < x->count; ++*n) {
        v[*n] = str_of(p);
        p += v[*n].n + 1;
    }
    return v;
}

uint64_t rpmhdr_number(const struct rpmhdr *h, uint32_t tag, size_t i, uint64_t otherwise) {
    return rpmhdr_item_number(rpmhdr_find(h, tag), i, otherwise);
}

uint64_t rpmhdr_item_number(const struct rpmhdr_item *x, size_t i, uint64_t otherwise) {
    if (!x || i >= x->count)
        return otherwise;
    switch (x->kind) {
    case RPMHDR_CHAR:
    case RPMHDR_INT8:
        return (unsigned char)x->bytes.p[i];
    case RPMHDR_INT16:
        return bytes_be16(x->bytes.p + 2 * i);
    case RPMHDR_INT32:
        return bytes_be32(x->bytes.p + 4 * i);
    case RPMHDR_INT64:
        return bytes_be64(x->bytes.p + 8 * i);
    default:
        return otherwise;
    }
}
