/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "base/cursor.h"
#include "container/zip.h"
#include "container/zip_head.h"
#include "io/codec.h"
#include "io/deflate.h"

#include <string.h>

enum { TARGET_MAX = 64 * 1024, BLOCK = 64 * 1024 };

struct directory {
    uint64_t base; /* bytes in front of the archive: a self-extracting program */
    uint64_t at, size, n;
};

struct unzip {
    struct infile *f;
    struct directory d;
    uint64_t claimed; /* bytes that the entries so far say they take */
    char *block;
};

bool zip_sniff(const void *head, size_t n) {
    return n >= 4 && (bytes_le32(head) == ZIP_HEAD_LOCAL || bytes_le32(head) == ZIP_HEAD_END);
}

/* The end record is the last one whose comment reaches exactly to the end of the file. */
static int find_end(struct infile *f, struct arena *mem, uint64_t *at, struct err *e) {
    size_t n = ZIP_HEAD_END_SIZE + ZIP_HEAD_MAX16;
    char *p;

    if (n > f->size)
        n = (size_t)f->size;
    p = arena_alloc(mem, n);
    if (infile_read(f, f->size - n, p, n, e))
        return (int)e->code;
    for (size_t k = ZIP_HEAD_END_SIZE; k <= n; k++) {
        const char *end = p + n - k;

        if (bytes_le32(end) == ZIP_HEAD_END && bytes_le16(end + 20) == k - ZIP_HEAD_END_SIZE) {
            *at = f->size - k;
            return OK;
        }
    }
    return err_set(e, E_INPUT, "%s: no ZIP archive, or it ends too early", f->name);
}

/* Before the end record stands the locator of the zip64 one where a field is all ones. */
static int read_end64(struct infile *f, uint64_t end, struct directory *d, uint64_t *behind,
                      struct err *e) {
    unsigned char locator[ZIP_HEAD_LOCATOR_SIZE], r[ZIP_HEAD_END64_SIZE];
    uint64_t at;

    if (end < ZIP_HEAD_LOCATOR_SIZE + ZIP_HEAD_END64_SIZE)
        return OK;
    if (infile_read(f, end - sizeof locator, locator, sizeof locator, e))
        return (int)e->code;
    if (bytes_le32(locator) != ZIP_HEAD_LOCATOR)
        return OK;
    at = bytes_le64(locator + 8);
    *behind = end - sizeof locator;
    /* With bytes in front of the archive the locator is off by them: the record then stands right
     * before it. */
    if (at > *behind - sizeof r || infile_read(f, at, r, sizeof r, e) ||
        bytes_le32(r) != ZIP_HEAD_END64) {
        *e = (struct err){0};
        at = *behind - sizeof r;
        if (infile_read(f, at, r, sizeof r, e))
            return (int)e->code;
    }
    if (bytes_le32(r) != ZIP_HEAD_END64 || bytes_le32(r + 16) || bytes_le32(r + 20) ||
        bytes_le64(r + 24) != bytes_le64(r + 32))
        return err_set(e, E_INPUT, "%s: its zip64 end record is damaged", f->name);
    *d = (struct directory){.n = bytes_le64(r + 32),
                            .size = bytes_le64(r + 40),
                            .at = bytes_le64(r + 48)};
    *behind = at;
    return OK;
}

static int find_directory(struct infile *f, struct directory *d, struct err *e) {
    AUTO(arena) mem = {0};
    unsigned char r[ZIP_HEAD_END_SIZE];
    uint64_t end = 0, behind;

    if (find_end(f, &mem, &end, e) || infile_read(f, end, r, sizeof r, e))
        return (int)e->code;
    if (bytes_le16(r + 4) || bytes_le16(r + 6) || bytes_le16(r + 8) != bytes_le16(r + 10))
        return err_set(e, E_INPUT, "%s: one disk of several; join them first", f->name);
    *d = (struct directory){.n = bytes_le16(r + 10),
                            .size = bytes_le32(r + 12),
                            .at = bytes_le32(r + 16)};
    behind = end;
    if ((d->n == ZIP_HEAD_MAX16 || d->size == ZIP_HEAD_MAX32 || d->at == ZIP_HEAD_MAX32) &&
        read_end64(f, end, d, &behind, e))
        return (int)e->code;
    if (d->size > behind || d->at > behind - d->size)
        return err_set(e, E_INPUT, "%s: its directory ends behind the file", f->name);
    d->base = behind - d->size - d->at;
    d->at += d->base;
    if (d->n > d->size / ZIP_HEAD_CENTRAL_SIZE)
        return err_set(e, E_INPUT, "%s: its directory is too small for %llu entries", f->name,
                       (unsigned long long)d->n);
    return OK;
}

