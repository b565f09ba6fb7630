/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sign/authenticode_make.h"

/* A folder in which what is to be signed elsewhere waits (ID.tosign, ID.digest, ID.json) and what
 * was signed is kept (ID.signed). The ID is a digest of all that is signed and by whom, so that the
 * same program made again finds its signature. */

/* The finished signature; empty: there is none, and it is noted that one is wanted. From any
 * thread. */
int authenticode_held_take(const struct authenticode *a, const struct cms_make *m, const char *name,
                           struct arena *mem, struct str *der, struct err *e) MUST_USE;

struct authenticode_held { /* one that waits */
    const char *id;
    const char *name; /* for its parts, here and elsewhere: the file's name and some of the ID */
};
/* Those that wait, by name; `signed_ones`, when not NULL, gets the names of those that do not. */
int authenticode_held_list(int held, struct arena *mem, struct authenticode_held **v, size_t *n,
                           struct buf *signed_ones, struct err *e) MUST_USE;

/* Copies the parts of one into the folder `dir`, as NAME.tosign and so on. */
int authenticode_held_give(int held, const struct authenticode_held *h, int dir,
                           struct err *e) MUST_USE;
/* Makes the signature of NAME.signature in `dir`, with a time stamp by `a`; it waits no more. */
int authenticode_held_answer(const struct authenticode *a, int held,
                             const struct authenticode_held *h, int dir, struct err *e) MUST_USE;
/* It waits no more, and was not signed. */
int authenticode_held_forget(int held, const struct authenticode_held *h, struct err *e) MUST_USE;
