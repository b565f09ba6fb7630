/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/str.h"

#include <stdbool.h>

/* The value of an environment variable, or NULL; "" counts as set. */
const char *envvar_get(const char *name);
bool envvar_is_set(const char *name); /* set and not empty */

/* Our environment with `add` ("K=V") put in or over it, NULL-ended: what a child gets. */
const char *const *envvar_with(struct arena *a, const struct str *add, size_t n);

/* The same without the variables of these names; one that `add` sets is there all the same. */
const char *const *envvar_without(struct arena *a, const struct str *hide, size_t n_hide,
                                  const struct str *add, size_t n);
