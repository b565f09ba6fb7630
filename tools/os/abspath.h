/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>

/* The path with the working folder in front when it is relative. Symlinks and ".." stay. */
int abspath(const char *path, struct arena *a, struct str *out, struct err *e) MUST_USE;

/* Where root/path is when every symlink is followed, `root` being a folder's real path (see
 * abspath_real); *out is NULL when nothing is there. E_WRONG when `path` is absolute, has "." or
 * ".." in it, or leads out of the root. */
int abspath_inside(const char *root, const char *path, struct arena *a, const char **out,
                   struct err *e) MUST_USE;

/* The path of what is there, without symlinks. */
int abspath_real(const char *path, struct arena *a, const char **out, struct err *e) MUST_USE;

/* Whether a relative path keeps below where it starts, by its letters alone: no "..", ".", empty
 * part or slash in front. */
bool abspath_below(struct str path);
