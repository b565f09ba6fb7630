/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/str.h"

/* The order of deb-version(7): epoch, upstream version, revision; `~` sorts before the end. <0, 0,
 * >0. */
int apt_version_cmp(struct str a, struct str b);

/* What dpkg takes for a version: begins with a digit behind the epoch, and holds nothing but
 * letters, digits and . + - : ~ */
bool apt_version_ok(struct str s);
