/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cli/cmd.h"

/* Help, manual pages and the reference in docs/, all from the tables. On stdout; `c` NULL: of
 * slipway itself. */
int help_print(const struct cmd *c, struct err *e) MUST_USE;
int help_man(const struct cmd *c, struct err *e) MUST_USE; /* roff, man(7) */
int help_markdown(struct err *e) MUST_USE;                 /* docs/commands.md */
