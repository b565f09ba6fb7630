/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "crypto/digest.h"
#include "os/infile.h"
#include "os/outfile.h"

/* Block maps as electron-builder 26 writes and electron-updater 6 reads them: a file cut in chunks
 * by its content, so that two versions share most of them, and a digest of each. docs/blockmap.md
 * tells the algorithm; update clients compare two maps and download only the chunks that they lack.
 */

/* Cuts [at, at+n) of a file and, in the same read, makes its digests of `kinds` (0: none; `sums`
 * may be NULL then). The map goes to `json`: `{"version":"2","files":[…]}`, byte for byte what
 * electron-builder's generator gives. Memory depends on `jobs` alone, but for the map itself: about
 * 2 MB for each GB. */
int blockmap_infile(struct infile *f, uint64_t at, uint64_t n, unsigned kinds, unsigned jobs,
                    struct digest_set *sums, struct buf *json, struct err *e) MUST_USE;

/* Appends its own map to a finished file, as blockmap_trailer has it, in the one read that makes
 * the digests of the whole: with the map. *packed: the map's length in the file, without the 4
 * bytes behind it. */
int blockmap_append(struct outfile *f, unsigned kinds, unsigned jobs, struct digest_set *sums,
                    uint64_t *packed, struct err *e) MUST_USE;

/* The separate file NAME.blockmap: gzip -9 of the map, the same bytes each time. */
int blockmap_gzip(struct str json, struct buf *out, struct err *e) MUST_USE;

/* What is appended to a file that carries its own map: raw deflate of the map and the length of
 * that as 4 bytes, big-endian. */
int blockmap_trailer(struct str json, struct buf *out, struct err *e) MUST_USE;

enum { BLOCKMAP_MAX = 256 * 1024 * 1024 }; /* of a map's text: a file of 100 GB */
