/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/report.h"

/* The pointers of a published folder: which release is `latest`, which one each channel has. They
 * live together in .slipway/generations/N; .slipway/current names the one that counts. */

/* Lets every pointer that `version` is newer than point at releases/vVERSION, in one atomic switch.
 * *moved is false when nothing had to change. Also makes the fixed links releases/latest and
 * channels. */
int pointers_move(int root, struct str version, struct arena *mem, bool *moved,
                  struct err *e) MUST_USE;

/* Findings: pointers that point nowhere, fixed links that are missing. */
int pointers_check(int root, const char *where, struct report *bad, struct arena *mem,
                   struct err *e) MUST_USE;
