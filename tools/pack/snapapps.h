/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* Sets `apps` of snap.yaml: the app of `entry`, those of the section, the recipe's services. */
int snapapps_make(const struct pack_job *j, const struct tree *pkg, struct value *meta,
                  struct err *e) MUST_USE;
