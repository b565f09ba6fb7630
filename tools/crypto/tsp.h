/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "crypto/cms.h"
#include "io/http.h"

#include <stdatomic.h>

/* Time stamps of RFC 3161. */
enum { TSP_NONCE = 8 };

/* A request for a stamp over the digest of `bytes`; certificates are asked for. */
int tsp_request(struct str bytes, enum digest_kind kind, const unsigned char nonce[TSP_NONCE],
                struct arena *mem, struct str *der, struct err *e) MUST_USE;

struct tsp { /* a token, read */
    struct cms cms;
    int64_t when;
    enum digest_kind kind;
    struct str imprint; /* the digest it stamps */
    struct str nonce;   /* body of an INTEGER; empty: none */
};
int tsp_parse(struct str token, struct tsp *t, struct err *e) MUST_USE;

/* Is it of these bytes, and signed by the certificate that *which gets? E_WRONG if not. */
int tsp_check(const struct tsp *t, struct str bytes, size_t *which, struct err *e) MUST_USE;

/* The token in a server's answer to a request over `bytes`, checked against both. */
int tsp_answer(struct str answer, struct str bytes, const unsigned char nonce[TSP_NONCE],
               struct str *token, struct err *e) MUST_USE;

enum { TSP_SERVERS = 16 };
struct tsp_servers { /* in order; {0} is none */
    const char *url[TSP_SERVERS];
    size_t n;
    atomic_size_t first; /* the one that answered last is asked first next time */
};

/* Asks the servers until one gives a stamp: each twice, within bounds of time. E_NET that tells
 * what the last one did; warnings tell of the others. From any thread. */
int tsp_fetch(struct tsp_servers *v, struct str bytes, enum digest_kind kind, struct arena *mem,
              struct str *token, struct err *e) MUST_USE;
