/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "container/cab.h"
#include "sign/authenticode_form.h"

#include <string.h>

/* Cabinets: the signature lies behind them, and a reserved part of the head says where. One that
 * has no such part gets it, which moves all that follows by 24 bytes. */
enum {
    HEAD = 36,
    RESERVED = 24, /* what is added: sizes, then 20 bytes of which 8 are zero */
    FOLDER = 8,
    HEAD_MAX = 1024 * 1024,
    BLOCK = 1024 * 1024,
    HAS_PREVIOUS = 1,
    HAS_RESERVE = 4,
    SIZES = 0x14, /* 20 bytes in the head, none elsewhere */
    MARK = 0x100000,
};

struct subject {
    unsigned char *head; /* as it is to be, up to the rows of the files */
    size_t head_n;
    uint64_t body, end; /* of the rest in the file */
    bool added;         /* the reserved part is not in the file */
};

static int damaged(const struct infile *f, const char *what, struct err *e) {
    return err_set(e, E_INPUT, "%s: %s", f->name, what);
}

static void add_u32(unsigned char *p, uint32_t v) {
    bytes_put_le32(p, bytes_le32(p) + v);
}

/* Moves everything that is told by its place. */
static void shift(struct subject *s, uint32_t by) {
    size_t folders = bytes_le16(s->head + 26);

    add_u32(s->head + 8, by);
    add_u32(s->head + 16, by);
    for (size_t i = 1; i <= folders; i++)
        add_u32(s->head + s->head_n - i * FOLDER, by);
}

/* Room of the size that signatures have, which says where one is: it is one, whatever is beside. */
static bool points_at_signature(const unsigned char *b, uint64_t end, uint64_t size) {
    return bytes_le32(b + HEAD) == SIZES && bytes_le32(b + 44) == end && bytes_le32(b + 48) &&
           end + bytes_le32(b + 48) == size;
}

static int read_head(struct authenticode_file *f, struct subject *s, struct arena *mem,
                     struct err *e) {
    unsigned char b[HEAD + RESERVED] = {0};
    bool reserved;

    if (infile_read(f->in, 0, b, HEAD, e))
        return (int)e->code;
    reserved = b[30] & HAS_RESERVE;
    if (reserved && infile_read(f->in, 0, b, sizeof b, e))
        return (int)e->code;
    s->added = !reserved;
    s->body = bytes_le32(b + 16);
    s->end = bytes_le32(b + 8);
    if (bytes_le32(b + 4)) /* no signature covers it, and cabinets have nothing there */
        return damaged(f->in, "damaged cabinet: a reserved part of its head is used", e);
    if (reserved && bytes_le32(b + 40) != MARK && points_at_signature(b, s->end, f->in->size))
        return damaged(f->in, "damaged cabinet: its signature has no mark", e);
    if (b[30] & HAS_PREVIOUS)
        f->never = "only the first of several cabinets is signed";
    else if (reserved &&
             (bytes_le32(b + HEAD) != SIZES || (bytes_le32(b + 40) && bytes_le32(b + 40) != MARK)))
        f->never = "its head has no room for a signature";
    if (f->never)
        return OK;
    if (s->body < (reserved ? HEAD + RESERVED : HEAD) + FOLDER * (uint64_t)bytes_le16(b + 26) ||
        s->body > HEAD_MAX || s->body > s->end || s->end > f->in->size ||
        s->end > UINT32_MAX - RESERVED)
        return damaged(f->in, "damaged cabinet: its parts do not fit into it", e);
    s->head_n = (size_t)s->body + (s->added ? RESERVED : 0);
    s->head = arena_alloc(mem, s->head_n);
    if (infile_read(f->in, 0, s->head, (size_t)s->body, e))
        return (int)e->code;
    return OK;
}

static int read_signature(struct authenticode_file *f, struct subject *s, struct arena *mem,
                          struct err *e) {
    uint32_t at = bytes_le32(s->head + 44), n = bytes_le32(s->head + 48);
    char *p;

    if (!s->added && at) {
        if (at < s->body || at != s->end || n > f->in->size - at || at + (uint64_t)n != f->in->size)
            return damaged(f->in, "damaged cabinet: its signature is not where it should be", e);
        if (bytes_le16(s->head + 34) || bytes_le32(s->head + 52)) /* zero where one is signed */
            return damaged(f->in, "damaged cabinet: a reserved part of its head is used", e);
        if (n > CMS_MAX)
            return damaged(f->in, "its signature is too large", e);
        p = arena_alloc(mem, n);
        f->signature[f->n++] = (struct str){p, n};
        return infile_read(f->in, at, p, n, e);
    }
    if (s->end != f->in->size)
        return damaged(f->in, "damaged cabinet: there are bytes behind its end", e);
    return OK;
}

