/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/squashfs_image.h"

/* Takes the bytes of all files, once and in their order, and appends their blocks to the image and
 * the fragments behind them; every node then knows where its bytes are. Blocks are compressed by
 * o->jobs threads and written in order by this one. */
int squashfs_data_write(struct squashfs_image *m, struct err *e) MUST_USE;
