/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msicab.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "pack/pour.h"

enum { BLOCK = 32768, HEAD = 36, FOLDER = 8, ENTRY = 16, DATA = 8, DATE = 0x5a21, ARCHIVE = 0x20 };

struct filler { /* cuts what is poured into stored blocks */
    struct sink *s;
    unsigned char block[BLOCK];
    size_t n;
};

static void put16(struct sink *s, size_t v) {
    unsigned char le[2];

    bytes_put_le16(le, (uint16_t)v);
    sink_put(s, le, sizeof le);
}

static void put32(struct sink *s, uint64_t v) {
    unsigned char le[4];

    bytes_put_le32(le, (uint32_t)v);
    sink_put(s, le, sizeof le);
}

/* [MS-CAB] 3.1 */
static uint32_t checksum(const unsigned char *p, size_t n, uint32_t sum) {
    uint32_t last = 0;

    for (; n >= 4; p += 4, n -= 4)
        sum ^= bytes_le32(p);
    while (n--)
        last = last << 8 | *p++;
    return sum ^ last;
}

static void flush(struct filler *c) {
    unsigned char size[4];

    bytes_put_le16(size, (uint16_t)c->n);
    bytes_put_le16(size + 2, (uint16_t)c->n);
    put32(c->s, checksum(size, sizeof size, checksum(c->block, c->n, 0)));
    sink_put(c->s, size, sizeof size);
    sink_put(c->s, c->block, c->n);
    c->n = 0;
}

static void *room(void *self, uint64_t want, size_t *n) {
    struct filler *c = self;

    *n = BLOCK - c->n;
    if (*n > want)
        *n = (size_t)want;
    return c->block + c->n;
}

static void filled(void *self, size_t n) {
    struct filler *c = self;

    c->n += n;
    if (c->n == BLOCK)
        flush(c);
}

static void put_heads(const struct msibuild *b, size_t first, size_t end, struct sink *s) {
    uint64_t total = 0, entries = 0, blocks, at = 0;

    for (size_t i = first; i < end; i++) {
        total += b->file[i]->size;
        entries += ENTRY + b->file_id[i].n + 1;
    }
    blocks = (total + BLOCK - 1) / BLOCK;
    sink_str(s, STR("MSCF"));
    put32(s, 0);
    put32(s, HEAD + FOLDER + entries + blocks * DATA + total);
    put32(s, 0);
    put32(s, HEAD + FOLDER);
    put32(s, 0);
    put16(s, 0x0103);
    put16(s, 1);
    put16(s, end - first);
    put16(s, 0);
    put32(s, 0);
    put32(s, HEAD + FOLDER + entries);
    put16(s, blocks);
    put16(s, 0);
    for (size_t i = first; i < end; at += b->file[i]->size, i++) {
        put32(s, b->file[i]->size);
        put32(s, at);
        put16(s, 0);
        put16(s, DATE);
        put16(s, 0);
        put16(s, ARCHIVE);
        sink_put(s, b->file_id[i].p, b->file_id[i].n);
        sink_zero(s, 1);
    }
}

int msicab_put(struct msibuild *b, size_t first, size_t end, struct cfb *cfb, struct str name,
               struct err *e) {
    struct pour pour = {.kinds = DIGEST_MD5 | b->j->digests};
    struct sink s = SINK_NONE;
    struct filler *c;
    int rc = OK;

    if (cfb_stream(cfb, 0, name, &s, e))
        return (int)e->code;
    put_heads(b, first, end, &s);
    c = mem_alloc(sizeof *c);
    c->s = &s;
    c->n = 0;
    for (size_t i = first; i < end && !rc; i++)
        rc = pour_file(&pour, b->file[i], &(struct pour_to){room, filled, c}, e);
    if (c->n)
        flush(c);
    mem_free(c);
    pour_drop(&pour);
    if (rc)
        sink_drop(&s);
    return rc ? rc : sink_close(&s, e);
}
