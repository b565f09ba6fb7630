/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* Windows Installer packages: docs/msi.md. */
extern const struct packager msi_packager;
