/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "stage/fill.h"
#include "stage/load.h"

/* What no single value shows: rows that say the same twice, files that are not there, keys that
 * need another. */
void cross_check(struct fill *f, const struct load_section *sections);
