/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/mapread.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "crypto/blake2b.h"
#include "io/codec.h"
#include "io/deflate.h"
#include "text/value.h"

#include <string.h>

enum { BASE64 = MAPREAD_SUM / 3 * 4, STEP = 64 * 1024, LENGTH = 4 };

static int digit(char c) {
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

static bool unbase64(struct str s, unsigned char out[MAPREAD_SUM]) {
    if (s.n != BASE64)
        return false;
    for (size_t i = 0; i < BASE64; i += 4, out += 3) {
        uint32_t v = 0;

        for (size_t k = 0; k < 4; k++) {
            int d = digit(s.p[i + k]);

            if (d < 0)
                return false;
            v = v << 6 | (uint32_t)d;
        }
        out[0] = (unsigned char)(v >> 16);
        out[1] = (unsigned char)(v >> 8 & 0xff);
        out[2] = (unsigned char)(v & 0xff);
    }
    return true;
}

/* The list of that name. An older generator wrote null for an empty one. */
static bool list(const struct value *map, const char *key, const struct value **v, size_t *n) {
    const struct value *l = value_get(map, key);

    if (!l || (l->kind != VALUE_LIST && l->kind != VALUE_NULL))
        return false;
    *v = l->child;
    *n = l->n;
    return true;
}

static int read_chunks(const struct value *file, const char *name, struct arena *mem,
                       struct mapread *m, struct err *e) {
    const struct value *sum, *size;
    size_t n;

    if (!list(file, "checksums", &sum, &m->n) || !list(file, "sizes", &size, &n) || m->n != n)
        return err_set(e, E_INPUT,
                       "%s: a block map has as many sizes as checksums, this one does not", name);
    m->v = arena_array(mem, n + 1, sizeof *m->v);
    for (size_t i = 0; i < n; i++, sum = sum->next, size = size->next) {
        struct mapread_chunk *c = &m->v[i];

        if (sum->kind != VALUE_STR || !unbase64(sum->s, c->sum))
            return err_set(e, E_INPUT, "%s: checksum %zu is not base64 of %d bytes", name, i,
                           MAPREAD_SUM);
        if (size->kind != VALUE_INT || size->i < 1 || size->i > MAPREAD_CHUNK_MAX)
            return err_set(e, E_INPUT, "%s: size %zu is not one that a chunk can have", name, i);
        c->at = m->size;
        c->size = (uint32_t)size->i;
        m->size += c->size; /* n is far below 2^40 */
    }
    return OK;
}

int mapread_json(struct str json, const char *file, struct arena *mem, struct mapread *m,
                 struct err *e) {
    const struct value *files;
    struct value *root;

    *m = (struct mapread){0};
    if (value_json(json, file, mem, &root, e))
        return (int)e->code;
    if (!str_is(value_text(root, "version"), "2"))
        return err_set(e, E_INPUT, "%s: not a block map of version 2", file);
    files = value_get(root, "files");
    if (!files || files->kind != VALUE_LIST || files->n != 1 ||
        value_number(files->child, "offset", -1) != 0)
        return err_set(e, E_INPUT, "%s: a block map is of one file from its first byte on", file);
    return read_chunks(files->child, file, mem, m, e);
}

/* All of a source, at most MAPREAD_TEXT_MAX; closes it. */
static int read_all(struct source *s, struct buf *text, const char *file, struct err *e) {
    char step[STEP];
    size_t n;

    buf_init(text, MAPREAD_TEXT_MAX);
    while (!text->over && (n = source_get(s, step, sizeof step)) > 0)
        buf_put(text, step, n);
    if (source_close(s, e))
        return err_in(e, "%s", file);
    return buf_check(text, file, e);
}

int mapread_gzip(struct str bytes, const char *file, struct arena *mem, struct mapread *m,
                 struct err *e) {
    struct source below = SOURCE_NONE, s = SOURCE_NONE;
    struct source_bytes left;
    AUTO(buf) text = BUF_NONE;

    *m = (struct mapread){0};
    source_str(&below, &left, bytes);
    if (codec_source(&s, &below, CODEC_GZIP, e))
        return err_in(e, "%s", file);
    if (read_all(&s, &text, file, e))
        return (int)e->code;
    return mapread_json(buf_get(&text), file, mem, m, e);
}

int mapread_tail(struct str bytes, uint64_t before, const char *file, struct arena *mem,
                 struct mapread *m, struct err *e) {
    struct source below = SOURCE_NONE, s = SOURCE_NONE;
    struct source_bytes left;
    AUTO(buf) text = BUF_NONE;

    *m = (struct mapread){0};
    if (bytes.n < LENGTH || bytes_be32(bytes.p + bytes.n - LENGTH) != bytes.n - LENGTH)
        return err_set(e, E_INPUT, "%s: there is no block map of %zu bytes at its end", file,
                       bytes.n < LENGTH ? 0 : bytes.n - LENGTH);
    source_str(&below, &left, str_cut(bytes, 0, bytes.n - LENGTH));
    if (deflate_source(&s, &below, e))
        return err_in(e, "%s", file);
    if (read_all(&s, &text, file, e) || mapread_json(buf_get(&text), file, mem, m, e))
        return (int)e->code;
    if (m->size != before)
        return err_set(e, E_INPUT, "%s: its block map is of %llu bytes, there are %llu before it",
                       file, (unsigned long long)m->size, (unsigned long long)before);
    return OK;
}

int mapread_inside(struct infile *f, struct arena *mem, struct mapread *m, struct err *e) {
    struct source below = SOURCE_NONE, s = SOURCE_NONE;
    struct source_range range;
    unsigned char length[LENGTH];
    AUTO(buf) text = BUF_NONE;
    uint64_t n;

    *m = (struct mapread){0};
    if (f->size < LENGTH)
        return err_set(e, E_INPUT, "%s: too short for a block map at its end", f->name);
    if (infile_read(f, f->size - LENGTH, length, LENGTH, e))
        return (int)e->code;
    n = bytes_be32(length);
    if (!n || n > f->size - LENGTH || n > MAPREAD_TEXT_MAX)
        return err_set(e, E_INPUT, "%s: there is no block map at its end", f->name);
    source_infile(&below, &range, f, f->size - LENGTH - n, n);
    if (deflate_source(&s, &below, e))
        return err_in(e, "%s", f->name);
    if (read_all(&s, &text, f->name, e) || mapread_json(buf_get(&text), f->name, mem, m, e))
        return (int)e->code;
    if (m->size != f->size - LENGTH - n)
        return err_set(e, E_INPUT, "%s: its block map is of %llu bytes, there are %llu before it",
                       f->name, (unsigned long long)m->size,
                       (unsigned long long)(f->size - LENGTH - n));
    return OK;
}

static int check_chunk(const struct mapread_chunk *c, struct infile *f, void *room, struct err *e) {
    unsigned char sum[MAPREAD_SUM];

    if (infile_read(f, c->at, room, c->size, e))
        return (int)e->code;
    blake2b(room, c->size, sum, sizeof sum);
    if (memcmp(sum, c->sum, sizeof sum) != 0)
        return err_set(e, E_WRONG, "%s: its block map tells other bytes %llu to %llu", f->name,
                       (unsigned long long)c->at, (unsigned long long)(c->at + c->size - 1));
    return OK;
}

int mapread_check(const struct mapread *m, struct infile *f, uint64_t from, struct err *e) {
    uint32_t most = 1;
    void *room;
    int rc = OK;

    for (size_t i = 0; i < m->n; i++)
        if (m->v[i].size > most)
            most = m->v[i].size;
    room = mem_alloc(most);
    for (size_t i = 0; i < m->n && !rc; i++)
        if (m->v[i].at >= from)
            rc = check_chunk(&m->v[i], f, room, e);
    mem_free(room);
    return rc;
}
