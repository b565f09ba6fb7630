/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/rpmhdr.h"
#include "model/contracts.h"

/* The files of an RPM package in the order of header and payload. */
struct rpmfiles_one {
    const struct tree_entry *entry;
    const struct tree_entry *bytes; /* the entry whose bytes and digest these are */
    uint32_t ino, links;            /* equal numbers: hard links of one file */
    size_t next;                    /* of these links, the one behind this; n: it is the last */
    bool content;                   /* the payload has its bytes here: the last of its links */
};

struct rpmfiles {
    struct rpmfiles_one *v;
    size_t n;
    uint64_t installed; /* sum of the sizes, hard links once */
    uint64_t archive;   /* size of the uncompressed payload */
    bool large;         /* a file over 4 GiB: payload of stripped entries */
    bool config, hard_links;
};

/* Folders of the system (model/sysdirs.h) that nobody named are left out: linux_tree brings them.
 */
void rpmfiles_list(const struct tree *pkg, struct arena *mem, struct rpmfiles *f);

/* The FILE…, BASENAMES, DIRNAMES and SIZE tags. `color`: 0, 1 or 2 for each file, by ELF class.
 * With `digests` every file must have its sha256; without, they get as long placeholders. */
int rpmfiles_tags(const struct rpmfiles *f, const struct pack_job *j, const uint32_t *color,
                  bool digests, struct rpmhdr *h, struct err *e) MUST_USE;

/* The cpio archive. Files without a sha256 have one afterwards. */
int rpmfiles_payload(const struct rpmfiles *f, const struct pack_job *j, struct sink *s,
                     struct err *e) MUST_USE;
