/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "io/source.h"

/* Cuts a document of rpm-md metadata into its <package> elements, in memory for one of them. */
enum { YUM_CUT_MAX = 256 * 1024 * 1024 }; /* bytes of one element */

struct yum_cut_ops {
    /* The bytes as they are read, before anything is cut out of them; may be NULL. */
    int (*raw)(void *self, struct str bytes, struct err *e);
    /* An element from "<package" to "</package>", and where it begins in the document. */
    int (*element)(void *self, struct str xml, uint64_t at, struct err *e);
};

/* E_INPUT for what is no such document, ends too early, or holds comments and CDATA inside of an
 * element, which cutting by text could take for something else. `root` is its outermost element. */
int yum_cut(struct source *s, const char *root, const struct yum_cut_ops *ops, void *self,
            struct err *e) MUST_USE;
