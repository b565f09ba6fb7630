/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/str.h"

/* The path with the working folder in front when it is relative. Symlinks and ".." stay. */
int abspath(const char *path, struct arena *a, struct str *out, struct err *e) MUST_USE;
