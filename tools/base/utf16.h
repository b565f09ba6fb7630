/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/str.h"

/* UTF-16, which Windows' formats have. What is not UTF-8 becomes U+FFFD, and so do halves of pairs.
 */
struct str utf16_le(struct arena *mem, struct str utf8);
struct str utf16_be(struct arena *mem, struct str utf8);
struct str utf16_text(struct arena *mem, struct str bytes, bool big); /* UTF-8; an odd byte goes */
