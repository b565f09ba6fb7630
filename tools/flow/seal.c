/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/seal.h"

#include <string.h>

int seal_file(struct outfile *f, unsigned jobs, struct artifact *a, struct err *e) {
    AUTO(infile) in = INFILE_NONE;

    if (outfile_view(f, &in, e))
        return (int)e->code;
    a->size = in.size;
    return digest_infile(&in, 0, in.size, DIGEST_SHA256 | DIGEST_SHA512, jobs, &a->digests, e);
}

int seal_check(struct infile *f, const struct artifact *a, unsigned jobs, struct err *e) {
    struct digest_set d;

    if (f->size != a->size)
        return err_set(e, E_WRONG, "%s: has %llu bytes, the ledger says %llu", f->name,
                       (unsigned long long)f->size, (unsigned long long)a->size);
    if (digest_infile(f, 0, f->size, DIGEST_SHA256 | DIGEST_SHA512, jobs, &d, e))
        return (int)e->code;
    if (memcmp(d.sha256, a->digests.sha256, sizeof d.sha256))
        return err_set(e, E_WRONG, "%s: its SHA-256 is not the ledger's: it was changed", f->name);
    if (memcmp(d.sha512, a->digests.sha512, sizeof d.sha512))
        return err_set(e, E_WRONG, "%s: its SHA-512 is not the ledger's", f->name);
    return OK;
}
