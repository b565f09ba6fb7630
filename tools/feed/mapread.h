/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "os/infile.h"

/* Reads block maps, ours or anyone's: what an older version consists of. Nothing in them is
 * trusted. */
enum { MAPREAD_SUM = 18, MAPREAD_CHUNK_MAX = 1 << 24, MAPREAD_TEXT_MAX = 64 * 1024 * 1024 };

struct mapread_chunk {
    uint64_t at; /* where it begins in the file */
    uint32_t size;
    unsigned char sum[MAPREAD_SUM]; /* BLAKE2b of that length */
};

struct mapread {
    struct mapread_chunk *v;
    size_t n;
    uint64_t size; /* of the file that the map is of */
};

/* The JSON itself. E_INPUT beginning with `file` when it is no map of one file, names a version
 * that is not known, or holds what cannot be. */
int mapread_json(struct str json, const char *file, struct arena *mem, struct mapread *m,
                 struct err *e) MUST_USE;

/* The bytes of a NAME.blockmap. */
int mapread_gzip(struct str bytes, const char *file, struct arena *mem, struct mapread *m,
                 struct err *e) MUST_USE;

/* The map at a file's own end. E_INPUT when there is none, or when it is not of the bytes before it
 * as far as their number tells. */
int mapread_inside(struct infile *f, struct arena *mem, struct mapread *m, struct err *e) MUST_USE;

/* The same when only the file's last bytes are at hand: the map and its length, behind `before`
 * other bytes. */
int mapread_tail(struct str bytes, uint64_t before, const char *file, struct arena *mem,
                 struct mapread *m, struct err *e) MUST_USE;

/* Does the file hold what its map says? E_WRONG naming the first chunk whose bytes are others: a
 * client that trusts the map would build a broken file, or silently fetch the whole. Chunks that
 * begin before `from` are not looked at. */
int mapread_check(const struct mapread *m, struct infile *f, uint64_t from, struct err *e) MUST_USE;
