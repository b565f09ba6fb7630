/* SPDX-License-Identifier: Apache-2.0 */
#include "io/codec.h"

#include <stdlib.h>

enum { MUCH = 8 << 20, BLOCK = 64 * 1024 };

struct outcome {
    uint32_t crc;
    uint64_t n;
    enum code code;
};

static struct outcome unpack(struct str in, enum codec_kind kind, size_t step) {
    struct outcome r = {0};
    struct source below, s;
    struct source_bytes bytes;
    struct err e = {0};
    char *block = mem_alloc(BLOCK);
    size_t got;

    source_str(&below, &bytes, in);
    r.code = (enum code)codec_source(&s, &below, kind, &e);
    if (!r.code) {
        while (r.n < MUCH && (got = source_get(&s, block, step)) > 0) {
            r.crc = codec_crc32(r.crc, block, got);
            r.n += got;
        }
        if (source_close(&s, &e))
            r.code = e.code;
    }
    mem_free(block);
    return r;
}

/* However it is read, the same comes out. (Whether it fails may differ: libzstd compares a frame's
 * size with its header's in large reads only when the last block is empty.) */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    struct str in = {(const char *)p, n};
    enum codec_kind kind = codec_sniff(p, n);
    struct outcome a, b;

    if (kind == CODEC_NONE)
        return 0;
    a = unpack(in, kind, BLOCK);
    if (a.n >= MUCH) /* reads of different sizes stop at different places */
        return 0;
    b = unpack(in, kind, 1021);
    if (!a.code && !b.code && (a.n != b.n || a.crc != b.crc))
        abort();
    return 0;
}
