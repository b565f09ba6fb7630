/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"

/* Asks who sits at the terminal for a secret, which is not shown; false: nobody is there, or
 * nothing was said. `self` is not looked at. */
bool ask_secret(void *self, const char *what, struct buf *secret);
