/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"

/* repomd.xml: the list of a repository's documents, and what is signed. */
struct yum_repomd_data {
    struct str type, file; /* "primary"; the name of its file in repodata/, empty: elsewhere */
    struct str kind, sum;  /* of the file: "sha256", hexadecimal digits */
    struct str open_kind, open_sum; /* of what is compressed in it */
    uint64_t size, open_size;       /* 0: not told */
    uint64_t time;
    struct str xml; /* the element as it stands there */
};

struct yum_repomd {
    bool there;
    struct str revision, tags; /* tags: the element as it stands there */
    struct yum_repomd_data *v;
    size_t n;
};

enum { YUM_REPOMD_MAX = 4 * 1024 * 1024, YUM_REPOMD_DATA = 1000 };

/* E_INPUT for what is no repomd.xml. Names of files that lead out of repodata/ are refused. */
int yum_repomd_read(struct str xml, struct arena *mem, struct yum_repomd *r,
                    struct err *e) MUST_USE;

const struct yum_repomd_data *yum_repomd_find(const struct yum_repomd *r, const char *type);

/* Is an entry one that is made from the packages and wrong once they change (primary_db …)? */
bool yum_repomd_derived(struct str type);

/* Appends a whole repomd.xml: `made`, then what of `old` is neither made here nor derived. */
void yum_repomd_write(const struct yum_repomd *old, const struct yum_repomd_data *made, size_t n,
                      uint64_t revision, struct buf *out);
