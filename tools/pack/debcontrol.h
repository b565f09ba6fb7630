/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* The control.tar of a Debian package. */

/* The version as dpkg spells it; a revision only where recipe or section asks for one. */
void debcontrol_version(const struct pack_job *j, struct buf *out);

/* The keys of the section that name other packages, and their fields; ends with NULL. */
extern const struct debcontrol_relation { const char *key, *field; } debcontrol_relations[];

/* The members of control.tar as a tree: control, md5sums, conffiles, scripts, triggers. Sums that
 * are not known yet are zeros, of the right length. */
int debcontrol_tree(const struct pack_job *j, const struct tree *pkg, struct tree *control,
                    struct err *e) MUST_USE;

/* Puts the sums into the tree's md5sums: every file must have its own by now. */
int debcontrol_sums(const struct pack_job *j, const struct tree *pkg, struct tree *control,
                    struct err *e) MUST_USE;

/* usr/share/doc/NAME/copyright and changelog.gz, added to the package tree. */
int debcontrol_docs(const struct pack_job *j, struct tree *pkg, struct err *e) MUST_USE;
