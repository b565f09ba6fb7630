/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sign/authenticode_form.h"

/* The steps of signing, for doing it at once and in two parts. */

/* Digests the file and says what is to be signed. */
int authenticode_make(const struct authenticode *a, struct authenticode_file *f, struct arena *mem,
                      struct cms_make *m, struct err *e) MUST_USE;

/* Gets the signature's time stamp and writes it into the file, after what is there or for it. */
int authenticode_put(const struct authenticode *a, struct authenticode_file *f, struct outfile *to,
                     bool append, struct str der, struct arena *mem, struct err *e) MUST_USE;
