/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* Debian binary packages: deb(5), deb-control(5) and the Debian Policy Manual. */
extern const struct packager deb_packager;
