/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/schema.h"

/* What `snap:` of a recipe may hold. The words are those of snap.yaml. */
extern const struct schema snapschema_keys[];
