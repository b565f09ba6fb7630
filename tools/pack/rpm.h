/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* Binary RPM packages, format 4, as rpmbuild 4.18 makes them. */
extern const struct packager rpm_packager;
