/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"

/* The filters of {{ name | filter }}, as tmpl.h lists them: appends s escaped for what `f` names.
 * False when there is no such filter. */
bool tmpl_filter(struct str f, struct str s, struct buf *out);
