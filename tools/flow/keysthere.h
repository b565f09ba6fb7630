/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "flow/run.h"

/* Before the build steps, which may take long: are the variables set and the files there that the
 * keys this run needs are read from? A file that is an output of a build step may come later.
 * E_SIGN at the recipe's place otherwise. Opens none of them: a token's session would not last. */
int keysthere_check(const struct flow *f, struct err *e) MUST_USE;
