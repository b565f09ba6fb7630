/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "pack/msibuild.h"

/* A name in capitals, that command lines can set: "SERVER_URL". */
bool msisecure_public(struct str name);

/* The names of all properties that the recipe's texts ask for, each once, with ";" in front: what
 * is not named there does not get from who begins an installation to the one that is elevated. */
void msisecure_add(struct msibuild *b, struct buf *secure);
