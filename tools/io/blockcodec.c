/* SPDX-License-Identifier: Apache-2.0 */
#include "io/blockcodec.h"

#include "io/deflate.h"

#include <libdeflate.h>
#include <lz4.h>
#include <lz4hc.h>
#include <lzma.h>
#include <string.h>
#include <zstd.h>

/* liblzma gives its memory back after each block; what it took is kept for the next one. */
enum { XZ_KEPT = 8 };

struct xz_kept {
    void *p;
    size_t n;
    bool used;
};

struct blockcodec {
    const struct blockcodec_way *way;
    struct blockcodec_opts o;
    struct libdeflate_compressor *deflate;
    struct libdeflate_decompressor *inflate;
    ZSTD_CCtx *zstd;
    ZSTD_DCtx *unzstd;
    void *lz4; /* the state of either compressor */
    unsigned char *spare;
    lzma_allocator xz_mem;
    struct xz_kept kept[XZ_KEPT];
};

struct blockcodec_way {
    const char *name;
    int level, most; /* the default, the highest */
    int (*pack)(struct blockcodec *c, const void *in, size_t n, void *out, size_t *k,
                struct err *e);
    int (*unpack)(struct blockcodec *c, const void *in, size_t n, void *out, size_t room, size_t *k,
                  struct err *e);
};

static int damaged(const struct blockcodec *c, const char *what, struct err *e) {
    return err_set(e, E_INPUT, "%s: %s", c->way->name, what);
}

static int none_pack(struct blockcodec *c, const void *in, size_t n, void *out, size_t *k,
                     struct err *e) {
    (void)c, (void)in, (void)n, (void)out, (void)e;
    *k = 0;
    return OK;
}

static int none_unpack(struct blockcodec *c, const void *in, size_t n, void *out, size_t room,
                       size_t *k, struct err *e) {
    (void)in, (void)n, (void)out, (void)room, (void)k;
    return damaged(c, "a compressed block where there is no codec", e);
}

/* libdeflate's level that never gives more than zlib's at the same number, measured in blocks of
 * 128 KiB: 7 is enough for the highest. */
static int gzip_level(int zlib) {
    enum { ENOUGH = 7 };
    int level = deflate_level(zlib);

    return level < ENOUGH ? level : ENOUGH;
}

static int gzip_pack(struct blockcodec *c, const void *in, size_t n, void *out, size_t *k,
                     struct err *e) {
    if (!c->deflate)
        c->deflate = libdeflate_alloc_compressor(gzip_level(c->o.level));
    if (!c->deflate)
        return err_set(e, E_BUG, "libdeflate has no compressor");
    *k = libdeflate_zlib_compress(c->deflate, in, n, out, n - 1);
    return OK;
}

static int gzip_unpack(struct blockcodec *c, const void *in, size_t n, void *out, size_t room,
                       size_t *k, struct err *e) {
    size_t used;

    if (!c->inflate)
        c->inflate = libdeflate_alloc_decompressor();
    if (!c->inflate)
        return err_set(e, E_BUG, "libdeflate has no decompressor");
    if (libdeflate_zlib_decompress_ex(c->inflate, in, n, out, room, &used, k) != LIBDEFLATE_SUCCESS)
        return damaged(c, "a damaged block", e);
    return used == n ? OK : damaged(c, "bytes behind the end of a block", e);
}

static void *xz_alloc(void *opaque, size_t nmemb, size_t size) {
    struct blockcodec *c = opaque;
    size_t n = nmemb * size; /* liblzma asks for 1 * size */
    struct xz_kept *free_one = NULL;

    for (size_t i = 0; i < XZ_KEPT; i++) {
        struct xz_kept *x = &c->kept[i];

        if (x->used)
            continue;
        if (x->p && x->n == n) {
            x->used = true;
            return x->p;
        }
        if (!free_one || (free_one->p && !x->p))
            free_one = x;
    }
    if (!free_one)
        return mem_alloc(n);
    mem_free(free_one->p);
    *free_one = (struct xz_kept){mem_alloc(n), n, true};
    return free_one->p;
}

static void xz_free(void *opaque, void *p) {
    struct blockcodec *c = opaque;

    for (size_t i = 0; i < XZ_KEPT; i++)
        if (p && c->kept[i].p == p) {
            c->kept[i].used = false;
            return;
        }
    mem_free(p);
}

static lzma_vli xz_branch(enum codec_filter f) {
    switch (f) {
    case CODEC_BCJ_X86:
        return LZMA_FILTER_X86;
    case CODEC_BCJ_ARM:
        return LZMA_FILTER_ARM;
    default: /* the kernel knows no ARM64 filter before 6.12: such an image would not mount */
        return LZMA_VLI_UNKNOWN;
    }
}

