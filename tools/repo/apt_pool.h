/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "repo/apt_suite.h"

/* The packages of a suite: those to add, those that lie in the folder, those that go. */

/* Reads and adds the packages that the job names. E_INPUT for one that is there with other bytes.
 */
int apt_pool_add(struct apt_suite *s, struct err *e) MUST_USE;

/* Makes the index that of the packages below the root: new and changed ones are read, gone ones are
 * dropped. What other suites and components name stays theirs. */
int apt_pool_scan(struct apt_suite *s, struct err *e) MUST_USE;

/* Takes out what the job's `remove` and the option `keep` say, and notes files that nothing names
 * any more. */
int apt_pool_prune(struct apt_suite *s, struct err *e) MUST_USE;
