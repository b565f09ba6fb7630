/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/recipe.h"

/* What templates/linux/metainfo.xml (AppStream) is filled with. */
struct value *metainfo_variables(const struct recipe *r, struct arena *a);
