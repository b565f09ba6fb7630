/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* What stands in front of the main header of an RPM package: lead and signature header. Always of
 * one size: a signature takes its room from the reserved space, the payload stays where it is. */
enum { RPMFRONT_SIZE = 96 + 4448 };

struct rpmfront {
    struct str name;  /* NAME-VERSION-RELEASE, for the lead */
    unsigned machine; /* for the lead */
    struct str header;
    uint64_t payload, archive; /* bytes of the payload as it lies there and uncompressed */
    struct str signature;      /* a binary OpenPGP signature over the header, or empty */
    unsigned algorithm;        /* of the signature's key */
};

int rpmfront_write(const struct rpmfront *x, struct buf *out, struct err *e) MUST_USE;

/* Signs the header of the package in `f`. */
int rpmfront_embed(const struct signer *s, struct outfile *f, struct err *e) MUST_USE;
