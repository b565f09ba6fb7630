/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "stage/guess.h"

/* What the template init/electron.yaml needs, from electron-builder's configuration in g->peer:
 * targets for Windows and Linux, sections, and a line for each setting that has no counterpart. */
void guess_electron(struct guess *g);

/* The settings of `config` that a recipe cannot say: a row { keys, text } in `rows` for each thing
 * to know or to do instead. */
void guess_electron_left(struct guess *g, const struct value *config, struct value *rows);

/* Adds such a row, or another key to the row with that text. */
void guess_electron_note(struct guess *g, struct value *rows, struct str key, const char *text);
