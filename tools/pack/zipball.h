/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* zip archives, for every system. */
extern const struct packager zipball_packager;
