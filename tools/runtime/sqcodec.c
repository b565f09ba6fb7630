/* SPDX-License-Identifier: MIT */
#include "runtime/sqcodec.h"

#include <errno.h>
#include <limits.h>
#include <lz4.h>
#include <lzma.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

/* mksquashfs -Xdict-size goes to the block size, which is at most 1 MiB: a stream that asks for
 * much more is not from there. */
enum { XZ_MEMORY = 16 << 20 };

int sqcodec_known(unsigned kind) {
    return kind == SQCODEC_GZIP || kind == SQCODEC_XZ || kind == SQCODEC_LZ4 ||
           kind == SQCODEC_ZSTD;
}

static int inflate_block(const void *in, size_t n, void *out, size_t cap) {
    z_stream z;
    memset(&z, 0, sizeof z);
    z.next_in = (Bytef *)(uintptr_t)in;
    z.avail_in = (uInt)n;
    z.next_out = out;
    z.avail_out = (uInt)cap;
    int rc = inflateInit(&z);
    if (rc != Z_OK)
        return -ENOMEM;
    rc = inflate(&z, Z_FINISH);
    size_t got = z.total_out;
    inflateEnd(&z);
    if (rc == Z_MEM_ERROR)
        return -ENOMEM;
    return rc == Z_STREAM_END ? (int)got : -EIO;
}

static int xz_block(const void *in, size_t n, void *out, size_t cap) {
    uint64_t limit = XZ_MEMORY;
    size_t from = 0, to = 0;
    lzma_ret rc = lzma_stream_buffer_decode(&limit, 0, NULL, in, &from, n, out, &to, cap);
    if (rc == LZMA_MEM_ERROR)
        return -ENOMEM;
    return rc == LZMA_OK ? (int)to : -EIO;
}

static int lz4_block(const void *in, size_t n, void *out, size_t cap) {
    int got = LZ4_decompress_safe(in, out, (int)n, (int)cap);
    return got < 0 ? -EIO : got;
}

static int zstd_block(struct sqcodec *c, const void *in, size_t n, void *out, size_t cap) {
    if (!c->state)
        c->state = ZSTD_createDCtx();
    if (!c->state)
        return -ENOMEM;
    size_t got = ZSTD_decompressDCtx(c->state, out, cap, in, n);
    return ZSTD_isError(got) ? -EIO : (int)got;
}

int sqcodec_decode(struct sqcodec *c, const void *in, size_t n, void *out, size_t cap) {
    if (n > INT_MAX || cap > INT_MAX)
        return -EIO;
    switch (c->kind) {
    case SQCODEC_GZIP:
        return inflate_block(in, n, out, cap);
    case SQCODEC_XZ:
        return xz_block(in, n, out, cap);
    case SQCODEC_LZ4:
        return lz4_block(in, n, out, cap);
    case SQCODEC_ZSTD:
        return zstd_block(c, in, n, out, cap);
    }
    return -EIO;
}

void sqcodec_drop(struct sqcodec *c) {
    ZSTD_freeDCtx(c->state);
    c->state = NULL;
}
