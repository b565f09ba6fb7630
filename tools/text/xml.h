/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"

/* Appends s as XML 1.0 character data or as what stands in "…"; characters that XML cannot hold and
 * bytes that are not UTF-8 become U+FFFD. */
void xml_escape(struct str s, struct buf *out);
