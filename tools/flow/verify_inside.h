/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "flow/verify_release.h"

/* The signatures inside a file, for those formats that Windows looks for them in: what is wrong
 * with them goes into `bad`. *list, in `mem`, has a map for each, as authenticode_verify gives
 * them; NULL: the file's format has none of that kind.
 *
 * `roots`: NULL: nothing is said of whom the certificates lead to. `signer`: what a ledger says of
 * it, the SHA-256 of the certificate in hex, several with blanks between; empty: nothing. */
int verify_inside(struct infile *in, const struct chain *roots, struct str signer,
                  struct arena *mem, struct value **list, struct report *bad,
                  struct err *e) MUST_USE;

/* Has the reader of a file told more than its error? All of it goes into `bad` then. */
bool verify_inside_told(const struct value *facts, const char *path, struct report *bad);
