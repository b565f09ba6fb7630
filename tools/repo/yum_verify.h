/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/repository.h"

/* The verify of yum_repository. */
int yum_verify(const struct place *p, struct str keys, struct report *bad, size_t *files,
               struct arena *mem, struct err *e);
