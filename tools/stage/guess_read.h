/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "stage/guess.h"

/* Readers of other tools' files: each takes the text of one and notes its facts. A text that it
 * does not understand is E_INPUT or E_RECIPE, with the reason. */
typedef int guess_reader(struct guess *g, struct str text, const char *name, struct err *e);

guess_reader guess_read_package_json, guess_read_cargo, guess_read_go, guess_read_cmake,
    guess_read_nfpm, guess_read_goreleaser, guess_read_electron;