static int xz_try(struct blockcodec *c, lzma_vli branch, const void *in, size_t n, void *out,
                  size_t room, size_t *k, struct err *e) {
    enum { LEAST = 8192 }; /* the kernel's readers hold a dictionary of a block, and of 8 KiB */
    lzma_options_lzma lzma;
    lzma_filter filters[3];
    size_t i = 0;
    lzma_ret rc;

    if (lzma_lzma_preset(&lzma, (uint32_t)c->o.level))
        return err_set(e, E_BUG, "xz has no level %d", c->o.level);
    lzma.dict_size = (uint32_t)(c->o.block > LEAST ? c->o.block : LEAST);
    if (branch != LZMA_VLI_UNKNOWN)
        filters[i++] = (lzma_filter){branch, NULL};
    filters[i++] = (lzma_filter){LZMA_FILTER_LZMA2, &lzma};
    filters[i] = (lzma_filter){LZMA_VLI_UNKNOWN, NULL};
    *k = 0;
    rc = lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC32, &c->xz_mem, in, n, out, k, room);
    if (rc == LZMA_BUF_ERROR)
        *k = 0;
    else if (rc != LZMA_OK)
        return err_set(e, E_BUG, "xz: error %d", (int)rc);
    return OK;
}

static int xz_pack(struct blockcodec *c, const void *in, size_t n, void *out, size_t *k,
                   struct err *e) {
    lzma_vli branch = xz_branch(c->o.filter);
    size_t k2;

    if (xz_try(c, LZMA_VLI_UNKNOWN, in, n, out, n - 1, k, e))
        return (int)e->code;
    if (branch == LZMA_VLI_UNKNOWN)
        return OK;
    if (!c->spare)
        c->spare = mem_alloc(c->o.block);
    if (xz_try(c, branch, in, n, c->spare, n - 1, &k2, e))
        return (int)e->code;
    if (k2 && (!*k || k2 < *k)) {
        memcpy(out, c->spare, k2);
        *k = k2;
    }
    return OK;
}

static int xz_unpack(struct blockcodec *c, const void *in, size_t n, void *out, size_t room,
                     size_t *k, struct err *e) {
    enum { MOST = 16 * 1024 * 1024 }; /* a dictionary is as large as a block, at most 1 MiB */
    uint64_t limit = MOST;
    size_t used = 0;

    *k = 0;
    if (lzma_stream_buffer_decode(&limit, 0, &c->xz_mem, in, &used, n, out, k, room) != LZMA_OK)
        return damaged(c, "a damaged block", e);
    return used == n ? OK : damaged(c, "bytes behind the end of a block", e);
}

enum { LZ4_FAST = 2 }; /* up to this level the fast compressor, from the next one on lz4hc */

static int lz4_pack(struct blockcodec *c, const void *in, size_t n, void *out, size_t *k,
                    struct err *e) {
    bool fast = c->o.level <= LZ4_FAST;
    int rc;

    (void)e;
    if (!c->lz4)
        c->lz4 = mem_alloc((size_t)(fast ? LZ4_sizeofState() : LZ4_sizeofStateHC()));
    rc = fast ? LZ4_compress_fast_extState(c->lz4, in, out, (int)n, (int)n - 1, 1)
              : LZ4_compress_HC_extStateHC(c->lz4, in, out, (int)n, (int)n - 1, c->o.level);
    *k = rc > 0 ? (size_t)rc : 0;
    return OK;
}

static int lz4_unpack(struct blockcodec *c, const void *in, size_t n, void *out, size_t room,
                      size_t *k, struct err *e) {
    int rc = LZ4_decompress_safe(in, out, (int)n, (int)room);

    if (rc < 0)
        return damaged(c, "a damaged block", e);
    *k = (size_t)rc;
    return OK;
}

/* The size of what a block holds stands in the inode: without it in the frame, too, three bytes a
 * block are saved. */
static int zstd_start(struct blockcodec *c, struct err *e) {
    c->zstd = ZSTD_createCCtx();
    if (!c->zstd ||
        ZSTD_isError(ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_compressionLevel, c->o.level)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_contentSizeFlag, 0)))
        return err_set(e, E_BUG, "zstd cannot start");
    return OK;
}

static int zstd_pack(struct blockcodec *c, const void *in, size_t n, void *out, size_t *k,
                     struct err *e) {
    size_t rc;

    if (!c->zstd && zstd_start(c, e))
        return (int)e->code;
    rc = ZSTD_compress2(c->zstd, out, n - 1, in, n);
    *k = ZSTD_isError(rc) ? 0 : rc; /* the only failure there can be: no room */
    return OK;
}

