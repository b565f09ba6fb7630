/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/str.h"

#include <stdbool.h>

/* Is it a folder that the filesystem package of a distribution, or another of its base packages,
 * owns? A package puts files there and leaves the folder alone. No first slash. */
bool rpmdirs_system(struct str path);
