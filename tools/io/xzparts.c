/* SPDX-License-Identifier: Apache-2.0 */
#include "io/xzparts.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "os/thread.h"

#include <lzma.h>
#include <string.h>

enum { LEVEL = 6, CRC = 8, FOOTER = LZMA_STREAM_HEADER_SIZE, OLD_INDEX_MAX = 64 * 1024 * 1024 };

struct part {
    unsigned char *p; /* a block with its padding */
    size_t n;
    lzma_vli unpadded;
};

struct block { /* of the old file */
    const unsigned char *p;
    size_t n; /* with padding */
    lzma_vli unpadded;
    size_t size; /* of the text */
    uint64_t crc;
};

struct parts {
    const struct xzparts *x;
    struct infile *text;
    struct part *v;
    struct block *old;
    size_t n_old;
    lzma_filter filters[2];
    lzma_options_lzma lzma;
};

/* Was it made as ours are? */
static bool is_ours(const struct parts *b, const unsigned char *p, size_t n) {
    lzma_filter filters[LZMA_FILTERS_MAX + 1];
    lzma_block block = {.check = LZMA_CHECK_CRC64, .filters = filters};
    bool good;

    if (n < 2 || !p[0])
        return false;
    block.header_size = lzma_block_header_size_decode(p[0]);
    if (block.header_size > n || lzma_block_header_decode(&block, NULL, p) != LZMA_OK)
        return false;
    good = filters[0].id == LZMA_FILTER_LZMA2 && filters[1].id == LZMA_VLI_UNKNOWN &&
           ((const lzma_options_lzma *)filters[0].options)->dict_size == b->lzma.dict_size &&
           block.compressed_size != LZMA_VLI_UNKNOWN;
    lzma_filters_free(filters, NULL);
    return good;
}

static void read_index(struct parts *b, const lzma_index *index) {
    const unsigned char *p = (const unsigned char *)b->x->old.p;
    size_t end = b->x->old.n;
    lzma_index_iter it;

    if (lzma_index_file_size(index) != end)
        return; /* several streams in a row: not ours */
    b->old = mem_alloc(((size_t)lzma_index_block_count(index) + 1) * sizeof *b->old);
    lzma_index_iter_init(&it, index);
    while (!lzma_index_iter_next(&it, LZMA_INDEX_ITER_NONEMPTY_BLOCK)) {
        lzma_vli at = it.block.compressed_file_offset, n = it.block.total_size;

        if (at > end || n > end - at || it.block.unpadded_size > n || n < CRC ||
            it.block.uncompressed_size > b->x->most || !is_ours(b, p + at, (size_t)n))
            continue;
        b->old[b->n_old++] = (struct block){
            .p = p + at,
            .n = (size_t)n,
            .unpadded = it.block.unpadded_size,
            .size = (size_t)it.block.uncompressed_size,
            .crc = bytes_le64(p + at + n - CRC), /* behind the padding */
        };
    }
}

/* The blocks of the old file; none when it is not one that this could have written. */
static void read_old(struct parts *b) {
    const unsigned char *p = (const unsigned char *)b->x->old.p;
    size_t n = b->x->old.n, at = 0;
    uint64_t limit = OLD_INDEX_MAX;
    lzma_stream_flags flags;
    lzma_index *index = NULL;

    if (n < 2 * FOOTER || lzma_stream_footer_decode(&flags, p + n - FOOTER) != LZMA_OK ||
        flags.check != LZMA_CHECK_CRC64 || flags.backward_size > n - 2 * FOOTER)
        return;
    n -= FOOTER;
    at = n - (size_t)flags.backward_size;
    if (lzma_index_buffer_decode(&index, &limit, NULL, p, &at, n) != LZMA_OK)
        return;
    if (at == n && lzma_index_stream_flags(index, &flags) == LZMA_OK)
        read_index(b, index);
    lzma_index_end(index, NULL);
}

/* The check that is stored tells equal texts: who could make another with the same one would only
 * spoil a file whose digest then is not that of the text. */
static const struct block *find(const struct parts *b, const void *text, size_t n) {
    uint64_t crc = b->n_old ? lzma_crc64(text, n, 0) : 0;

    for (size_t i = 0; i < b->n_old; i++)
        if (b->old[i].size == n && b->old[i].crc == crc)
            return &b->old[i];
    return NULL;
}

