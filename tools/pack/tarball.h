/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* tar.gz, tar.xz and tar.zst archives. */
extern const struct packager tarball_gz_packager, tarball_xz_packager, tarball_zst_packager;