/* The fields that are all ones in the old record, in their order. */
static bool take64(struct str extra, struct zip_head *h) {
    struct cursor c;

    cursor_init(&c, extra.p, extra.n);
    while (cursor_left(&c) >= 4) {
        unsigned id = cursor_le16(&c);
        struct str field = cursor_take(&c, cursor_le16(&c));
        struct cursor v;

        if (c.bad)
            return true; /* other fields may be whatever they are */
        if (id != ZIP_HEAD_EXTRA64)
            continue;
        cursor_init(&v, field.p, field.n);
        if (h->size == ZIP_HEAD_MAX32)
            h->size = cursor_le64(&v);
        if (h->packed == ZIP_HEAD_MAX32)
            h->packed = cursor_le64(&v);
        if (h->at == ZIP_HEAD_MAX32)
            h->at = cursor_le64(&v);
        return !v.bad;
    }
    return true;
}

static bool read_central(struct source *s, struct arena *mem, struct zip_head *h) {
    unsigned char r[ZIP_HEAD_CENTRAL_SIZE];
    size_t name, extra;
    char *p;

    if (!source_need(s, r, sizeof r) || bytes_le32(r) != ZIP_HEAD_CENTRAL)
        return false;
    *h = (struct zip_head){
        .made_by = bytes_le16(r + 4),
        .flags = bytes_le16(r + 8),
        .method = bytes_le16(r + 10),
        .time = bytes_le32(r + 12),
        .crc = bytes_le32(r + 16),
        .packed = bytes_le32(r + 20),
        .size = bytes_le32(r + 24),
        .attributes = bytes_le32(r + 38),
        .at = bytes_le32(r + 42),
    };
    name = bytes_le16(r + 28);
    extra = bytes_le16(r + 30);
    p = arena_alloc(mem, name + extra);
    if (!source_need(s, p, name + extra) || !source_skip(s, bytes_le16(r + 32)))
        return false;
    h->name = (struct str){p, name};
    return take64((struct str){p + name, extra}, h);
}

/* Without the UTF-8 flag names are, by the format, of IBM code page 437; Unix programs write what
 * they have. */
static struct str utf8_name(struct str name, struct arena *mem) {
    static const uint16_t high[128] = {
        0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb, 0x00e8,
        0x00ef, 0x00ee, 0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2,
        0x00fb, 0x00f9, 0x00ff, 0x00d6, 0x00dc, 0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192, 0x00e1,
        0x00ed, 0x00f3, 0x00fa, 0x00f1, 0x00d1, 0x00aa, 0x00ba, 0x00bf, 0x2310, 0x00ac, 0x00bd,
        0x00bc, 0x00a1, 0x00ab, 0x00bb, 0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562,
        0x2556, 0x2555, 0x2563, 0x2551, 0x2557, 0x255d, 0x255c, 0x255b, 0x2510, 0x2514, 0x2534,
        0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f, 0x255a, 0x2554, 0x2569, 0x2566, 0x2560,
        0x2550, 0x256c, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256b,
        0x256a, 0x2518, 0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580, 0x03b1, 0x00df, 0x0393,
        0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4, 0x03a6, 0x0398, 0x03a9, 0x03b4, 0x221e, 0x03c6,
        0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00f7, 0x2248, 0x00b0,
        0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0};
    char *to, *p;

    if (str_utf8(name))
        return name;
    to = p = arena_alloc(mem, name.n * 3);
    for (size_t i = 0; i < name.n; i++) {
        unsigned c = (unsigned char)name.p[i];

        c = c < 0x80 ? c : high[c - 0x80];
        if (c >= 0x800)
            *p++ = (char)(0xe0 | c >> 12);
        if (c >= 0x80)
            *p++ = (char)(c >= 0x800 ? 0x80 | (c >> 6 & 0x3f) : 0xc0 | c >> 6);
        *p++ = (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c);
    }
    return (struct str){to, (size_t)(p - to)};
}

