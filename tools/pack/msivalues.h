/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "pack/msibuild.h"

/* `registry` of the section: values that go with the application. */

/* Of an item of the list. */
extern const struct schema msivalues_schema[];

/* Values fit their types, roots the scope; E_RECIPE with the position. Pure. */
int msivalues_check(const struct pack_job *j, struct err *e) MUST_USE;

void msivalues_add(struct msibuild *b);

/* A text as table Registry has it: # in front would make it a number. */
struct str msivalues_text(struct msibuild *b, struct str text);
