/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "flow/verify_release.h"

/* A published folder: every release, every file that site.json names, the repositories, and the
 * pointers. `dir`: its path when it is a folder of this machine, where there can be files that no
 * ledger names; NULL: it is read by its addresses alone, from the pointers on, as a client would.
 * *found is false when nothing of slipway's is there. */
int verify_site(const struct verify *v, const char *dir, bool *found, struct err *e) MUST_USE;

/* A repository of plain files; *found is false when `dir` is none. */
int verify_repository(const struct verify *v, const char *dir, bool *found, struct err *e) MUST_USE;
