/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/report.h"
#include "model/contracts.h"

struct verify_opts {
    const char *const
        *keys; /* files of public keys to trust; none: the key that lies beside the artifacts */
    size_t n_keys;
    unsigned jobs;
    /* Files of certificates that signatures inside files have to lead to. None: of a single file
     * those of the system, of folders nothing is said. */
    const char *const *roots;
    size_t n_roots;
};

struct verify_counts {
    size_t files, signatures, packages; /* looked at; signatures beside files, not in them */
    size_t inner;                       /* signatures inside files of Windows */
    /* Of a single file: what it is, what its reader says of it, and the signatures inside it, a
     * list of maps; NULL: not known, or it can have none. */
    const char *format;
    const struct value *facts, *inside;
};

/* Checks a dist folder, a published folder or a single package or signature: ledger against files,
 * digests, archive structure, signatures. What is wrong goes into `bad`, one line a finding that
 * names the file; the return is 0 when it could be judged, whatever the verdict. */
int verify_path(const char *path, const struct verify_opts *o, struct arena *mem,
                struct report *bad, struct verify_counts *n, struct err *e) MUST_USE;
