/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/str.h"

/* File name patterns: * and ? inside one part of a path, ** as a part of its own for any number of
 * folders, [a-z] [!a-z], {a,b} alternatives, \ before a character that means itself. Names that
 * begin with a dot are like any other. */
enum { GLOB_FILES_MAX = 1000000, GLOB_BRACES_MAX = 1000 };

/* Files and symlinks below `dir` that match, as paths relative to it, sorted by bytes, each once.
 * With a slash at the pattern's end: folders instead (without that slash). Parts without * ? [ are
 * taken as they are, also ".." and symlinks; a symlinked folder is never entered by a wildcard. No
 * match is no error; E_RECIPE for a pattern with an open bracket, E_INPUT for too many matches. */
int glob_find(const char *dir, struct str pattern, struct arena *a, struct str **paths, size_t *n,
              struct err *e) MUST_USE;

/* Does a relative path match? What is wrong with a pattern makes it match nothing. */
bool glob_match(struct str pattern, struct str path);

bool glob_magic(struct str pattern); /* has a wildcard, class or alternative in it */

/* The folder in which the wildcards begin: "share/doc" of "share/doc/x-*.txt"; empty when they
 * begin in the first part. */
struct str glob_base(struct str pattern);
