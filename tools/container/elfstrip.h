/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "os/infile.h"

/* A stripped ELF file described by pieces of the original and a few bytes of our own, so that
 * nothing is copied however large the program is. */
struct elfstrip_piece {
    const void *data; /* NULL: n bytes of the original at `at` */
    uint64_t at, n;
};
struct elfstrip {
    struct elfstrip_piece *v;
    size_t n;
    uint64_t size;      /* of the stripped file; 0: leave the file as it is */
    const char *reason; /* why it is left as it is */
};

/* Plans what `strip --strip-all` would leave of a program or shared library: every byte that a
 * segment loads stays where it is, symbol table and debug sections go, other sections (.comment, a
 * payload that some tool added) stay. Files with anything that the plan cannot account for (bytes
 * appended behind the ELF file, relocatable objects, odd tables) are left alone with a reason.
 * E_INPUT only when the file cannot be read. */
int elfstrip_plan(struct infile *f, struct arena *mem, struct elfstrip *out,
                  struct err *e) MUST_USE;
