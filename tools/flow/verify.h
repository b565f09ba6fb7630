/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/report.h"
#include "model/contracts.h"

struct verify_opts {
    const char *const
        *keys; /* files of public keys to trust; none: the key that lies beside the artifacts */
    size_t n_keys;
    unsigned jobs;
};

struct verify_counts {
    size_t files, signatures, packages; /* looked at */
};

/* Checks a dist folder, a published folder or a single package or signature: ledger against files,
 * digests, archive structure, signatures. What is wrong goes into `bad`, one line a finding that
 * names the file; the return is 0 when it could be judged, whatever the verdict. */
int verify_path(const char *path, const struct verify_opts *o, struct arena *mem,
                struct report *bad, struct verify_counts *n, struct err *e) MUST_USE;
