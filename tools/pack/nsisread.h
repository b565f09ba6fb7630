/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* Programs made by NSIS, ours or anyone's. What they hold is code of a small machine and the files
 * it writes: names are known only to who runs it, so no files are listed. */

/* A program for Windows with the section that NSIS gives its own. */
bool nsisread_sniff(const void *head, size_t n);

/* Is the data there that NSIS puts behind? Without it, it is a program like any other. */
int nsisread_probe(struct infile *f, bool *is, struct err *e) MUST_USE;

/* Facts of the header, and the check of the CRC that the program itself makes when it starts. */
int nsisread_list(struct infile *f, struct arena *mem, struct tree *found, struct value *facts,
                  struct err *e) MUST_USE;
