/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/str.h"

/* What recipes call that which electron-builder, nFPM, GoReleaser and WiX call `word`, for "did you
 * mean": one name after another, `at` from 0; NULL at the end. One with a dot leads into a map:
 * "windows.copyright". */
const char *peers_call(struct str word, size_t *at);
