/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* Name, architecture and every field of the section in the form dpkg takes: what it would refuse on
 * the users' machines is found here. E_RECIPE with the position. */
int debcheck_job(const struct pack_job *j, struct err *e) MUST_USE;
