/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "io/codec.h"
#include "pack/rpmdeps.h"
#include "pack/rpmfiles.h"

/* The main header of an RPM package. */

enum { RPMHEAD_MAX = 300 * 1024 * 1024 }; /* more than rpm reads */

void rpmhead_version(const struct pack_job *j, struct buf *out); /* VERSION-RELEASE, no epoch */

/* Name, version and every field in the form that rpm takes. E_RECIPE. */
int rpmhead_check(const struct pack_job *j, struct err *e) MUST_USE;

struct rpmhead { /* all that does not hang on a digest */
    const struct pack_job *job;
    struct rpmfiles files;
    struct rpmhdr fixed;
    uint32_t *color;
    uint64_t size; /* of the main header */
    struct codec_opts codec;
};

int rpmhead_plan(struct rpmhead *x, const struct pack_job *j, const struct tree *pkg,
                 struct codec_opts codec, struct err *e) MUST_USE;

/* Digests of the payload as it lies in the package and before compression. */
struct rpmhead_payload {
    unsigned char packed[32], plain[32];
};

/* The main header; `p` NULL: with placeholders, to know its size. */
int rpmhead_main(const struct rpmhead *x, const struct rpmhead_payload *p, struct buf *out,
                 struct err *e) MUST_USE;
