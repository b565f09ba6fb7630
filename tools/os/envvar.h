/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/str.h"

#include <stdbool.h>

/* The value of an environment variable, or NULL; "" counts as set. */
const char *envvar_get(const char *name);
bool envvar_is_set(const char *name); /* set and not empty */
