/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "pack/rpmdeps.h"

/* What rpmbuild finds in files that are not ELF: the interpreters that executable scripts require,
 * the applications, link handlers and metainfo that a package provides. */
int rpmattr_find(struct rpmdeps *d, const struct pack_job *j, const struct rpmfiles *f,
                 struct err *e) MUST_USE;
