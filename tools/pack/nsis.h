/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* Setup programs for Windows, made by makensis from templates/nsis/setup.nsi.
 *
 * Signing: the uninstaller lies inside, compressed, and is put together from the setup program's
 * own head when it is installed. To have it signed makensis is told to run a command on it before
 * it goes in: the template's !uninstfinalize, with the variable uninstaller_command. The program
 * itself is signed like any other (embed), behind the sum that it checks itself by. */
extern const struct packager nsis_packager;
