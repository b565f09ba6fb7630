/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* What is in a package: its format's word, facts in display order, and its files. Facts are texts,
 * lists of texts, and maps of numbers. */
struct inspect {
    const char *format;
    struct value *facts;
    struct tree files;
    uint64_t size;
    struct digest_set digests; /* sha256 */
    /* Signatures inside files of Windows, a list of maps as authenticode_verify gives them; NULL:
     * its format has none of that kind. */
    struct value *signatures;
};

/* E_INPUT when no format knows it. After E_INPUT and E_WRONG `out` has what was found until then,
 * signatures too; without a `format` that is nothing. A signature that does not fit the file is in
 * `bad`; whom it leads to is not looked at. */
int inspect_file(const char *path, struct arena *mem, struct inspect *out, struct report *bad,
                 struct err *e) MUST_USE;
/* All but the signatures, of an open file; its name tells formats apart that begin alike. */
int inspect_infile(struct infile *in, const char *path, struct arena *mem, struct inspect *out,
                   struct err *e) MUST_USE;
