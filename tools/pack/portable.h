/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* The application as one program for Windows that needs no installation, made by makensis from
 * templates/nsis/portable.nsi: it unpacks itself once and starts the entry. */
extern const struct packager portable_packager;
