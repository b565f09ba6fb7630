/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* The recipe's `windows` section. */
extern const struct schema winlook_schema[];

/* What there is to say of its values; E_RECIPE at their place. Pure but for the manifest's file. */
int winlook_check(const struct recipe *r, struct err *e) MUST_USE;

/* What Windows shows of a program, set in a copy of it: the recipe's icon in the place of its own,
 * version information made of title, vendor and version, and the section's manifest, or a plain one
 * when it has none; what else is in it stays. `*changed` is false, and `to` as it was, for what is
 * no program, for one that is signed, which this would break, and when the section says so; and,
 * with a warning, where nobody can say that the program works afterwards: it checks its own bytes,
 * or what is behind its sections would move and is not known.
 *
 * `beside`: a manifest lies beside it in the tree, as PATH.manifest; one inside would hide it.
 * `name` is the file's own. E_INPUT, at the entry's place in the recipe, when it is damaged. */
int winlook_program(const struct recipe *r, struct str name, bool beside, struct infile *in,
                    struct outfile *to, bool *changed, struct err *e) MUST_USE;

/* The same for one with no manifest beside it. */
int winlook_set(const struct recipe *r, struct str name, struct infile *in, struct outfile *to,
                bool *changed, struct err *e) MUST_USE;