static int encode(struct parts *b, struct part *out, const void *text, size_t n, struct err *e) {
    lzma_filter filters[2] = {b->filters[0], b->filters[1]};
    lzma_block block = {.check = LZMA_CHECK_CRC64, .filters = filters};
    size_t room = lzma_block_buffer_bound(n);
    lzma_ret rc;

    out->p = mem_alloc(room);
    rc = lzma_block_buffer_encode(&block, NULL, text, n, out->p, &out->n, room);
    if (rc != LZMA_OK)
        return err_set(e, E_BUG, "xz: error %d", (int)rc);
    out->unpadded = lzma_block_unpadded_size(&block);
    out->p = mem_resize(out->p, out->n);
    return OK;
}

static int make_part(void *ctx, size_t i, struct err *e) {
    struct parts *b = ctx;
    uint64_t from = i ? b->x->end[i - 1] : 0;
    size_t n = (size_t)(b->x->end[i] - from);
    unsigned char *text = mem_alloc(n + 1);
    const struct block *old;
    int rc = infile_read(b->text, from, text, n, e);

    if (!rc) {
        old = find(b, text, n);
        if (old) {
            b->v[i] = (struct part){mem_alloc(old->n), old->n, old->unpadded};
            memcpy(b->v[i].p, old->p, old->n);
        } else {
            rc = encode(b, &b->v[i], text, n, e);
        }
    }
    mem_free(text);
    return rc;
}

/* Header, blocks, index and footer: xz(5), "The .xz File Format". */
static int put_all(const struct parts *b, struct sink *s, lzma_index *index, struct err *e) {
    lzma_stream_flags flags = {.check = LZMA_CHECK_CRC64};
    unsigned char edge[LZMA_STREAM_HEADER_SIZE];
    unsigned char *tail;
    size_t n = 0, room;
    bool bad = lzma_stream_header_encode(&flags, edge) != LZMA_OK;

    sink_put(s, edge, sizeof edge);
    for (size_t i = 0; i < b->x->n; i++) {
        uint64_t from = i ? b->x->end[i - 1] : 0;

        sink_put(s, b->v[i].p, b->v[i].n);
        bad |= lzma_index_append(index, NULL, b->v[i].unpadded, b->x->end[i] - from) != LZMA_OK;
    }
    room = (size_t)lzma_index_size(index);
    tail = mem_alloc(room);
    bad |= lzma_index_buffer_encode(index, tail, &n, room) != LZMA_OK;
    sink_put(s, tail, n);
    mem_free(tail);
    flags.backward_size = room;
    bad |= lzma_stream_footer_encode(&flags, edge) != LZMA_OK;
    sink_put(s, edge, sizeof edge);
    return bad ? err_set(e, E_BUG, "xz: the index cannot be written") : OK;
}

int xzparts_write(const struct xzparts *x, struct infile *text, struct sink *s, struct err *e) {
    struct parts b = {.x = x, .text = text};
    lzma_index *index;
    int rc;

    for (size_t i = 0; i < x->n; i++)
        if (x->end[i] <= (i ? x->end[i - 1] : 0) || x->end[i] - (i ? x->end[i - 1] : 0) > x->most)
            return err_set(e, E_BUG, "xz: part %zu is empty or too large", i);
    if (lzma_lzma_preset(&b.lzma, LEVEL))
        return err_set(e, E_BUG, "xz has no level %d", LEVEL);
    b.lzma.dict_size = (uint32_t)x->dict;
    b.filters[0] = (lzma_filter){LZMA_FILTER_LZMA2, &b.lzma};
    b.filters[1] = (lzma_filter){LZMA_VLI_UNKNOWN, NULL};
    index = lzma_index_init(NULL);
    if (!index)
        mem_out(sizeof b);
    read_old(&b);
    b.v = mem_alloc((x->n + 1) * sizeof *b.v);
    rc = x->n ? thread_each(x->jobs ? x->jobs : 1, x->n, make_part, &b, e) : OK;
    if (!rc)
        rc = put_all(&b, s, index, e);
    for (size_t i = 0; i < x->n; i++)
        mem_free(b.v[i].p);
    mem_free(b.v);
    mem_free(b.old);
    lzma_index_end(index, NULL);
    return rc;
}
