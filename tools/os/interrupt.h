/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

/* SIGINT, SIGTERM and SIGHUP end a run in order: from then on files are neither opened, read,
 * written nor committed and no child is started, so that every function returns its failure and all
 * that is temporary is given up on the way out. A second signal ends the process at once. Without
 * interrupt_setup nothing changes. */
void interrupt_setup(void); /* once, by main, before any thread starts */

int interrupt_signal(void);                  /* the signal that came, or 0 */
int interrupt_check(struct err *e) MUST_USE; /* E_INPUT "interrupted" after a signal */
void interrupt_finish(void);                 /* ends the process by the signal that came */
