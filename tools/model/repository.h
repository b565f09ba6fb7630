/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/report.h"
#include "model/contracts.h"
#include "model/place.h"

/* What a package repository (apt, yum) is to the rest of slipway. A repository is a folder:
 * packages and client files lie below its root, and one folder below it, the index ("dists",
 * "repodata"), says which of them there are. An update works on a private copy of the index folder
 * (made of hard links: files in it are replaced by new ones, never written into), which the caller
 * then switches in as a whole; packages are put in place before that and are taken away only by a
 * later run. */

struct repository_add { /* a package to add */
    int dir;            /* folder that `path` is relative to, or FSYS_HERE */
    const char *path;
    bool link; /* the file never changes: it may be hard-linked into the repository */
};

struct repository_job {
    int root;          /* the repository's folder */
    const char *where; /* its path, for messages */
    int index;         /* the copy of the index folder to edit; empty for a new repository */
    bool scan; /* nothing to add was named: the packages below the root are what there is to index,
                  those that went are dropped */
    const struct value *section; /* options, checked against the schema; NULL: none */
    const struct repository_add *add;
    size_t n_add;
    const struct str *remove; /* "NAME" or "NAME=VERSION" to take out */
    size_t n_remove;
    struct str name, title; /* of the application: client files are called NAME.sources … */
    struct str url;         /* where clients find the root, without a slash at the end; empty: no
                               client files that need it */
    const struct signer *signer; /* NULL: unsigned */
    struct str public_key;       /* armored, when there is a signer */
    int64_t now;                 /* the release's clock; 0 is a time too */
    unsigned jobs;
    struct arena *mem;
    /* out */
    size_t added, removed, kept; /* packages */
    bool changed;                /* false: the index is as it was and needs no switch */
    struct str *doomed;          /* files below root that no index names any more */
    size_t n_doomed;
};

struct repository {
    const char *name;            /* the word after `to:`, and the folder in a published site */
    const char *suffix;          /* of the packages it takes: ".deb" */
    const char *index;           /* its index folder: "dists" */
    const struct schema *schema; /* of its row in the recipe; the same keys are options of
                                    `slipway repo NAME` */
    int (*check)(const struct value *section, struct err *e); /* pure; may be NULL */
    int (*update)(struct repository_job *j, struct err *e);
    /* Reads the repository as a client would: every index against its signature and against the
     * packages. Findings go into `bad`. `keys`: public keys to trust, empty: those beside it. */
    int (*verify)(const struct place *p, struct str keys, struct report *bad, size_t *files,
                  struct arena *mem, struct err *e);
    /* How long a client may keep a file of the repository, in seconds, by its path below root. */
    uint64_t (*cache_seconds)(struct str path);
};
