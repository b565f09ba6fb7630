/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/str.h"

/* Addresses of the web. */
bool url_is(struct str s); /* begins with http:// or https:// */

/* E_USAGE unless it is an http or https address with a host and without blanks and controls. */
int url_check(struct str url, struct err *e) MUST_USE;

/* An address for messages: without user, password, query and fragment, where secrets are. */
const char *url_shown(struct arena *mem, struct str url);

/* A path as it stands in an address: every byte but letters, digits, "-._~" and "/" is %XX. */
struct str url_path(struct arena *mem, struct str path);

/* `base` without its fragment, a slash, and the path. The query of `base`, where
 * tokens of signed addresses are, is kept behind the path. */
const char *url_join(struct arena *mem, struct str base, struct str path);
