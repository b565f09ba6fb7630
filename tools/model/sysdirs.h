/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/str.h"

#include <stdbool.h>

/* Folders that a distribution's own packages own: a package puts files there and leaves the folder
 * alone. */

/* As an application's tree names them: below the install root (bin, share/man/man1), or absolute
 * (/etc, /usr/bin). Some distribution owns it. */
bool sysdirs_app(struct str path);

/* As a package names them, without the first slash (usr/bin). Those with RPM packages own it. */
bool sysdirs_rpm(struct str path);
