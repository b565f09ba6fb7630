/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/rpmhdr.h"
#include "text/value.h"

/* What the headers of an RPM package say, for people. */
void rpmfacts_add(const struct rpmhdr *sig, const struct rpmhdr *h, struct arena *mem,
                  struct value *facts);
