/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "io/codec.h"

/* The rows behind io/codec.h; levels and jobs are filled in. Only codec.c calls these. */
enum { CODECS_WINDOW_MAX = 128 * 1024 * 1024, CODECS_INPUT = 128 * 1024 };

int codecs_gzip_sink(struct sink *s, struct sink *below, const struct codec_opts *o,
                     struct err *e) MUST_USE;
int codecs_gzip_source(struct source *s, struct source *below, struct err *e) MUST_USE;
int codecs_xz_sink(struct sink *s, struct sink *below, const struct codec_opts *o,
                   struct err *e) MUST_USE;
int codecs_xz_source(struct source *s, struct source *below, struct err *e) MUST_USE;
int codecs_zstd_sink(struct sink *s, struct sink *below, const struct codec_opts *o,
                     struct err *e) MUST_USE;
int codecs_zstd_source(struct source *s, struct source *below, struct err *e) MUST_USE;

/* The size of equal pieces that `size` bytes are cut into: none larger than `most`, none smaller
 * than `least`, at least two where there is enough for two, so that two processors share even a
 * small stream. Unknown size: `most`. */
size_t codecs_piece(uint64_t size, size_t least, size_t most);
