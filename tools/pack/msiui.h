/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "pack/msibuild.h"

/* That license-files names texts, and languages that are made. */
int msiui_check(const struct pack_job *j, struct err *e) MUST_USE;

/* The dialogs, from templates/msi: tables Dialog, Control, ControlEvent, ControlCondition,
 * EventMapping, RadioButton, TextStyle, and their rows of InstallUISequence. After msiflow_add. */
int msiui_add(struct msibuild *b, struct err *e) MUST_USE;

/* A text of the dialogs' language, or its number: "newer", "language". */
int msiui_text(struct msibuild *b, const char *key, struct str *text, struct err *e) MUST_USE;

/* A licence as the dialog shows it: rich text as it is, else plain text made rich. E_RECIPE when
 * it is no text. */
int msiui_rtf(struct str text, struct buf *out, struct err *e) MUST_USE;