static struct zip_entry entry_of(const struct zip_head *h, struct arena *mem) {
    struct zip_entry x = {.name = utf8_name(h->name, mem), .size = h->size, .mode = 0644};
    unsigned host = h->made_by >> 8, mode = h->attributes >> 16;

    if (str_ends(x.name, "/")) {
        x.kind = ZIP_DIR;
        x.mode = 0755;
        x.size = 0;
        while (str_ends(x.name, "/"))
            x.name.n--;
    }
    if ((host == ZIP_HEAD_UNIX || host == ZIP_HEAD_MACOS) && mode) {
        x.mode = mode & 07777;
        if ((mode & 0170000) == 0120000 && x.kind == ZIP_FILE)
            x.kind = ZIP_LINK;
    }
    return x;
}

static int damaged(const struct unzip *u, struct str name, const char *what, struct err *e) {
    return err_set(e, E_INPUT, "%s: " STR_F ": %s", u->f->name, (int)(name.n < 300 ? name.n : 300),
                   name.p, what);
}

/* The local header has to say the same as the directory; gives where the bytes begin. */
static int check_local(struct unzip *u, const struct zip_head *h, struct arena *mem, uint64_t *data,
                       struct err *e) {
    unsigned char r[ZIP_HEAD_LOCAL_SIZE];
    struct zip_head l;
    uint64_t at = h->at + u->d.base, left;
    size_t name, extra;
    char *p;

    if (h->at > u->d.at || at > u->d.at || u->d.at - at < sizeof r)
        return damaged(u, h->name, "begins behind the archive's directory", e);
    if (infile_read(u->f, at, r, sizeof r, e))
        return (int)e->code;
    name = bytes_le16(r + 26);
    extra = bytes_le16(r + 28);
    left = u->d.at - at - sizeof r;
    if (bytes_le32(r) != ZIP_HEAD_LOCAL || name + extra > left || name != h->name.n)
        return damaged(u, h->name, "its local header is damaged", e);
    p = arena_alloc(mem, name + extra);
    if (infile_read(u->f, at + sizeof r, p, name + extra, e))
        return (int)e->code;
    l = (struct zip_head){.crc = bytes_le32(r + 14),
                          .packed = bytes_le32(r + 18),
                          .size = bytes_le32(r + 22),
                          .at = 0};
    if (!take64((struct str){p + name, extra}, &l) || memcmp(p, h->name.p, name) ||
        bytes_le16(r + 8) != h->method ||
        (bytes_le16(r + 6) & ZIP_HEAD_ENCRYPTED) != (h->flags & ZIP_HEAD_ENCRYPTED))
        return damaged(u, h->name, "its local header differs from the directory", e);
    if (!(bytes_le16(r + 6) & ZIP_HEAD_DESCRIPTOR) &&
        (l.crc != h->crc || l.packed != h->packed || l.size != h->size))
        return damaged(u, h->name, "its local header differs from the directory", e);
    *data = at + sizeof r + name + extra;
    if (h->packed > u->d.at - *data)
        return damaged(u, h->name, "ends behind the archive's directory", e);
    /* Entries that share bytes are how a small archive unpacks to a huge one. */
    u->claimed += sizeof r + name + extra + h->packed;
    if (u->claimed > u->d.at - u->d.base)
        return damaged(u, h->name, "lies over another entry", e);
    return OK;
}

struct content { /* an entry's bytes, summed as they are read */
    struct source *below;
    uint64_t left;
    uint32_t crc;
};

static int content_get(struct source *s, void *p, size_t n, size_t *got, struct err *e) {
    struct content *c = s->self;

    *got = source_get(c->below, p, n < c->left ? n : (size_t)c->left);
    if (c->below->err.code) {
        *e = c->below->err;
        return (int)e->code;
    }
    if (!*got && c->left)
        return err_set(e, E_INPUT, "ends too early");
    c->crc = codec_crc32(c->crc, p, *got);
    c->left -= *got;
    return OK;
}

static int blame(const struct unzip *u, const struct zip_head *h, const struct err *why,
                 struct err *e) {
    *e = *why;
    return err_in(e, "%s: " STR_F, u->f->name, (int)(h->name.n < 300 ? h->name.n : 300), h->name.p);
}

