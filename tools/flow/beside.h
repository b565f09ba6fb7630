/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "flow/run.h"

/* What lies beside a package for the clients that fetch or install it: block map, file for zsync,
 * the format's own notes. `key` is the package's: what lies beside it is made again when it is. */

bool beside_wants_map(const struct flow *f, const struct flow_item *item);
int beside_put_map(struct flow *f, const struct flow_item *item, struct str key, struct str json,
                   struct err *e) MUST_USE;

/* An unchanged package keeps its map, gets the one it lacks and loses the one that is not wanted
 * any more. */
int beside_keep_map(struct flow *f, const struct flow_item *item, const struct artifact *have,
                    struct str key, struct err *e) MUST_USE;

/* Both do nothing where the format has none, or it is there. */
int beside_put_zsync(struct flow *f, const struct flow_item *item, const struct artifact *a,
                     struct str key, struct err *e) MUST_USE;
int beside_put_about(struct flow *f, const struct flow_item *item, const struct artifact *a,
                     struct str key, struct err *e) MUST_USE;
