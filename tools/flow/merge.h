/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "flow/run.h"

/* Brings the packages and block maps of another job's release into the dist folder: the folder
 * `path` below `dir` holds them and their release.json. Only the same name and version fit, and a
 * package that both have must have the same bytes. */
int merge_folder(struct flow *f, int dir, const char *path, struct err *e) MUST_USE;

/* What describes them all (feeds, checksums, signatures) is made anew from the ledger of all, and
 * the dist folder is settled. */
int merge_end(struct flow *f, struct err *e) MUST_USE;
