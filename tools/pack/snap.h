/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

extern const struct packager snap_packager;
