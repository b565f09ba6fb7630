/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* Cabinets by themselves: read, never made. */
extern const struct packager cabread_format;
