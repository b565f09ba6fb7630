/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/seal.h"

#include "feed/blockmap.h"

#include <string.h>

int seal_file(struct outfile *f, unsigned jobs, struct artifact *a, struct err *e) {
    AUTO(infile) in = INFILE_NONE;

    if (outfile_view(f, &in, e))
        return (int)e->code;
    a->size = in.size;
    return digest_infile(&in, 0, in.size, DIGEST_SHA256 | DIGEST_SHA512, jobs, &a->digests, e);
}

int seal_file_map(struct outfile *f, unsigned jobs, struct artifact *a, struct buf *json,
                  struct err *e) {
    AUTO(infile) in = INFILE_NONE;

    if (outfile_view(f, &in, e))
        return (int)e->code;
    a->size = in.size;
    return blockmap_infile(&in, 0, in.size, DIGEST_SHA256 | DIGEST_SHA512, jobs, &a->digests, json,
                           e);
}

int seal_file_inside(struct outfile *f, unsigned jobs, struct artifact *a, struct err *e) {
    if (blockmap_append(f, DIGEST_SHA256 | DIGEST_SHA512, jobs, &a->digests, &a->blockmap_size, e))
        return (int)e->code;
    a->size = f->size;
    return OK;
}

static int seal_size(const char *name, uint64_t size, const struct artifact *a, struct err *e) {
    if (size == a->size)
        return OK;
    return err_set(e, E_WRONG, "%s: has %llu bytes, the ledger says %llu", name,
                   (unsigned long long)size, (unsigned long long)a->size);
}

int seal_match(const char *name, uint64_t size, const struct digest_set *d,
               const struct artifact *a, struct err *e) {
    if (seal_size(name, size, a, e))
        return (int)e->code;
    if (memcmp(d->sha256, a->digests.sha256, sizeof d->sha256))
        return err_set(e, E_WRONG, "%s: its SHA-256 is not the ledger's: it was changed", name);
    if (memcmp(d->sha512, a->digests.sha512, sizeof d->sha512))
        return err_set(e, E_WRONG, "%s: its SHA-512 is not the ledger's", name);
    return OK;
}

int seal_check(struct infile *f, const struct artifact *a, unsigned jobs, struct err *e) {
    struct digest_set d;

    if (seal_size(f->name, f->size, a, e) ||
        digest_infile(f, 0, f->size, DIGEST_SHA256 | DIGEST_SHA512, jobs, &d, e))
        return (int)e->code;
    return seal_match(f->name, f->size, &d, a, e);
}
