/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/release.h"
#include "os/outfile.h"

/* The seal: size and digests of a finished file in one read. No byte may change behind it. */
int seal_file(struct outfile *f, unsigned jobs, struct artifact *a, struct err *e) MUST_USE;

/* Reads a sealed file again: E_WRONG when its bytes are not those of the ledger. */
int seal_check(struct infile *f, const struct artifact *a, unsigned jobs, struct err *e) MUST_USE;
