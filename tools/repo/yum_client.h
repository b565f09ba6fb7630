/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/repository.h"

/* Writes NAME.repo, and NAME.asc when the repository is signed, into its root, where they are not
 * there already word for word. Nothing without an address. */
int yum_client_write(const struct repository_job *j, struct err *e) MUST_USE;
