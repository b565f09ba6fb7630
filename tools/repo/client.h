/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/repository.h"

/* A file in the root of a repository that tells clients of it, called after the job's name and
 * `suffix` (".repo"). Written only where it differs. E_USAGE for a name that is none for a file. */
int client_put(const struct repository_job *j, const char *suffix, struct str text,
               struct err *e) MUST_USE;
