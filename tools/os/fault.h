/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>

/* Fault injection for the tests. SLIPWAY_FAULT=N lets the N-th (from 1) counted system call of the
 * process fail with EIO (open, write, fsync, rename, mkdir, link, unlink). SLIPWAY_FAULT=kill:N
 * ends the process there instead, as a power cut would. SLIPWAY_FAULT=count prints the number of
 * counted calls on stderr at exit. Without the variable a counted call costs one comparison. */
void fault_setup(const char *value);

/* True when this call is to fail; errno is set. Called by os/ before the real system call. */
bool fault_hit(void);

/* "N counted calls", for SLIPWAY_FAULT=count; 0 when not counting. */
unsigned long fault_count(void);
