/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/repository.h"

/* apt repositories, as Debian's wiki page DebianRepository/Format and apt-secure(8) describe them:
 * pool/, dists/SUITE/COMPONENT/binary-ARCH/Packages*, by-hash, Release, InRelease. */
extern const struct repository apt_repository;
