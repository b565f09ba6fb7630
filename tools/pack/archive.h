/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* What tar archives and zip have in common: NAME-VERSION-OS-ARCH.SUFFIX with one folder
 * NAME-VERSION at the top that holds the application's tree, LICENSE and CHANGELOG.md. */

int archive_check(const struct pack_job *j, struct err *e) MUST_USE;
int archive_file_name(const struct pack_job *j, const char *suffix, struct buf *out,
                      struct err *e) MUST_USE;

/* The section's `wrap` names the folder at the top; empty: none. */
int archive_layout(const struct pack_job *j, const struct tree *app, bool no_case, struct tree *pkg,
                   struct err *e) MUST_USE;
