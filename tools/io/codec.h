/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "io/sink.h"
#include "io/source.h"

/* Compressors, block-parallel with memory bounded by `jobs`. The bytes depend on codec, level,
 * filter and size, never on `jobs`. */
enum codec_kind { CODEC_NONE, CODEC_GZIP, CODEC_XZ, CODEC_ZSTD, CODEC_BAD };
enum codec_filter {
    CODEC_PLAIN,
    CODEC_BCJ_X86,
    CODEC_BCJ_ARM64,
    CODEC_BCJ_ARM
}; /* the code that most of the bytes are: xz filters it, gzip takes less pains with it */

struct codec_opts {
    enum codec_kind kind;
    int level; /* 0: the codec's default (gzip 9, xz 6, zstd 19) */
    enum codec_filter filter;
    uint64_t size; /* bytes that will be put, if known (else 0): decides how blocks are cut */
    unsigned jobs; /* threads; 0 counts as 1 */
    size_t block;  /* gzip: bytes that are compressed on their own; 0: as the size suggests */
};

/* "gzip", "xz", "zstd", "none" (also "gz", "zst"); CODEC_BAD for others. */
enum codec_kind codec_find(struct str name);
const char *codec_name(enum codec_kind k);   /* "gzip" */
const char *codec_suffix(enum codec_kind k); /* ".gz", ".xz", ".zst", "" */
bool codec_level_ok(enum codec_kind k, int level);
/* By magic bytes: CODEC_NONE when it is none of them. */
enum codec_kind codec_sniff(const void *p, size_t n);

/* Compresses what is put into `s` into `below`. Memory comes from mem_alloc and is given back by
 * sink_close. */
int codec_sink(struct sink *s, struct sink *below, const struct codec_opts *o,
               struct err *e) MUST_USE;

/* Decompresses `below` (several members, frames and streams in a row too; trailing garbage is
 * E_INPUT). Memory is bounded: a window or dictionary over 128 MiB is refused. `below` is not
 * owned. */
int codec_source(struct source *s, struct source *below, enum codec_kind k, struct err *e) MUST_USE;

/* One raw deflate stream (RFC 1951) of bytes put as one piece, for ZIP: see io/deflate.h. */
uint32_t codec_crc32(uint32_t crc, const void *p, size_t n); /* CRC-32 of ISO 3309, start with 0 */
