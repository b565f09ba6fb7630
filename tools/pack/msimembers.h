/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/cfb.h"
#include "container/msidb.h"

/* The files inside an installer package against its tables: each file that should lie in a cabinet
 * of the package does, is as long as table File says, and has the MD5 of table MsiFileHash. E_INPUT
 * with the first that does not. `md5` (empty, with its arena) gets 16 bytes for each file that was
 * read, by its key. After msirules_check. */
int msimembers_check(const struct cfb_file *c, const struct msidb *db, struct map *md5,
                     struct err *e) MUST_USE;
