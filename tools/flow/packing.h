/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "flow/run.h"

/* Steps 2 to 7 for every item of the plan: gather, layout, write, inner signature, seal. What is
 * unchanged is kept. */
int packing_run(struct flow *f, struct err *e) MUST_USE;
