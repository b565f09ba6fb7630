/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "io/codec.h"
#include "pack/payload.h"

/* A package tree as a compressed tar: what deb and the tar archives have in common. */
struct tarput {
    const struct tree *tree;
    const char *prefix; /* in front of every path: "./" or "" */
    bool root;          /* begin with an entry for the prefix itself, as dpkg-deb does */
    int64_t mtime;
    struct codec_opts codec; /* size and jobs are filled in */
    unsigned digests;        /* that the files must have afterwards */
};

/* Writes it into `out`, which stays open. */
int tarput_write(const struct tarput *t, const struct pack_job *job, struct sink *out,
                 struct err *e) MUST_USE;

/* Reads a compressed tar back into a tree: kinds, modes, sizes, targets; `prefix` is taken off.
 * With `sums` files get md5 digests too. Names that leave the root and trees of over a million
 * entries are E_INPUT. */
int tarput_list(struct source *in, enum codec_kind k, const char *prefix, unsigned sums,
                struct arena *mem, struct tree *found, struct err *e) MUST_USE;
