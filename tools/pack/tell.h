/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "text/value.h"

/* Facts of packages, for packager.list: what is empty is left out. */
void tell_text(struct arena *mem, struct value *facts, const char *key, struct str text);
void tell_number(struct arena *mem, struct value *facts, const char *key, int64_t n);
/* One more of a list. */
void tell_item(struct arena *mem, struct value *facts, const char *key, struct str text);

/* What was compared with sums that the file has, and what cannot be. */
#define TELL_CHECKED "Checked"
#define TELL_UNCHECKED "Not-Checked"
/* All that is wrong, where it is more than the error can say. */
#define TELL_WRONG "Wrong"