/* Reads what is left, and makes sure that there is not a byte more. */
static int finish(struct unzip *u, struct source *s, const struct zip_head *h, struct err *e) {
    struct content *c = s->self;
    char one;

    while (source_get(s, u->block, BLOCK))
        ;
    if (s->err.code)
        return blame(u, h, &s->err, e);
    if (source_get(c->below, &one, 1))
        return damaged(u, h->name, "has more bytes than its size says", e);
    if (c->below->err.code)
        return blame(u, h, &c->below->err, e);
    if (c->crc != h->crc)
        return damaged(u, h->name, "its CRC-32 is wrong", e);
    return OK;
}

struct seer {
    int (*see)(void *self, const struct zip_entry *x, struct source *data, struct err *e);
    void *self;
};

static int see_entry(struct unzip *u, const struct seer *seer, const struct zip_head *h,
                     struct source *below, struct arena *mem, struct err *e) {
    static const struct source_ops ops = {content_get, NULL};
    struct zip_entry x = entry_of(h, mem);
    struct content c = {.below = below, .left = h->size};
    struct source_bytes nothing;
    struct source s, empty;

    source_init(&s, &ops, &c);
    source_str(&empty, &nothing, STR(""));
    if (x.kind == ZIP_FILE)
        return seer->see(seer->self, &x, &s, e) || finish(u, &s, h, e) ? (int)e->code : OK;
    if (x.kind == ZIP_LINK) {
        char *target;

        if (h->size > TARGET_MAX)
            return damaged(u, h->name, "a link with a target of more than 64 KiB", e);
        target = arena_alloc(mem, (size_t)h->size);
        x.target = (struct str){target, source_get(&s, target, (size_t)h->size)};
        x.size = 0;
    }
    if (finish(u, &s, h, e))
        return (int)e->code;
    return seer->see(seer->self, &x, &empty, e);
}

static int read_entry(struct unzip *u, const struct seer *seer, const struct zip_head *h,
                      struct arena *mem, struct err *e) {
    struct source_range range;
    struct source raw, inflated;
    uint64_t data = 0;
    int rc;

    if (memchr(h->name.p, 0, h->name.n) || !h->name.n)
        return damaged(u, h->name, "no name for a file", e);
    if (h->flags & ZIP_HEAD_ENCRYPTED)
        return damaged(u, h->name, "is encrypted", e);
    if (h->method != ZIP_HEAD_STORED && h->method != ZIP_HEAD_DEFLATED)
        return damaged(
            u, h->name,
            arena_fmt(mem, "packed by method %u; only stored and deflate are known", h->method), e);
    if (check_local(u, h, mem, &data, e))
        return (int)e->code;
    source_infile(&raw, &range, u->f, data, h->packed);
    if (h->method == ZIP_HEAD_STORED)
        return see_entry(u, seer, h, &raw, mem, e);
    if (deflate_source(&inflated, &raw, e))
        return (int)e->code;
    rc = see_entry(u, seer, h, &inflated, mem, e);
    source_drop(&inflated);
    return rc;
}

static int read_all(struct unzip *u, const struct seer *seer, struct err *e) {
    struct source_range range;
    struct source s;

    source_infile(&s, &range, u->f, u->d.at, u->d.size);
    for (uint64_t i = 0; i < u->d.n; i++) {
        AUTO(arena) mem = {0};
        struct zip_head h;

        if (!read_central(&s, &mem, &h))
            return err_set(e, E_INPUT, "%s: its directory is damaged at entry %llu", u->f->name,
                           (unsigned long long)i + 1);
        if (read_entry(u, seer, &h, &mem, e))
            return (int)e->code;
    }
    if (s.at != u->d.size)
        return err_set(e, E_INPUT, "%s: its directory has more than its %llu entries", u->f->name,
                       (unsigned long long)u->d.n);
    return OK;
}

int zip_read(struct infile *f,
             int (*see)(void *self, const struct zip_entry *x, struct source *data, struct err *e),
             void *self, struct err *e) {
    AUTO(arena) mem = {0};
    struct unzip u = {.f = f, .block = arena_alloc(&mem, BLOCK)};
    struct seer seer = {see, self};

    if (find_directory(f, &u.d, e))
        return (int)e->code;
    return read_all(&u, &seer, e);
}
