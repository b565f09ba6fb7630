/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/str.h"
#include "model/recipe.h"

/* The small static programs of tools/runtime that travel inside packages, as they lie in this
 * program. Empty: it was built without that architecture's. */

/* What an AppImage begins with: an ELF program with the sections of the type 2 specification. */
struct str runtimes_appimage(enum arch_kind arch);

/* An AppImage's AppRun: reads the file AppRun.conf beside it and starts what that says. */
struct str runtimes_launcher(enum arch_kind arch);
