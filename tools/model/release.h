/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "crypto/digest.h"
#include "model/recipe.h"

/* The bill of lading: every artifact of a release. dist/release.json is its text form
 * (docs/release.schema.json). */
enum artifact_role {
    ROLE_PACKAGE,
    ROLE_SIGNATURE,
    ROLE_CHECKSUMS,
    ROLE_FEED,
    ROLE_BLOCKMAP,
    ROLE_INDEX,
    ROLE_KEY,
    ROLE_OTHER
};

struct artifact {
    struct str name; /* file name in the dist folder (may have folders: "apt/dists/…") */
    enum artifact_role role;
    struct str format;   /* packager's word, or "asc", "sha256" … */
    struct str os, arch; /* empty when it belongs to no target */
    uint64_t size;
    struct digest_set digests; /* sha256 and sha512 always */
    struct str parent;         /* name of the artifact this one signs or describes; empty: none */
    struct str signer;  /* fingerprint(s) of signatures inside (rpm header …) or of this detached
                           signature; empty: unsigned */
    struct str made_by; /* "slipway 0.1.0 deb" */
    struct str recipe_digest; /* packages: hex digest over everything that went in; equal: need not
                                 be made again */
    uint64_t cache_seconds;   /* how long a client may keep it: 31536000 for what never changes, 300
                                 for pointers */
    uint64_t blockmap_size; /* of the block map at the file's own end, without its length's 4 bytes;
                               0: none */
};

struct release {
    struct arena *mem;
    struct str name, title, version, channel;
    int64_t time;
    struct artifact *v;
    size_t n, room;
};

const char *release_role_name(enum artifact_role r);
struct artifact *
release_add(struct release *r,
            const struct artifact *a); /* replaces the one of the same name; keeps sorted by name */
struct artifact *release_find(const struct release *r, struct str name);
void release_remove(struct release *r, struct str name); /* and what has it as parent */
void release_write(const struct release *r, struct buf *json);
/* E_INPUT naming the place when the text is not a ledger. */
int release_read(struct str json, const char *file, struct arena *mem, struct release *r,
                 struct err *e) MUST_USE;
