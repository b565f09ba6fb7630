/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/str.h"

/* DER, the bytes that signatures are made of: tags below 31, definite lengths. */
enum {
    DER_BOOL = 1,
    DER_INT = 2,
    DER_BITS = 3,
    DER_OCTETS = 4,
    DER_NULL = 5,
    DER_OID = 6,
    DER_UTC_TIME = 0x17,
    DER_TIME = 0x18,
    DER_SEQ = 0x30,
    DER_SET = 0x31,
    DER_CONTEXT = 0x80, /* | number, | DER_MADE when it holds others */
    DER_MADE = 0x20,
};

struct der {
    unsigned tag;
    struct str body, all; /* all: with tag and length */
};

/* Cuts the next element off *rest; false, and *rest is as it was, at the end and where damaged. */
bool der_next(struct str *rest, struct der *d);
/* The same, and it has this tag. */
bool der_take(struct str *rest, unsigned tag, struct der *d);

/* An element made of the parts. DER(mem, tag, a, b …) */
struct str der_of(struct arena *mem, unsigned tag, const struct str *parts, size_t n);
#define DER(mem, tag, ...)                                                                         \
    der_of(mem, tag, (const struct str[]){__VA_ARGS__},                                            \
           sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str))

/* SET OF: the parts, sorted as DER wants them. */
struct str der_set_of(struct arena *mem, const struct str *parts, size_t n);

/* Object identifiers, written as people do: "1.2.840.113549.1.7.2". */
struct str der_oid(struct arena *mem, const char *dotted);
bool der_oid_is(struct str body, const char *dotted);
const char *der_dotted(struct arena *mem, struct str body); /* "?" when damaged */

struct str der_int(struct arena *mem, uint64_t v);
bool der_u64(struct str body, uint64_t *v); /* of an INTEGER; false: negative or too large */

/* Seconds since 1970 of a UTCTime or GeneralizedTime in UTC; fractions are dropped. */
bool der_time(const struct der *d, int64_t *seconds);
