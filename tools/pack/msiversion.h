/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "pack/msibuild.h"

/* Version and language of programs and libraries that have such a resource: columns of table File.
 * The installer compares them with what lies there. After msifiles_add, before msifiles_hashes,
 * which is for files without. */
int msiversion_set(struct msibuild *b, struct err *e) MUST_USE;
bool msiversion_has(const struct msibuild *b, size_t file);
