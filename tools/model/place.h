/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "crypto/digest.h"

/* A place that is read the way its clients read it: a folder or a served site. Paths are relative
 * to the place, with '/', as a client would ask for them. */
struct place {
    const char *where; /* for messages: "out/site", "http://127.0.0.1:8080" */
    void *self;
    /* The whole of a small file, in `mem`. Nothing there: OK and bytes->p is NULL. Larger than
     * `max`: E_WRONG. */
    int (*read)(void *self, const char *path, size_t max, struct arena *mem, struct str *bytes,
                struct err *e);
    /* Size and digests of a file of any size, in bounded memory. Nothing there: OK and *there is
     * false. */
    int (*sum)(void *self, const char *path, unsigned kinds, bool *there, uint64_t *size,
               struct digest_set *d, struct err *e);
};
