/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/feeder.h"

/* The update manifests that electron-updater reads: latest.yml (Windows), latest-mac.yml,
 * latest-linux.yml and one for each further architecture of Linux. docs/latest-yml.md. */
extern const struct feeder latest_yml_feeder;

/* The formats for which the recipe's `feed: { blockmap: […] }` asks for a NAME.blockmap beside the
 * package. `section` may be NULL. */
bool latest_yml_wants_map(const struct value *section, struct str format);
