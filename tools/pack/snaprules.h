/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* What snapd refuses to install and the store to take, as far as meta/snap.yaml says it (as
 * snapmeta_make made it). E_RECIPE with the position. */
int snaprules_meta(const struct pack_job *j, const struct value *meta, struct err *e) MUST_USE;

/* "[a-z](-?[a-z0-9])*": plugs, slots, interfaces and hooks. */
bool snaprules_word(struct str s);

/* snapd's names: a-z 0-9 - with a letter, no dash first, last or twice. */
bool snaprules_name(struct str s);

/* E_RECIPE "POS: snap: …"; without a position the one of the format. */
int snaprules_bad(const struct pack_job *j, struct pos at, struct err *e, const char *fmt, ...)
    PRINTF(4, 5);