static int open_cab(struct authenticode_file *f, struct arena *mem, struct err *e) {
    struct subject *s = arena_alloc(mem, sizeof *s);

    f->self = s;
    f->signature = arena_alloc(mem, sizeof *f->signature);
    if (read_head(f, s, mem, e))
        return (int)e->code;
    if (f->never)
        return OK;
    if (read_signature(f, s, mem, e))
        return (int)e->code;
    if (s->added) {
        memmove(s->head + HEAD + RESERVED, s->head + HEAD, (size_t)s->body - HEAD);
        memset(s->head + HEAD, 0, RESERVED);
        s->head[30] |= HAS_RESERVE;
        shift(s, RESERVED);
    }
    bytes_put_le32(s->head + HEAD, SIZES);
    bytes_put_le32(s->head + 40, MARK);
    bytes_put_le32(s->head + 44, bytes_le32(s->head + 8));
    return OK;
}

/* All but the parts that are written after it: who is next in a set, and where the signature is. */
static int digest_cab(struct authenticode_file *f, unsigned kinds, struct digest_set *out,
                      struct err *e) {
    struct subject *s = f->self;
    unsigned char *block;
    struct digest *d;
    int rc = OK;

    if (digest_new(&d, kinds, e))
        return (int)e->code;
    digest_put(d, s->head, 4);
    digest_put(d, s->head + 8, 26);
    digest_put(d, s->head + 56, s->head_n - 56);
    block = mem_alloc(BLOCK);
    for (uint64_t at = s->body; !rc && at < s->end;) {
        size_t n = s->end - at < BLOCK ? (size_t)(s->end - at) : BLOCK;

        rc = infile_read(f->in, at, block, n, e);
        if (!rc)
            digest_put(d, block, n);
        at += n;
    }
    mem_free(block);
    if (rc) {
        digest_free(d);
        return rc;
    }
    return digest_end(d, out, e);
}

static struct str data_cab(struct arena *mem) {
    return DER(mem, DER_SEQ, der_oid(mem, "1.3.6.1.4.1.311.2.1.25"), authenticode_obsolete(mem));
}

/* Moves the bytes from `body` on, from the last to the first or the other way. */
static int move(const struct subject *s, struct outfile *to, int by, struct err *e) {
    unsigned char *block = mem_alloc(BLOCK);
    uint64_t left = s->end - s->body, at = s->body;
    int rc = OK;

    while (left && !rc) {
        size_t n = left < BLOCK ? (size_t)left : BLOCK;
        uint64_t from = by > 0 ? s->body + left - n : at;

        rc = outfile_read(to, from, block, n, e);
        if (!rc)
            rc = outfile_pwrite(to, by > 0 ? from + (unsigned)by : from - (unsigned)-by, block, n,
                                e);
        left -= n;
        at += n;
    }
    mem_free(block);
    return rc;
}

static int take_away(struct subject *s, struct outfile *to, struct err *e) {
    if (s->added)
        return OK;
    s->head[30] &= (unsigned char)~HAS_RESERVE;
    memmove(s->head + HEAD, s->head + HEAD + RESERVED, s->head_n - HEAD - RESERVED);
    s->head_n -= RESERVED;
    shift(s, (uint32_t)-RESERVED);
    if (move(s, to, -RESERVED, e) || outfile_pwrite(to, 0, s->head, s->head_n, e) ||
        outfile_truncate(to, s->end - RESERVED, e))
        return (int)e->code;
    return OK;
}

static int put_cab(struct authenticode_file *f, struct outfile *to, struct str der, struct err *e) {
    static const char zeros[8];
    struct subject *s = f->self;
    uint64_t end = bytes_le32(s->head + 8);
    size_t pad = (8 - der.n % 8) % 8;

    if (!der.n)
        return take_away(s, to, e);
    bytes_put_le32(s->head + 48, (uint32_t)(der.n + pad));
    if ((s->added && move(s, to, RESERVED, e)) || outfile_pwrite(to, 0, s->head, s->head_n, e) ||
        outfile_truncate(to, end, e) || outfile_pwrite(to, end, der.p, der.n, e) ||
        outfile_pwrite(to, end + der.n, zeros, pad, e))
        return (int)e->code;
    return OK;
}

const struct authenticode_form authenticode_cab = {"CAB",      cab_sniff, open_cab,
                                                   digest_cab, data_cab,  put_cab};
