/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* Publishes into a folder that a web server can serve:
 *
 *   releases/v1.2.3/   every artifact and release.json; never changes once it is there
 *   releases/latest    the newest stable release
 *   channels/NAME      the newest release of a channel ("stable", "beta" …)
 *   .slipway/          generations of the pointers, a lock, what is on its way in
 *
 * The payloads come in by the rename of a whole folder, then one symlink, .slipway/current, moves
 * all pointers at once. Killed anywhere, the folder shows the earlier state, and the next run
 * finishes. */
extern const struct publisher dir_publisher;