/* A frame has three forms of head that say the same here, of 6, 7 and 8 bytes (RFC 8878, 3.1.1.1:
 * the size of the content, of the window, or both), and may have any number of empty blocks, of 3
 * bytes each. */
static void zstd_round(unsigned char *p, size_t *k, size_t n, size_t room, size_t step) {
    enum { HEAD = 6, BARE = 0, SIZE = 0x40, WHOLE = 0x20, EMPTY = 3, LEAST = 256, MOST = 65536 };
    size_t more = (step - *k % step) % step, wider = more % EMPTY;
    unsigned char head[HEAD + 2], *to = head;

    if (!more || room < *k || more > room - *k || *k < HEAD || p[4] != BARE || n < LEAST ||
        n >= MOST)
        return;
    memcpy(to, p, 4);
    to += 4;
    *to++ = (unsigned char)(wider == 2 ? SIZE : wider ? SIZE | WHOLE : BARE);
    if (wider != 1)
        *to++ = p[5];
    if (wider) {
        *to++ = (unsigned char)((n - LEAST) & 0xff);
        *to++ = (unsigned char)((n - LEAST) >> 8);
    }
    memmove(p + HEAD + more, p + HEAD, *k - HEAD);
    memset(p, 0, HEAD + more);
    memcpy(p, head, (size_t)(to - head));
    *k += more;
}

static int zstd_unpack(struct blockcodec *c, const void *in, size_t n, void *out, size_t room,
                       size_t *k, struct err *e) {
    size_t rc;

    if (!c->unzstd)
        c->unzstd = ZSTD_createDCtx();
    if (!c->unzstd)
        return err_set(e, E_BUG, "zstd cannot start");
    rc = ZSTD_decompressDCtx(c->unzstd, out, room, in, n);
    if (ZSTD_isError(rc))
        return damaged(c, ZSTD_getErrorName(rc), e);
    *k = rc;
    return OK;
}

static const struct blockcodec_way blockcodec_ways[] = {
    [BLOCKCODEC_NONE] = {"none", 0, 0, none_pack, none_unpack},
    [BLOCKCODEC_GZIP] = {"gzip", 9, 9, gzip_pack, gzip_unpack},
    [BLOCKCODEC_XZ] = {"xz", 6, 9, xz_pack, xz_unpack},
    [BLOCKCODEC_LZ4] = {"lz4", 1, LZ4HC_CLEVEL_MAX, lz4_pack, lz4_unpack},
    [BLOCKCODEC_ZSTD] = {"zstd", 15, 22, zstd_pack, zstd_unpack},
};

const char *blockcodec_name(enum blockcodec_kind k) {
    return blockcodec_ways[k].name;
}

int blockcodec_level(enum blockcodec_kind k) {
    return blockcodec_ways[k].level;
}

bool blockcodec_level_ok(enum blockcodec_kind k, int level) {
    return level >= 0 && level <= blockcodec_ways[k].most;
}

int blockcodec_new(struct blockcodec **out, const struct blockcodec_opts *o, struct err *e) {
    struct blockcodec *c;

    *out = NULL;
    if (!blockcodec_level_ok(o->kind, o->level))
        return err_set(e, E_BUG, "%s has no level %d", blockcodec_name(o->kind), o->level);
    c = mem_alloc(sizeof *c);
    c->way = &blockcodec_ways[o->kind];
    c->o = *o;
    c->o.level = o->level ? o->level : c->way->level;
    c->xz_mem = (lzma_allocator){xz_alloc, xz_free, c};
    *out = c;
    return OK;
}

void blockcodec_free(struct blockcodec *c) {
    if (!c)
        return;
    libdeflate_free_compressor(c->deflate);
    libdeflate_free_decompressor(c->inflate);
    ZSTD_freeCCtx(c->zstd);
    ZSTD_freeDCtx(c->unzstd);
    for (size_t i = 0; i < XZ_KEPT; i++)
        mem_free(c->kept[i].p);
    mem_free(c->lz4);
    mem_free(c->spare);
    mem_free(c);
}

int blockcodec_pack(struct blockcodec *c, const void *in, size_t n, void *out, size_t *k,
                    struct err *e) {
    *k = 0;
    return n > 1 ? c->way->pack(c, in, n, out, k, e) : OK;
}

int blockcodec_unpack(struct blockcodec *c, const void *in, size_t n, void *out, size_t room,
                      size_t *k, struct err *e) {
    *k = 0;
    return c->way->unpack(c, in, n, out, room, k, e);
}

void blockcodec_round(const struct blockcodec *c, void *p, size_t *k, size_t n, size_t room,
                      size_t step) {
    if (c->o.kind == BLOCKCODEC_ZSTD && *k)
        zstd_round(p, k, n, room, step);
}
