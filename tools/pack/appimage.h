/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* AppImages of type 2: a program that mounts the SquashFS image behind it. */
extern const struct packager appimage_packager;
