/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "flow/place.h"

/* What the places of flow/place.h have beside the contract: the first thing that `self` holds is a
 * pointer to one of these. */
struct place_kind {
    int (*fetch)(void *self, const char *path, uint64_t max, struct place_file *f, struct err *e);
    int (*range)(void *self, const char *path, uint64_t at, size_t n, struct arena *mem,
                 struct str *bytes, struct err *e);
    void (*drop)(void *self); /* may be NULL */
};
