/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* What Windows shows of a program, set in a copy of it: the recipe's icon in the place of its own,
 * and version information made of title, vendor and version; what else is in it stays. `name` is
 * the file's own. Nothing of this for files that are signed, which it would break: *changed is
 * false then and `to` as it was. E_INPUT when it is no executable, or damaged. */
int winlook_set(const struct recipe *r, struct str name, struct infile *in, struct outfile *to,
                bool *changed, struct err *e) MUST_USE;
