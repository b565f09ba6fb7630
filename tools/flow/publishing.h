/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "flow/run.h"

/* Every row of publish: asked whether it can work, before anything is built. */
int publishing_check(struct flow *f, struct report *problems, struct err *e) MUST_USE;

/* Step 12: each row in order. The dist folder must be settled. */
int publishing_run(struct flow *f, struct err *e) MUST_USE;
