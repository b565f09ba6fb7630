/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

/* What a SquashFS image is compressed with, by the numbers of its superblock. */
enum sqcodec_kind { SQCODEC_GZIP = 1, SQCODEC_XZ = 4, SQCODEC_LZ4 = 5, SQCODEC_ZSTD = 6 };

/* One thread's decompressor. */
struct sqcodec {
    enum sqcodec_kind kind;
    void *state; /* zstd's context, made when first needed */
};

/* Whether the number of a superblock is one of the codecs above. */
int sqcodec_known(unsigned kind);

/* Decompresses one block into at most `cap` bytes. How many came out, or -EIO, -ENOMEM. */
int sqcodec_decode(struct sqcodec *c, const void *in, size_t n, void *out, size_t cap);

void sqcodec_drop(struct sqcodec *c);
