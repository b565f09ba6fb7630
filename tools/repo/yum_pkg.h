/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "repo/yum_evr.h"

/* The three documents that say something of every package. */
enum yum_doc { YUM_PRIMARY, YUM_FILELISTS, YUM_OTHER, YUM_DOCS };

struct yum_piece { /* a <package> element in the spool of its document */
    uint64_t at, n;
};

struct yum_pkg {
    struct str name, arch, href;
    struct str id; /* the file's digest, hexadecimal; its name among the documents */
    struct yum_evr evr;
    uint64_t size;
    int64_t time; /* of the file */
    struct yum_piece piece[YUM_DOCS];
    struct yum_pkg *twin; /* the next with the same id: the same bytes in two places */
    bool away;            /* lies on another server */
    bool gone;            /* to be left out */
    bool fresh;           /* was not in the index before */
};
