/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* Setup programs for Windows, made by makensis from templates/nsis/setup.nsi.
 * The uninstaller inside is signed by pack_job.sign_program; the program itself like any other, by
 * embed, behind the sum that it checks itself by. */
extern const struct packager nsis_packager;
