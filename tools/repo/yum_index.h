/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/map.h"
#include "io/codec.h"
#include "os/outfile.h"
#include "repo/yum_pkg.h"
#include "repo/yum_repomd.h"

/* What a repository's documents say. Only a few facts of each package are in memory; the XML lies
 * in nameless files, uncompressed, to be put together anew. */
struct yum_index {
    struct arena *mem;
    struct yum_pkg **v;
    size_t n, room;
    struct map by_id;
    struct yum_spool {
        struct outfile file;
        struct buf pending; /* not in the file yet */
    } spool[YUM_DOCS];
};
#define YUM_INDEX_NONE                                                                             \
    ((struct yum_index){                                                                           \
        .spool = {{.file = OUTFILE_NONE}, {.file = OUTFILE_NONE}, {.file = OUTFILE_NONE}}})

const char *yum_index_type(enum yum_doc d); /* "primary" */

/* An empty one whose files are in `dir`. */
int yum_index_open(struct yum_index *x, int dir, struct arena *mem, struct err *e) MUST_USE;
void yum_index_drop(struct yum_index *x);

/* Reads the primary document that repomd.xml names, checked against its digest. E_INPUT when they
 * do not match or when it cannot be read. `dir`: the folder repodata. */
int yum_index_load(struct yum_index *x, int dir, const struct yum_repomd *r,
                   struct err *e) MUST_USE;

/* Then, when something changes, the other two; each package has to be in both. */
int yum_index_load_rest(struct yum_index *x, int dir, const struct yum_repomd *r, unsigned jobs,
                        struct err *e) MUST_USE;

/* Adds a package and its XML; both are copied. One thread at a time. */
int yum_index_add(struct yum_index *x, const struct yum_pkg *p, const struct buf doc[YUM_DOCS],
                  struct err *e) MUST_USE;

/* Takes out what is `gone` and puts the rest in the order of their places. */
void yum_index_sort(struct yum_index *x);

/* Writes one document into `dir`, named by its digest, and tells what there is to say of it. */
int yum_index_write(struct yum_index *x, enum yum_doc d, int dir, enum codec_kind compress,
                    unsigned jobs, struct yum_repomd_data *made, struct err *e) MUST_USE;
