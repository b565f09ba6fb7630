/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* What is in a package: its format's word, facts in display order, and its files. E_INPUT when no
 * format knows it. */
struct inspect {
    const char *format;
    struct value *facts;
    struct tree files;
    uint64_t size;
    struct digest_set digests; /* sha256 */
};
int inspect_file(const char *path, struct arena *mem, struct inspect *out, struct err *e) MUST_USE;
/* The same of an open file; its name tells formats apart that begin alike. */
int inspect_infile(struct infile *in, const char *path, struct arena *mem, struct inspect *out,
                   struct err *e) MUST_USE;
